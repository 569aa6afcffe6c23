/** Keeps one knip process for the calls that follow, and ends it when it is idle, stuck or no longer wanted. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { InputProblem } from "flotilla/worker/review";
import type { KnipAnswer, KnipResult } from "./knip-child.node.ts";
import { createBase, removeTree, writeTree } from "./tree.node.ts";

export interface Knip {
  /** One at a time; others wait. Rejects with the signal's reason when it aborts. */
  analyse(
    files: readonly (readonly [path: string, text: string])[],
    signal: AbortSignal,
  ): Promise<KnipResult & { root: string }>;
  close(): Promise<void>;
}

const IDLE_MS = 30_000;
const MAX_HEAP_MB = 768;

interface Running {
  child: ChildProcess;
  base: string;
}

export function createKnip(): Knip {
  let running: Promise<Running> | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    clearTimeout(idle);
    const old = running;
    running = undefined;
    if (old === undefined) return;
    const { child, base } = await old;
    child.kill("SIGKILL");
    await removeTree(base);
  };
  const once: Knip["analyse"] = async (files, signal) => {
    signal.throwIfAborted();
    clearTimeout(idle);
    running ??= start();
    const { child, base } = await running;
    const { tree, root } = await writeTree(base, files);
    try {
      return { ...(await ask(child, root, signal)), root };
    } catch (error) {
      if (!(error instanceof InputProblem)) await close();
      throw error;
    } finally {
      await removeTree(tree);
      idle = setTimeout(() => void close(), IDLE_MS).unref();
    }
  };
  return {
    analyse(files, signal) {
      const mine = queue.then(() => once(files, signal));
      queue = mine.catch(() => undefined);
      return mine;
    },
    close,
  };
}

async function start(): Promise<Running> {
  const base = await createBase();
  const entry = fileURLToPath(new URL("./knip-child.node.ts", import.meta.url));
  const readable = [dirname(entry), join(dirname(entry), "../../.."), packagesOf("knip"), base];
  const child = fork(entry, [], {
    execArgv: [
      "--permission",
      // The parsers inside are native.
      "--allow-addons",
      ...readable.map((folder) => `--allow-fs-read=${folder}`),
      `--max-old-space-size=${MAX_HEAP_MB}`,
      "--disable-warning=SecurityWarning",
    ],
    cwd: base,
    env: {},
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.unref();
  child.channel?.unref();
  return { child, base };
}

/** The outermost node_modules that a package lies in. */
function packagesOf(name: string): string {
  const path = fileURLToPath(import.meta.resolve(name));
  const folder = `${sep}node_modules${sep}`;
  return path.slice(0, path.indexOf(folder) + folder.length - 1);
}

function ask(child: ChildProcess, root: string, signal: AbortSignal): Promise<KnipResult> {
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<KnipResult>();
  const gone = (): void =>
    reject(
      new InputProblem("knip ended before it was done.", {
        hint: "The input may be too much for it: pass fewer files.",
      }),
    );
  const aborted = (): void => reject(signal.reason);
  const answered = (answer: KnipAnswer): void => {
    if (answer.ok) resolve(answer.value);
    else reject(new InputProblem(reasonOf(answer.message, root)));
  };
  child.once("exit", gone);
  child.once("message", answered);
  signal.addEventListener("abort", aborted, { signal: over.signal });
  child.ref();
  child.channel?.ref();
  if (child.connected) child.send(root);
  else gone();
  return promise.finally(() => {
    over.abort();
    child.off("exit", gone);
    child.off("message", answered);
    child.unref();
    child.channel?.unref();
  });
}

/** Without where the tree lies on this machine. */
function reasonOf(message: string, root: string): string {
  return `knip could not read the project: ${message.replaceAll(`${root}/`, "").replaceAll(root, "").slice(0, 500)}`;
}
