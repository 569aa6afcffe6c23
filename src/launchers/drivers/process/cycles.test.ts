/** Hundreds of lives and deaths leave nothing: no process, no file descriptor, no file, no entry. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../protocol/fleet.ts";
import { systemClock } from "../../../protocol/system-clock.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import type { LaunchedDrone, Launcher } from "../../contract.ts";
import { createProcessLauncher } from "../process.node.ts";
import { isAlive, until } from "./fixtures/processes.node.ts";

const CYCLES = 300;
const SIDE_BY_SIDE = 10;

/** The ways a drone's life goes; each cycle takes the next one. */
const LIVES = [
  { name: "ended in peace", args: ["-c", "cat"], crash: false },
  { name: "fails at once", args: ["-c", "exit 3"], crash: true },
  { name: "is killed", args: ["-c", "cat; :"], crash: false, signal: "SIGKILL" },
  { name: "fails with a child left", args: ["-c", "sleep 60 & exit 4"], crash: true },
  {
    name: "ignores TERM and input",
    args: ["-c", "trap '' TERM; while :; do sleep 1; done"],
    crash: false,
  },
] as const;

test.skipIf(process.platform !== "linux")(
  `${CYCLES} drones come and go without a trace`,
  { timeout: 120_000 },
  async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "flotilla-cycles-"));
    const launcher = createProcessLauncher({
      node: "here",
      stateDir,
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    });
    const groups: number[] = [];
    // The first one brings what stays: the guardian and its pipe.
    await life(launcher, 0, groups);
    const before = await openFiles();

    for (let next = 1; next <= CYCLES; next += SIDE_BY_SIDE) {
      const batch = Array.from({ length: SIDE_BY_SIDE }, (_, at) => next + at);
      await Promise.all(batch.map((cycle) => life(launcher, cycle, groups)));
    }

    expect(groups.length).toBeGreaterThanOrEqual(CYCLES);
    expect(await launcher.list()).toEqual([]);
    expect(groups.filter((group) => isAlive(group))).toEqual([]);
    expect(membersOf(new Set(groups))).toEqual([]);
    await until(async () => (await openFiles()) <= before);
    expect(await readdir(join(stateDir, "drones"))).toEqual([]);
    await launcher.close();
    await until(async () => (await openFiles()) < before);
    await rm(stateDir, { recursive: true });
  },
);

async function life(launcher: Launcher, cycle: number, groups: number[]): Promise<void> {
  const kind = LIVES[cycle % LIVES.length] ?? LIVES[0];
  const drone = await launcher.create(
    {
      claimId: `claim-${cycle}`,
      worker: "w",
      revision: "r",
      run: { kind: "command", command: "sh", args: [...kind.args], env: {} },
      limits: { ...DEFAULT_LIMITS, graceMs: 20 },
    },
    new AbortController().signal,
  );
  const group = Number.parseInt(drone.handle, 10);
  groups.push(group);
  if ("signal" in kind) process.kill(-group, kind.signal);
  if (kind.crash || "signal" in kind) await until(() => ended(launcher, drone));
  await until(async () => (await launcher.end(drone.handle, 20)) === "gone");
}

async function ended(launcher: Launcher, drone: LaunchedDrone): Promise<boolean> {
  return (await launcher.get(drone.handle))?.phase === "ended";
}

async function openFiles(): Promise<number> {
  return (await readdir("/proc/self/fd")).length;
}

/** Living processes that still belong to one of the groups. */
function membersOf(groups: ReadonlySet<number>): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat="], { encoding: "utf8" }).split(
    "\n",
  );
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, group, state]) => groups.has(Number(group)) && state?.startsWith("Z") === false)
    .map(([pid]) => Number(pid));
}
