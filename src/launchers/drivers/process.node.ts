/**
 * The launcher `process`: a drone is a program on this machine, spoken to over its stdin and stdout. It never outlives
 * Flotilla: an orderly end is this file's business, a sudden one the guardian's, and what both missed is found by the
 * next run.
 */
import { existsSync } from "node:fs";
import { sleep, type Clock } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import { FRAMES_VARIABLE, FRAMES_VERSION } from "../../protocol/frames.ts";
import type { Logger, Telemetry } from "../../telemetry/index.ts";
import type { DroneClaim, DroneOutput, Launcher } from "../contract.ts";
import { calledOff, denied, lost, unknownFailure } from "../decisions.ts";
import { createRoster, type Roster } from "../roster.ts";
import { handedDown, kitEnvironment } from "./environment.ts";
import { ProcessDrone, type EndableDrone } from "./process/drone.node.ts";
import { marksOf, processGroup } from "./process/group.node.ts";
import { createGuardian, type Guardian } from "./process/guardian.node.ts";
import { findLeftovers, handleOf } from "./process/leftovers.node.ts";
import { createProcessTable, type ProcessTable } from "./process/process-table.node.ts";
import { spawnRun, type LocalRun, type Spawned } from "./process/spawn.node.ts";
import { createStateFiles, isSafeClaimId, type StateFiles } from "./process/state-files.node.ts";

export interface ProcessLauncherOptions {
  /** This machine's name in drone addresses. */
  node: string;
  /** Where traces of running drones are kept; one directory per Flotilla. */
  stateDir: string;
  clock: Clock;
  telemetry: Telemetry;
  output: DroneOutput;
  /** What a few names are handed down from; the process's own environment when absent. */
  environment?: Readonly<Record<string, string | undefined>>;
}

interface Place {
  options: ProcessLauncherOptions;
  environment: Readonly<Record<string, string | undefined>>;
  platform: string;
  runId: string;
  shell: string | undefined;
  log: Logger;
  roster: Roster<EndableDrone>;
  table: ProcessTable;
  files: StateFiles;
  guardian: Guardian | undefined;
  ownerIdentity: Promise<string | undefined>;
}

const SHELL = "/bin/sh";
/** Added to twice the grace when closing: the kernel needs a moment to take a killed tree apart. */
const CLOSE_SPARE_MS = 5_000;

export function createProcessLauncher(options: ProcessLauncherOptions): Launcher {
  const place = createPlace(options);
  const { roster } = place;
  let ready: Promise<void> | undefined;
  /** Once, before the first look or start: what an earlier run left is in the roster from then on. */
  const prepared = (): Promise<void> => (ready ??= adoptLeftovers(place));
  let closing: Promise<void> | undefined;

  return {
    name: "process",
    capabilities: { links: true, survivesRestart: false, runs: ["command", "module"] },
    async create(claim, signal) {
      await prepared();
      return roster.create(claim, signal, () => start(place, claim, signal));
    },
    async get(handle) {
      await prepared();
      return roster.find(handle)?.view();
    },
    async list() {
      await prepared();
      return roster.entries().map((drone) => drone.view());
    },
    async end(handle, graceMs) {
      await prepared();
      const drone = roster.find(handle);
      if (drone === undefined) return "gone";
      if (!(await drone.end(graceMs))) return "ending";
      roster.forget(handle);
      return "gone";
    },
    async connect(handle) {
      const drone = roster.find(handle);
      if (drone === undefined) throw lost("nothing is known of it");
      return drone.connect();
    },
    onChange: (listener) => roster.onChange(listener),
    close: () => (closing ??= closeAll(place)),
  };
}

function createPlace(options: ProcessLauncherOptions): Place {
  const { clock, telemetry } = options;
  const { platform } = process;
  const environment = options.environment ?? process.env;
  const runId = crypto.randomUUID();
  const shell = platform !== "win32" && existsSync(SHELL) ? SHELL : undefined;
  const table = createProcessTable(platform, clock);
  const { log } = telemetry;
  const path = environment["PATH"] ?? "/usr/bin:/bin";
  if (shell === undefined) log.warn("launcher.guardian.absent", { platform });
  return {
    options,
    environment,
    platform,
    runId,
    shell,
    log,
    roster: createRoster(),
    table,
    files: createStateFiles(options.stateDir),
    guardian: shell === undefined ? undefined : createGuardian({ shell, runId, path, clock, log }),
    ownerIdentity: table.identity(process.pid),
  };
}

