/** Zero to one and back: a burst starts one drone, and nothing is left when nobody calls. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { harbour, startsIn } from "./harbour.ts";
import { newMark, processesWith } from "./processes.ts";
import { waitFor } from "./wait.ts";
import { callText, listTools } from "./wire.ts";

const BURST = 200;

describe.skipIf(process.platform === "win32")("a sleeping worker (counted with ps)", () => {
  const mark = newMark();
  const folder = makeFolder();
  const ledger = join(folder, "starts");
  let flotilla: Flotilla;

  beforeAll(async () => {
    const worker = harbour(mark, `--ledger=${ledger}`, "--start-delay=300");
    flotilla = await startFlotilla({
      config: { toolpacks: "none", workers: { harbour: { ...worker, scale: { idle: "2s" } } } },
    });
  });
  afterAll(async () => {
    await flotilla[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const asleep = (): Promise<true> =>
    waitFor(() => processesWith(mark).length === 0, { what: "no drone", deadlineMs: 30_000 });

  test("200 concurrent first calls start exactly one drone and all succeed", async () => {
    const calls = Array.from({ length: BURST }, () =>
      callText(`${flotilla.url}/mcp/harbour`, "pid"),
    );
    const pids = new Set(await Promise.all(calls));
    expect(pids.size).toBe(1);
    expect(processesWith(mark).map(({ pid }) => String(pid))).toEqual([...pids]);
    expect(startsIn(ledger)).toBe(1);
  });

  test("after the idle time there is none, and lists are answered without one", async () => {
    await asleep();
    const starts = startsIn(ledger);
    expect(await listTools(`${flotilla.url}/mcp/harbour`)).toEqual([
      "pid",
      "sink",
      "drift",
      "moor",
    ]);
    expect(await listTools(`${flotilla.url}/mcp`)).toContain("harbour_pid");
    expect(startsIn(ledger)).toBe(starts);
    expect(processesWith(mark)).toEqual([]);
  });

  test("the next call wakes it again, once", async () => {
    await asleep();
    const starts = startsIn(ledger);
    const pids = await Promise.all(
      Array.from({ length: 20 }, () => callText(`${flotilla.url}/mcp/harbour`, "pid")),
    );
    expect(new Set(pids).size).toBe(1);
    expect(startsIn(ledger)).toBe(starts + 1);
  });
});
