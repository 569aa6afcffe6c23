/** Image workers of this repository's own program on a Docker Engine, and what that Engine says of them. */
import { join } from "node:path";
import {
  nodeInContainer,
  type TestEngine,
} from "../../src/launchers/drivers/docker/testing/engine.node.ts";
import { isRecord } from "../../src/protocol/index.ts";

const CRANE = join(import.meta.dirname, "fixtures/crane.ts");
const HTTP_PORT = 8080;
/** Where the folder of the ledger is inside. */
const LEDGER_FOLDER = "/ledger";

export interface CraneOptions {
  network: string;
  /** Folder on this machine where `ledger` is written. */
  folder: string;
  http?: boolean;
  container?: { memory?: string; cpus?: number; pids?: number };
  scale?: { min?: number; max?: number; callsPerDrone?: number; idle?: string };
  limits?: { startTimeout?: string; callTimeout?: string; grace?: string };
}

/** A worker of flotilla.yaml: the fixture `crane` in a container, on stdin or over HTTP. */
export function craneInContainer(options: CraneOptions): object {
  const { network, folder, http = false, container = {}, scale = {}, limits = {} } = options;
  const run = nodeInContainer(CRANE);
  const mounts = [
    ...run.mounts.map(({ source, target }) => `${source}:${target}`),
    `${join(import.meta.dirname, "fixtures")}:/flotilla/test/journeys/fixtures`,
    `${folder}:${LEDGER_FOLDER}:rw`,
  ];
  return {
    image: run.image,
    args: [...run.args, ...(http ? ["--http"] : [])],
    env: { LEDGER: `${LEDGER_FOLDER}/ledger`, ...(http && { HOST: "0.0.0.0" }) },
    container: {
      pull: "never",
      network: http ? network : "none",
      ...(http && { port: HTTP_PORT }),
      mounts,
      ...container,
    },
    scale: { idle: "10m", ...scale },
    limits: { startTimeout: "60s", grace: "2s", ...limits },
  };
}

export interface Container {
  id: string;
  worker: string;
  /** As the program inside knows itself. */
  hostname: string;
  isRunning: boolean;
}

/** Every container of any fleet. */
export async function containersOf({ engine }: TestEngine): Promise<Container[]> {
  const filters = JSON.stringify({ label: ["io.flotilla.fleet"] });
  const body = await engine.must({ path: "/containers/json", query: { all: "1", filters } });
  if (!Array.isArray(body)) return [];
  return body.filter(isRecord).map(({ Id, Labels, State }) => ({
    id: String(Id),
    worker: isRecord(Labels) ? String(Labels["io.flotilla.worker"]) : "",
    hostname: String(Id).slice(0, 12),
    isRunning: State === "running",
  }));
}

export async function runningOf(docker: TestEngine, worker?: string): Promise<Container[]> {
  const all = await containersOf(docker);
  return all.filter((one) => one.isRunning && (worker === undefined || one.worker === worker));
}

/** kill -9 of everything in it. */
export async function killContainer({ engine }: TestEngine, { id }: Container): Promise<void> {
  const query = { signal: "SIGKILL" };
  await engine.call({ method: "POST", path: `/containers/${id}/kill`, query });
}

/** Takes the network away from under it; nothing of it ends. */
export async function cutOff(docker: TestEngine, { id }: Container): Promise<void> {
  const path = `/networks/${docker.network}/disconnect`;
  await docker.engine.must({ method: "POST", path, body: { Container: id, Force: true } });
}