async function adoptLeftovers(place: Place): Promise<void> {
  const { roster, platform, table, files, log } = place;
  const { node, clock } = place.options;
  try {
    const onGone = (handle: string): void => roster.changed(handle);
    const found = await findLeftovers({ node, platform, clock, log, table, files, onGone });
    for (const drone of found) roster.add(drone);
    if (found.length > 0) log.warn("launcher.process.leftovers", { count: found.length });
  } catch (error) {
    // A state directory that cannot be read must not keep the fleet from starting.
    log.error("launcher.process.leftovers_unknown", { reason: messageOf(error) });
  }
}

async function start(place: Place, claim: DroneClaim, signal: AbortSignal): Promise<ProcessDrone> {
  const { run } = claim;
  if (run.kind !== "command" && run.kind !== "module") {
    throw denied(`The launcher "process" cannot run a worker of kind "${run.kind}".`);
  }
  if (!isSafeClaimId(claim.claimId))
    throw denied("The claim id holds characters it must not hold.");
  const spawned = await spawnFor(place, claim, run);
  const drone = adopt(place, claim, spawned);
  try {
    await makeKnown(place, claim, spawned.pid);
    if (signal.aborted) throw calledOff();
  } catch (error) {
    // Behind the shut gate there is only the gate itself, so this is over at once.
    await drone.end(0);
    await drone.gone;
    place.roster.forget(drone.view().handle);
    throw error;
  }
  spawned.openGate();
  drone.opened();
  return drone;
}

function spawnFor(place: Place, claim: DroneClaim, run: LocalRun): Promise<Spawned> {
  const { platform, runId, shell } = place;
  const env = {
    ...handedDown(place.environment, platform),
    // Who does not know it takes it for one of many variables.
    [FRAMES_VARIABLE]: FRAMES_VERSION,
    ...(run.kind === "module" && kitEnvironment(claim.limits.graceMs)),
    ...run.env,
    ...marksOf(runId, claim.claimId),
  };
  return spawnRun(run, { platform, env, shell });
}

function adopt(place: Place, claim: DroneClaim, spawned: Spawned): ProcessDrone {
  const { roster, guardian, files, table, platform, log } = place;
  const { node, clock, output } = place.options;
  const { pid, child } = spawned;
  const { claimId } = claim;
  const handle = handleOf(pid, claimId);
  const drone = new ProcessDrone({
    claim,
    handle,
    node,
    child,
    group: processGroup({ pid, claimId, runId: place.runId, proven: true, platform, table }),
    clock,
    log,
    output,
    onChanged: () => roster.changed(handle),
    async onGone() {
      guardian?.unwatch(pid);
      await files
        .remove(claimId)
        .catch((error: unknown) =>
          log.warn("launcher.process.state_not_removed", { reason: messageOf(error) }),
        );
      roster.changed(handle);
    },
  });
  roster.add(drone);
  return drone;
}

/** After this, whatever happens to Flotilla, somebody knows of the drone: the guardian now, the next run later. */
async function makeKnown(place: Place, claim: DroneClaim, pid: number): Promise<void> {
  const { table, files, guardian } = place;
  const { claimId, worker, revision } = claim;
  const [identity, ownerIdentity] = await Promise.all([table.identity(pid), place.ownerIdentity]);
  try {
    await files.write({
      claimId,
      runId: place.runId,
      worker,
      revision,
      startedAtMs: place.options.clock.now(),
      pid,
      ...(identity !== undefined && { identity }),
      ownerPid: process.pid,
      ...(ownerIdentity !== undefined && { ownerIdentity }),
    });
  } catch (error) {
    throw unknownFailure("The state directory could not be written.", {
      hint: "Check that it exists, is yours and that its disk has room.",
      cause: error,
    });
  }
  await guardian?.watch(pid);
}

async function closeAll(place: Place): Promise<void> {
  const { roster, guardian } = place;
  const { clock } = place.options;
  await roster.shut();
  const drones = roster.entries();
  // Timers of the clock do not keep a process alive; this wait must not be cut short by an idle event loop.
  const hold = setInterval(() => {}, 1_000);
  const patienceMs = Math.max(0, ...drones.map((drone) => 2 * drone.graceMs)) + CLOSE_SPARE_MS;
  await Promise.race([Promise.all(drones.map(endFully)), sleep(clock, patienceMs)]);
  clearInterval(hold);
  for (const drone of drones) roster.forget(drone.view().handle);
  guardian?.close();
}

async function endFully(drone: EndableDrone): Promise<void> {
  await drone.end(drone.graceMs);
  await drone.gone;
}
