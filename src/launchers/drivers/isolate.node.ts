/**
 * The launcher `isolate`: a drone is a V8 isolate in one supervised workerd. For bundles made for the edge: no files, no
 * programs, no network. Cheapest to start and to keep; all share one process and one thread, so a drone that loops
 * holds up the others.
 */
import { readFile, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Clock } from "../../protocol/clock.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { DroneClaim, DroneOutput, LaunchedDrone, Launcher } from "../contract.ts";
import { calledOff, denied, noLinks } from "../decisions.ts";
import { createRoster } from "../roster.ts";
import type { Roster, RosterEntry } from "../roster.ts";
import { startHost } from "./isolate/host.node.ts";
import type { IsolateCode, IsolateHost } from "./isolate/host.node.ts";
import { createProcessLauncher } from "./process.node.ts";

export interface IsolateLauncherOptions {
  /** This machine's name in drone addresses. */
  node: string;
  /** Where the trace of the running workerd is kept; not shared with another launcher. */
  stateDir: string;
  clock: Clock;
  telemetry: Telemetry;
  output: DroneOutput;
}

interface IsolateDrone extends RosterEntry {
  readonly host: IsolateHost;
  over(reason: string): void;
}

/** What the bundles of `npm run build:edge` are made for. */
const RUNTIME = { compatibilityDate: "2026-07-01", compatibilityFlags: ["nodejs_compat"] };

export function createIsolateLauncher(options: IsolateLauncherOptions): Launcher {
  const roster = createRoster<IsolateDrone>();
  const programs = createProcessLauncher(options);
  const hosts = createHosts(roster, programs, options);
  let closing: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    await roster.shut();
    for (const drone of roster.entries()) roster.forget(drone.view().handle);
    await programs.close();
  };
  return {
    name: "isolate",
    capabilities: { links: false, survivesRestart: false, runs: ["module"] },
    create: (claim, signal) =>
      roster.create(claim, signal, async () => {
        const code = await codeOf(claim);
        const host = await hosts();
        if (signal.aborted) throw calledOff();
        const drone = droneOf(claim, host, options.clock.now());
        await host.start(drone.view().handle, code);
        return drone;
      }),
    get: async (handle) => roster.find(handle)?.view(),
    list: async () => roster.entries().map((drone) => drone.view()),
    async end(handle) {
      const drone = roster.find(handle);
      if (drone === undefined) return "gone";
      // When it does not answer, it is ending or stuck: asked again either way.
      const isAlive = drone.view().phase !== "ended";
      if (isAlive && !(await isDone(drone.host.end(handle)))) return "ending";
      roster.forget(handle);
      roster.changed(handle);
      return "gone";
    },
    async connect() {
      throw noLinks("isolate");
    },
    onChange: (listener) => roster.onChange(listener),
    close: () => (closing ??= closeAll()),
  };
}

const isDone = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** One host at a time, made when it is needed; with it end its drones. */
function createHosts(
  roster: Roster<IsolateDrone>,
  programs: Launcher,
  { stateDir, output }: IsolateLauncherOptions,
): () => Promise<IsolateHost> {
  let current: Promise<IsolateHost> | undefined;
  const say = (text: string): void => output({ worker: "workerd", claimId: "", text });
  const start = async (): Promise<IsolateHost> => {
    const host = await startHost({ programs, stateDir, output: say });
    void host.ended.then((reason) => {
      current = undefined;
      for (const drone of roster.entries()) {
        if (drone.host !== host) continue;
        drone.over(reason);
        roster.changed(drone.view().handle);
      }
    });
    return host;
  };
  return () => {
    current ??= start().catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  };
}

function droneOf(claim: DroneClaim, host: IsolateHost, startedAtMs: number): IsolateDrone {
  const { claimId, worker, revision } = claim;
  const handle = `isolate.${claimId}`;
  const url = `${host.origin}/${encodeURIComponent(handle)}/mcp`;
  let drone: LaunchedDrone = {
    claimId,
    worker,
    revision,
    handle,
    phase: "running",
    address: { kind: "http", url, transport: "streamable-http" },
    startedAtMs,
  };
  return {
    host,
    view: () => ({ ...drone }),
    over(endReason) {
      drone = { ...drone, phase: "ended", endReason };
    },
  };
}

/** The entry is the bundle's main module; its WebAssembly lies beside it. */
async function codeOf({ run }: DroneClaim): Promise<IsolateCode> {
  if (run.kind !== "module") {
    throw denied(`The launcher "isolate" cannot run a worker of kind "${run.kind}".`);
  }
  const main = resolve(run.entry);
  const folder = dirname(main);
  const script = await readFile(main, "utf8").catch((error: unknown) => {
    throw denied(`The bundle "${main}" cannot be read.`, {
      hint: "Build it: npm run build:edge -- PACK",
      cause: error,
    });
  });
  const names = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  const wasm = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), "base64")] as const),
  );
  return {
    ...RUNTIME,
    main: basename(main),
    script,
    wasm: Object.fromEntries(wasm),
    env: run.env,
  };
}
