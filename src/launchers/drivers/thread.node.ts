/**
 * The launcher `thread`: a drone is a worker thread of this process running a module of the worker kit. Cheapest to
 * talk to, weakest in isolation: for code that is trusted as Flotilla itself is.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker, type ResourceLimits } from "node:worker_threads";
import { sleep, type Clock } from "../../protocol/clock.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { DroneClaim, DroneOutput, Launcher } from "../contract.ts";
import { calledOff, denied, lost, noCapacity } from "../decisions.ts";
import { createRoster } from "../roster.ts";
import { handedDown, kitEnvironment } from "./environment.ts";
import { ThreadDrone } from "./thread/drone.node.ts";

export interface ThreadLauncherOptions {
  /** This machine's name in drone addresses. */
  node: string;
  clock: Clock;
  telemetry: Telemetry;
  output: DroneOutput;
  /** Memory of one thread; a thread beyond it ends, the process does not. */
  resourceLimits?: ResourceLimits;
  /** What a few names are handed down from; the process's own environment when absent. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Room for a worker with a compiled grammar or an embedded database; WebAssembly memory is not counted by V8. */
const DEFAULT_RESOURCE_LIMITS: ResourceLimits = {
  maxOldGenerationSizeMb: 256,
  maxYoungGenerationSizeMb: 16,
  stackSizeMb: 4,
};
/** Added to the grace when closing: a thread inside a blocking system call ends only after it. */
const CLOSE_SPARE_MS = 2_000;

export function createThreadLauncher(options: ThreadLauncherOptions): Launcher {
  const roster = createRoster<ThreadDrone>();
  let closing: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    await roster.shut();
    const drones = roster.entries();
    // An orderly stop has drained the calls before; what is left gets no time of its own.
    for (const drone of drones) drone.end(0);
    const hold = setInterval(() => {}, 1_000);
    await Promise.race([
      Promise.all(drones.map((drone) => drone.gone)),
      sleep(options.clock, CLOSE_SPARE_MS),
    ]);
    clearInterval(hold);
    for (const drone of drones) roster.forget(drone.view().handle);
  };

  return {
    name: "thread",
    capabilities: { links: true, survivesRestart: false, runs: ["module"] },
    create: (claim, signal) =>
      roster.create(claim, signal, () =>
        start(claim, signal, { ...options, onChanged: (handle) => roster.changed(handle) }),
      ),
    get: async (handle) => roster.find(handle)?.view(),
    list: async () => roster.entries().map((drone) => drone.view()),
    async end(handle, graceMs) {
      const drone = roster.find(handle);
      if (drone === undefined) return "gone";
      if (!drone.end(graceMs)) return "ending";
      roster.forget(handle);
      return "gone";
    },
    async connect(handle) {
      const drone = roster.find(handle);
      if (drone === undefined) throw lost("nothing is known of it");
      return drone.connect();
    },
    onChange: (listener) => roster.onChange(listener),
    close: () => (closing ??= closeAll()),
  };
}

async function start(
  claim: DroneClaim,
  signal: AbortSignal,
  options: ThreadLauncherOptions & { onChanged: (handle: string) => void },
): Promise<ThreadDrone> {
  const { run, claimId } = claim;
  if (run.kind !== "module") {
    throw denied(`The launcher "thread" cannot run a worker of kind "${run.kind}".`);
  }
  const entry = await findModule(run.entry);
  if (signal.aborted) throw calledOff();
  const env = {
    ...handedDown(options.environment ?? process.env, process.platform),
    ...kitEnvironment(claim.limits.graceMs),
    ...run.env,
  };
  const thread = startThread(entry, env, options.resourceLimits ?? DEFAULT_RESOURCE_LIMITS);
  const handle = `thread-${thread.threadId}.${claimId}`;
  const { node, clock, output, telemetry, onChanged } = options;
  return new ThreadDrone({
    claim,
    handle,
    node,
    thread,
    clock,
    log: telemetry.log,
    output,
    onChanged: () => onChanged(handle),
  });
}

async function findModule(entry: string): Promise<URL> {
  const path = entry.startsWith("file:") ? fileURLToPath(entry) : resolve(entry);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return pathToFileURL(path);
  throw denied(`The worker's module "${path}" does not exist.`, {
    hint: "Correct the path, or install the package again.",
  });
}

function startThread(
  entry: URL,
  env: Record<string, string>,
  resourceLimits: ResourceLimits,
): Worker {
  try {
    return new Worker(entry, {
      env,
      // Flags meant for the main program (an inspector port, a preload) are not the worker's.
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits,
    });
  } catch (error) {
    throw noCapacity("This process cannot start another thread now.", { cause: error });
  }
}
