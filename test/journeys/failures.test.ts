/**
 * Drones that die again and again, then Flotilla itself killed: no orphan stays, the next start goes on.
 * FLOTILLA_JOURNEY_FAILURES sets how many drones are lost (default 40; 1000 is the full number).
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { harbour, startsIn, type WorkerConfig } from "./harbour.ts";
import { newMark, processesWith } from "./processes.ts";
import { waitFor } from "./wait.ts";
import { call, callText } from "./wire.ts";

const FAILURES = Number(process.env["FLOTILLA_JOURNEY_FAILURES"] ?? 40);
/** Few enough that back-off stays short; the number comes from many workers. */
const FAILURES_EACH = 2;
const WORKERS = Math.ceil(FAILURES / FAILURES_EACH);
const AT_ONCE = 8;

describe.skipIf(process.platform === "win32")("losing drones (counted with ps)", () => {
  const mark = newMark();
  const folder = makeFolder();
  const stateDir = join(folder, "state");
  const ledger = join(folder, "starts");
  const names = Array.from({ length: WORKERS }, (_, index) => `harbour-${index}`);
  const config = {
    toolpacks: "none",
    workers: Object.fromEntries(
      names.map((name): [string, WorkerConfig] => [name, harbour(mark, `--ledger=${ledger}`)]),
    ),
  };
  let flotilla: Flotilla;
  beforeAll(async () => {
    flotilla = await startFlotilla({ config, stateDir });
  });
  afterAll(async () => {
    await flotilla[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Each time: wait until it answers (typed errors say when to come back), then have it die under a call. */
  async function lose(name: string): Promise<string[]> {
    const codes: string[] = [];
    const url = `${flotilla.url}/mcp/${name}`;
    for (let lost = 0; lost < FAILURES_EACH; lost += 1) {
      await waitFor(async () => (await call(url, "pid")).result !== undefined, {
        what: `${name} to answer`,
        deadlineMs: 60_000,
      });
      codes.push((await call(url, "sink")).error?.data?.code ?? "none");
    }
    return codes;
  }

  test(`${WORKERS * FAILURES_EACH} drones lost: each call under way gets an honest error`, async () => {
    const codes: string[] = [];
    const queue = [...names];
    const lane = async (): Promise<void> => {
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        codes.push(...(await lose(name)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(codes).toEqual(Array.from({ length: WORKERS * FAILURES_EACH }, () => "call_ambiguous"));
    expect(startsIn(ledger)).toBeGreaterThanOrEqual(WORKERS * FAILURES_EACH);
  });

  test("kill -9 of Flotilla leaves no orphan, and the next start goes on", async () => {
    const awake = names.slice(0, AT_ONCE);
    for (const name of awake) {
      await waitFor(
        async () => (await call(`${flotilla.url}/mcp/${name}`, "pid")).result !== undefined,
        { what: `${name} to answer`, deadlineMs: 60_000 },
      );
    }
    const before = processesWith(mark).map(({ pid }) => String(pid));
    expect(before.length).toBeGreaterThanOrEqual(AT_ONCE);
    await flotilla.end("SIGKILL");
    await waitFor(() => processesWith(mark).length === 0, {
      what: "the drones to notice",
      deadlineMs: 20_000,
    });

    flotilla = await startFlotilla({ config, stateDir });
    const [first = ""] = awake;
    // What it believes and what there is are the same again, and nobody is taken for alive who died.
    const truthful = async (): Promise<boolean> => {
      const { workers } = await flotilla.fleet();
      const drones = workers.flatMap((worker) => (worker.kind === "builtin" ? [] : worker.drones));
      return drones.length === processesWith(mark).length;
    };
    await waitFor(truthful, { what: "records that agree with the processes", deadlineMs: 20_000 });
    const pid = await callText(`${flotilla.url}/mcp/${first}`, "pid");
    expect(before).not.toContain(pid);
    expect(processesWith(mark).map((line) => String(line.pid))).toContain(pid);
  });

  test("SIGTERM ends it and every drone", async () => {
    await callText(`${flotilla.url}/mcp/${names[0]}`, "pid");
    expect(await flotilla.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(processesWith(mark)).toEqual([]);
  });
});
