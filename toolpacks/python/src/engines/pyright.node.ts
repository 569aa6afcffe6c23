/**
 * Pyright as a child process: comes with the first call, answers one call at a time from its warm state, and ends when
 * idle, when a call is cancelled, or when another configuration is asked for.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { systemClock } from "flotilla/protocol";
import type { Clock } from "flotilla/protocol";
import { createPeer } from "./json-rpc.node.ts";
import type { Peer } from "./json-rpc.node.ts";
import type { CheckRequest, PyrightDiagnostic, TypeChecker } from "./type-checker.ts";

const MAX_HEAP_MB = 1_024;
const IDLE_MS = 60_000;

interface Server {
  /** The configuration it was started with. */
  config: string;
  folder: string;
  child: ChildProcess;
  peer: Peer;
}

export function createPyright({ clock = systemClock }: { clock?: Clock } = {}): TypeChecker {
  let server: Promise<Server> | undefined;
  let idle: { cancel(): void } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    idle?.cancel();
    const ending = server;
    server = undefined;
    if (ending !== undefined) await stop(await ending);
  };
  const open = async (config: string): Promise<Server> => {
    if (server !== undefined) {
      const known = await server.catch(() => undefined);
      if (known?.config === config && known.child.connected) return known;
      await end().catch(() => undefined);
    }
    server = start(config);
    return server;
  };
  const check = async (request: CheckRequest, signal: AbortSignal) => {
    signal.throwIfAborted();
    idle?.cancel();
    const abort = (): void => void end();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await checkWith(await open(JSON.stringify(request.config)), request);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      idle = clock.after(IDLE_MS, () => void end());
    }
  };
  return {
    check(request, signal) {
      const mine = last.then(() => check(request, signal));
      last = mine.catch(() => undefined);
      return mine;
    },
    close: end,
  };
}

async function start(config: string): Promise<Server> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "flotilla-pyright-")));
  await writeFile(join(folder, "pyrightconfig.json"), config);
  const pyright = await realpath(
    dirname(fileURLToPath(import.meta.resolve("pyright/package.json"))),
  );
  const entry = fileURLToPath(new URL("./pyright-child.node.ts", import.meta.url));
  const pack = fileURLToPath(new URL("../../package.json", import.meta.url));
  const child = fork(entry, [join(pyright, "langserver.index.js"), "--node-ipc"], {
    // Without PATH it finds no Python to ask where packages are: the answer depends on the input alone.
    env: {},
    execArgv: [
      "--permission",
      ...[entry, pack, pyright, folder].map((path) => `--allow-fs-read=${path}`),
      `--max-old-space-size=${MAX_HEAP_MB}`,
      "--no-warnings",
    ],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const peer = createPeer(child);
  const uri = pathToFileURL(folder).href;
  await peer.request("initialize", {
    processId: process.pid,
    rootUri: uri,
    workspaceFolders: [{ uri, name: "call" }],
    capabilities: {
      textDocument: { publishDiagnostics: {}, diagnostic: {} },
      workspace: { configuration: true, workspaceFolders: true },
    },
  });
  peer.notify("initialized", {});
  return { config, folder, child, peer };
}

async function stop({ child, folder }: Server): Promise<void> {
  child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
}

/** Files are on the disk for imports between them, and open for their diagnostics. */
async function checkWith({ folder, peer }: Server, { files }: CheckRequest) {
  const names = Object.keys(files);
  const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
  await Promise.all(
    names.map(async (name) => {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), files[name] ?? "");
    }),
  );
  const changed = (type: number): void =>
    peer.notify("workspace/didChangeWatchedFiles", {
      changes: names.map((name) => ({ uri: uriOf(name), type })),
    });
  changed(1);
  for (const name of names) {
    peer.notify("textDocument/didOpen", {
      textDocument: { uri: uriOf(name), languageId: "python", version: 1, text: files[name] },
    });
  }
  const found: Record<string, PyrightDiagnostic[]> = Object.create(null);
  for (const name of names) {
    const answer = await peer.request("textDocument/diagnostic", {
      textDocument: { uri: uriOf(name) },
    });
    found[name] = itemsOf(answer);
  }
  for (const name of names) {
    peer.notify("textDocument/didClose", { textDocument: { uri: uriOf(name) } });
  }
  for (const entry of await readdir(folder)) {
    if (entry !== "pyrightconfig.json") await rm(join(folder, entry), { recursive: true });
  }
  changed(3);
  return found;
}

function itemsOf(answer: unknown): PyrightDiagnostic[] {
  const isAnswer = typeof answer === "object" && answer !== null && "items" in answer;
  return isAnswer && Array.isArray(answer.items) ? answer.items : [];
}
