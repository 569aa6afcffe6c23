/** No process outlives Flotilla: killed, asked to leave, or robbed of its guardian, with the most stubborn drones. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type RunSpec } from "../../../protocol/fleet.ts";
import { systemClock } from "../../../protocol/system-clock.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { createProcessLauncher } from "../process.node.ts";
import { guardianOf, isAlive, tryKill, until } from "./fixtures/processes.node.ts";

const HARNESS = fileURLToPath(new URL("fixtures/harness.node.ts", import.meta.url));
const linux = process.platform === "linux";

describe.skipIf(process.platform === "win32")("no orphans", { timeout: 60_000 }, () => {
  let stateDir: string;
  let pids: number[] = [];
  let owner: ChildProcess | undefined;

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "flotilla-orphans-"));
  });
  afterEach(async () => {
    owner?.kill("SIGKILL");
    for (const pid of pids) tryKill(pid);
    pids = [];
    await rm(stateDir, { recursive: true, force: true });
  });

  const harness = async (...counts: number[]): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [HARNESS, stateDir, ...counts.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    owner = child;
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    pids = JSON.parse(String(line));
    expect(pids.filter(isAlive)).toEqual(pids);
    return child;
  };

  test("after SIGKILL of Flotilla", async () => {
    const child = await harness(3, 3, linux ? 2 : 0);
    expect(pids).toHaveLength(linux ? 15 : 9);
    child.kill("SIGKILL");
    await until(() => !pids.some(isAlive));
    if (linux) await until(async () => (await guardianOf(child.pid)) === undefined);
  });

  test("after SIGTERM of Flotilla", async () => {
    const child = await harness(2, 2, linux ? 1 : 0);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await readdir(join(stateDir, "drones"))).toEqual([]);
  });

  test.skipIf(!linux)(
    "a guardian that is killed is replaced by one that knows every drone",
    async () => {
      const child = await harness(1, 2, 0);
      const first = await until(() => guardianOf(child.pid));
      process.kill(first, "SIGKILL");
      await until(async () => {
        const next = await guardianOf(child.pid);
        return next !== undefined && next !== first;
      });
      child.kill("SIGKILL");
      await until(() => !pids.some(isAlive));
    },
  );

  test.skipIf(!linux)("the next run finds and ends what guardian and Flotilla left", async () => {
    const child = await harness(0, 2, 1);
    const guardian = await until(() => guardianOf(child.pid));
    child.kill("SIGSTOP");
    process.kill(guardian, "SIGKILL");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(pids.filter(isAlive)).toEqual(pids);

    const launcher = createProcessLauncher({
      node: "here",
      stateDir,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    });
    const left = await launcher.list();
    expect(left).toHaveLength(3);
    for (const drone of left) {
      expect(drone).toMatchObject({ phase: "ended", endReason: "left behind by an earlier run" });
      await expect(launcher.connect(drone.handle)).rejects.toMatchObject({ code: "drone_lost" });
      await until(async () => (await launcher.end(drone.handle, 50)) === "gone");
    }
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await launcher.list()).toEqual([]);
    await launcher.close();
    expect(await readdir(join(stateDir, "drones"))).toEqual([]);
  });

  test("a claim of the same name in another Flotilla is not touched", async () => {
    const child = await harness(1, 0, 0);
    const otherDir = await mkdtemp(join(tmpdir(), "flotilla-orphans-"));
    const other = createProcessLauncher({
      node: "here",
      stateDir: otherDir,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    });
    const limits = { ...DEFAULT_LIMITS, graceMs: 50 };
    const run: RunSpec = { kind: "command", command: "cat", args: [], env: {} };
    const claim = { claimId: "claim-1", worker: "w", revision: "r", run, limits };
    const drone = await other.create(claim, new AbortController().signal);
    await until(async () => (await other.end(drone.handle, 50)) === "gone");
    await other.close();
    await rm(otherDir, { recursive: true });
    expect(pids.filter(isAlive)).toEqual(pids);
    child.kill("SIGKILL");
    await until(() => !pids.some(isAlive));
  });

  test("drones of a Flotilla that lives are left to it", async () => {
    const child = await harness(1, 0, 0);
    const launcher = createProcessLauncher({
      node: "here",
      stateDir,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    });
    expect(await launcher.list()).toEqual([]);
    await launcher.close();
    expect(pids.every(isAlive)).toBe(true);
    child.kill("SIGKILL");
    await until(() => !pids.some(isAlive));
  });
});
