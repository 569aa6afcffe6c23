/** The fleet that chaos is let loose on: real processes, containers where there is Docker, and a ledger of what ran. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  HAS_DOCKER,
  startDocker,
  type TestEngine,
} from "../../src/launchers/drivers/docker/testing/engine.node.ts";
import { containersOf, craneInContainer } from "../journeys/containers.ts";
import { type Flotilla, makeFolder, startFlotilla } from "../journeys/flotilla.ts";
import { newMark, processesWith } from "../journeys/processes.ts";

const CRANE = join(import.meta.dirname, "../journeys/fixtures/crane.ts");
const DRONES_EACH = 2;
export const CALL_TIMEOUT_MS = 8_000;

export interface ChaosFleet extends AsyncDisposable {
  workers: readonly string[];
  /** Those that run in containers. */
  contained: readonly string[];
  docker: TestEngine | undefined;
  /** The Flotilla that runs now; undefined between a kill and the next start. */
  flotilla(): Flotilla | undefined;
  /** kill -9, and a new start on what it left. */
  killFlotilla(): Promise<void>;
  drones(): number[];
  /** How often each call ran, counted where it ran. */
  runs(): Map<string, number>;
  /** Ends Flotilla in order, then sweeps with a start that wants nothing; what is still there is an orphan. */
  orphans(): Promise<string[]>;
}

export async function startChaosFleet(processWorkers: number): Promise<ChaosFleet> {
  const folder = makeFolder();
  const stateDir = join(folder, "state");
  const ledger = join(folder, "ledger");
  const mark = newMark();
  const docker = HAS_DOCKER ? await startDocker() : undefined;
  const limits = { callTimeout: `${CALL_TIMEOUT_MS}ms`, grace: "1s", startTimeout: "60s" };
  const scale = { min: DRONES_EACH, max: DRONES_EACH, callsPerDrone: 4, idle: "10m" };
  const common = { folder, scale, limits };
  const workers: Record<string, object> = {};
  for (let at = 0; at < processWorkers; at += 1) {
    const env = { LEDGER: ledger };
    workers[`process-${at}`] = {
      command: process.execPath,
      args: [CRANE, mark],
      env,
      scale,
      limits,
    };
  }
  if (docker !== undefined) {
    workers["pipe"] = craneInContainer({ ...common, network: docker.network });
    workers["web"] = craneInContainer({ ...common, network: docker.network, http: true });
  }
  const env = docker === undefined ? {} : { DOCKER_HOST: `unix://${docker.socketPath}` };
  const up = (wanted: object): Promise<Flotilla> =>
    startFlotilla({ config: { toolpacks: "none", workers: wanted }, stateDir, env });
  let flotilla: Flotilla | undefined = await up(workers);
  const drones = (): number[] => processesWith(mark).map(({ pid }) => pid);
  return {
    workers: Object.keys(workers),
    contained: docker === undefined ? [] : ["pipe", "web"],
    docker,
    flotilla: () => flotilla,
    async killFlotilla() {
      const victim = flotilla;
      flotilla = undefined;
      await victim?.end("SIGKILL");
      await victim?.[Symbol.asyncDispose]();
      flotilla = await up(workers);
    },
    drones,
    runs: () => runsIn(ledger),
    async orphans() {
      await flotilla?.[Symbol.asyncDispose]();
      // A start that wants no worker sweeps what outlives a stop: containers over HTTP.
      flotilla = await up({});
      await settled(async () => (docker === undefined ? 0 : (await containersOf(docker)).length));
      await flotilla[Symbol.asyncDispose]();
      flotilla = undefined;
      const left = docker === undefined ? [] : await containersOf(docker);
      return [
        ...drones().map((pid) => `process ${pid}`),
        ...left.map(({ id }) => `container ${id}`),
      ];
    },
    async [Symbol.asyncDispose]() {
      await flotilla?.end("SIGKILL");
      await docker?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const SETTLE_MS = 30_000;
const LOOK_MS = 100;

/** Waits for none, and does not mind when some stay: the caller counts them. */
async function settled(count: () => Promise<number>): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  while ((await count()) > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function runsIn(ledger: string): Map<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(ledger)) return counts;
  for (const line of readFileSync(ledger, "utf8").trim().split("\n")) {
    const id = line.split(" ")[0] ?? "";
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
