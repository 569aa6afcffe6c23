import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../protocol/index.ts";
import { createThreadPool } from "./thread-pool.node.ts";
import type { ThreadPool } from "./threads.ts";

const entry = new URL("fixtures/thread-entry.node.ts", import.meta.url);
const pools: ThreadPool[] = [];
function pool(isolation: "thread" | "process", maxHeapMb = 512): ThreadPool {
  const made = createThreadPool({ entry, size: 1, isolation, maxHeapMb, clock: systemClock });
  pools.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((one) => one.close()));
});
const never = new AbortController().signal;

describe.each(["thread", "process"] as const)("a pool of jobs, each in a %s", (isolation) => {
  it("does jobs in order and keeps their errors' data", async () => {
    const threads = pool(isolation);
    const answers = await Promise.all([1, 2, 3].map((n) => threads.run("double", n, never)));
    expect(answers).toEqual([2, 4, 6]);
    await expect(threads.run("fail", 0, never)).rejects.toMatchObject({
      name: "SqlError",
      message: "no good",
      data: { line: 3 },
    });
    await expect(threads.run("uncloneable", 0, never)).rejects.toThrow("could not be cloned");
    await expect(threads.run("toString", 0, never)).rejects.toThrow('no job "toString"');
  });

  it("ends a job that hangs and goes on with the next", async () => {
    const threads = pool(isolation);
    const cancel = new AbortController();
    const stuck = threads.run("hang", 0, cancel.signal);
    const waits = threads.run("double", 4, never);
    cancel.abort(new Error("enough"));
    await expect(stuck).rejects.toThrow("enough");
    expect(await waits).toBe(8);
  });

  it("gives up a place in the queue when cancelled there", async () => {
    const threads = pool(isolation);
    const first = new AbortController();
    const second = new AbortController();
    const stuck = threads.run("hang", 0, first.signal);
    const queued = threads.run("double", 1, second.signal);
    second.abort(new Error("not needed"));
    await expect(queued).rejects.toThrow("not needed");
    first.abort(new Error("stop"));
    await expect(stuck).rejects.toThrow("stop");
  });

  it("reports a thread that died and starts another", async () => {
    const threads = pool(isolation);
    await expect(threads.run("die", 0, never)).rejects.toMatchObject({ code: "drone_lost" });
    expect(await threads.run("double", 5, never)).toBe(10);
  });

  it("ends a job that takes more memory than its pool may, and nothing else", async () => {
    const threads = pool(isolation, 32);
    await expect(threads.run("hoard", 0, never)).rejects.toMatchObject({ code: "drone_lost" });
    expect(await threads.run("double", 6, never)).toBe(12);
  });
});
