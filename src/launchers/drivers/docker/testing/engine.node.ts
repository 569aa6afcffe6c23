/**
 * A Docker Engine for tests: the one of FLOTILLA_DOCKER_SOCKET, or one started for the test. Images cannot be fetched
 * everywhere, so the test image is empty and takes Node, its libraries and the sources from this machine.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { DEFAULT_IMAGE_RUN, type ImageRun } from "../../../../protocol/index.ts";
import { createEngine, type Engine } from "../engine.node.ts";

export const DOCKER_NEEDED =
  "(needs Docker: apt-get install docker.io and root, or FLOTILLA_DOCKER_SOCKET)";
export const HAS_DOCKER = process.env["FLOTILLA_DOCKER_SOCKET"] !== undefined || canStart();

function canStart(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("dockerd", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface TestEngine extends AsyncDisposable {
  socketPath: string;
  engine: Engine;
  /** A network with a way to this machine. */
  network: string;
}

export const IMAGE = "flotilla-test:empty";

export async function startDocker(): Promise<TestEngine> {
  const given = process.env["FLOTILLA_DOCKER_SOCKET"];
  const folder = mkdtempSync(join(tmpdir(), "flotilla-docker-"));
  const socketPath = given ?? join(folder, "docker.sock");
  const engine = createEngine({ socketPath });
  const daemon = given === undefined ? await startDaemon(folder, engine, socketPath) : undefined;
  await importEmptyImage(socketPath);
  const network = `flotilla-test-${process.pid}`;
  await engine.must({ method: "POST", path: "/networks/create", body: { Name: network } });
  return {
    socketPath,
    engine,
    network,
    async [Symbol.asyncDispose]() {
      await engine.call({ method: "DELETE", path: `/networks/${network}` });
      if (daemon !== undefined) {
        const gone = once(daemon, "exit");
        daemon.kill("SIGTERM");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Two that start at once may trip over one another's network rules: one that ended is started again. */
async function startDaemon(
  folder: string,
  engine: Engine,
  socketPath: string,
): Promise<ChildProcess> {
  for (let tries = 0; tries < 5; tries += 1) {
    const daemon = spawnDaemon(folder, socketPath);
    if (await answers(engine, daemon)) return daemon;
  }
  throw new Error("dockerd does not stay up here.");
}

function spawnDaemon(folder: string, socketPath: string): ChildProcess {
  const words = [
    "--storage-driver=vfs",
    // Daemons of one machine would share, and remove, the default bridge.
    "--bridge=none",
    ["--data-root", join(folder, "data")],
    ["--exec-root", join(folder, "exec")],
    ["--pidfile", join(folder, "pid")],
    ["-H", `unix://${socketPath}`],
  ].flat();
  return spawn("dockerd", words, { stdio: "ignore" });
}

/** False when it ended instead. */
async function answers(engine: Engine, daemon: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 400 && daemon.exitCode === null; tries += 1) {
    const answer = await engine.call({ path: "/_ping" }).catch(() => undefined);
    if (answer?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  daemon.kill("SIGKILL");
  return false;
}

/** A tar archive of nothing: two blocks of zeros. */
const EMPTY_TAR = Buffer.alloc(1_024);

async function importEmptyImage(socketPath: string): Promise<void> {
  const [repo = "", tag = ""] = IMAGE.split(":");
  const query = new URLSearchParams({ fromSrc: "-", repo, tag });
  const sent = request({ socketPath, method: "POST", path: `/images/create?${query}` });
  sent.end(EMPTY_TAR);
  const [answer] = await once(sent, "response");
  answer.resume();
  await once(answer, "end");
}

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));

/** A Node program of this repository in a container. */
export function nodeInContainer(program: string, over: Partial<ImageRun> = {}): ImageRun {
  const node = realpathSync(process.execPath);
  const libraries = ["/lib", "/lib64", "/usr/lib"].filter(existsSync);
  return {
    ...DEFAULT_IMAGE_RUN,
    kind: "image",
    image: IMAGE,
    pull: "never",
    network: "none",
    args: ["/node/node", program.replace(ROOT, "/flotilla/")],
    mounts: [
      { source: dirname(node), target: "/node", readOnly: true },
      ...["src", "node_modules", "package.json"].map((path) => ({
        source: join(ROOT, path),
        target: `/flotilla/${path}`,
        readOnly: true,
      })),
      ...libraries.map((path) => ({ source: realpathSync(path), target: path, readOnly: true })),
    ],
    ...over,
  };
}
