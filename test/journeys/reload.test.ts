/** A changed configuration is taken while the fleet runs: what did not change is not disturbed, what is broken waits. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { harbour } from "./harbour.ts";
import { newMark, processesWith } from "./processes.ts";
import { waitFor } from "./wait.ts";
import { call, callText, listTools } from "./wire.ts";

const DEADLINE_MS = 30_000;

describe.skipIf(process.platform === "win32")("reloading (counted with ps)", () => {
  const mark = newMark();
  const folder = makeFolder();
  const file = join(folder, "flotilla.yaml");
  let flotilla: Flotilla;

  const write = (workers: object): void =>
    writeFileSync(file, JSON.stringify({ toolpacks: "none", workers }));
  const tell = (worker: string, tool = "pid", args: Record<string, unknown> = {}) =>
    callText(`${flotilla.url}/mcp/${worker}`, tool, args);
  const isTaken = async (): Promise<boolean> =>
    (await isKnown("coming")) && !(await isKnown("leaving"));
  const isKnown = async (worker: string): Promise<boolean> =>
    (await fetch(`${flotilla.url}/api/v1/workers/${worker}`)).ok;

  beforeAll(async () => {
    write({ still: harbour(mark), changed: harbour(mark), leaving: harbour(mark) });
    flotilla = await startFlotilla({ args: ["--config", file] });
  });
  afterAll(async () => {
    await flotilla[Symbol.asyncDispose]();
    expect(processesWith(mark)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("a call of an untouched worker goes on while others change, come and leave", async () => {
    const [still, changed] = [await tell("still"), await tell("changed")];
    await tell("leaving");
    const signal = join(folder, "cast-off");
    const moored = tell("still", "moor", { until: signal });
    write({ still: harbour(mark), changed: harbour(mark, "--again"), coming: harbour(mark) });
    await waitFor(isTaken, { what: "the new configuration", deadlineMs: DEADLINE_MS });

    expect(await tell("coming")).toMatch(/^\d+$/);
    // Calls go to the old drone until the new one can take them.
    const isRenewed = async () => (await tell("changed")) !== changed;
    await waitFor(isRenewed, { what: "a drone of the new revision", deadlineMs: DEADLINE_MS });
    expect((await call(`${flotilla.url}/mcp`, "leaving_pid")).error?.code).toBe(-32602);
    expect(await listTools(`${flotilla.url}/mcp`)).not.toContain("leaving_pid");
    writeFileSync(signal, "");
    expect(await moored).toBe(still);
    expect(await tell("still")).toBe(still);
    // Those of the old "changed" and of "leaving" are gone.
    await waitFor(() => processesWith(mark).length === 3, {
      what: "three drones",
      deadlineMs: DEADLINE_MS,
    });
  });

  test("a broken file changes nothing and is told; the next good one is taken", async () => {
    const still = await tell("still");
    writeFileSync(file, "workers:\n  still: {{ nonsense\n");
    await waitFor(() => flotilla.log().includes("configuration not taken"), {
      what: "the refusal in the log",
      deadlineMs: DEADLINE_MS,
    });
    expect(await tell("still")).toBe(still);
    write({ still: harbour(mark), late: harbour(mark) });
    await waitFor(() => isKnown("late"), { what: "the good file", deadlineMs: DEADLINE_MS });
    expect(await tell("still")).toBe(still);
  });
});
