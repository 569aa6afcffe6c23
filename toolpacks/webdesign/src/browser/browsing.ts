/**
 * The browser as tools see it. It lives in a thread of its own, is started by the first page, serves one page at a
 * time, and ends with its thread: when idle, when a call is cancelled or too slow, and with the drone.
 */
import { createJobs, InputProblem } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { browserJobs } from "./jobs.ts";
import type { BrowserJobs, ChromiumAt } from "./jobs.ts";

export interface Browsing {
  /** Undefined where there is no browser. */
  find(): Promise<ChromiumAt | undefined>;
  /** Rejects with `InputProblem` where there is no browser. */
  need(): Promise<ChromiumAt>;
  run: Jobs<BrowserJobs>["run"];
  close(): Promise<void>;
}

export interface BrowsingOptions {
  /** The path of a Chromium; false: do as if there were none. Default: the machine's own. */
  chromium?: string | false;
  /** The browser ends after this. Default 30,000. */
  idleMs?: number;
}

/** Not a literal in the import below: the worker must load where there is no Node. */
const FIND: string = "./find.node.ts";
const FOLDERS: string = "./folders.node.ts";

export function createBrowsing({ chromium, idleMs = 30_000 }: BrowsingOptions): Browsing {
  const jobs = createJobs(browserJobs, {
    thread: () => new URL("./browser-thread.node.ts", import.meta.url),
    // A process that is killed would leave its browser behind; a thread's browser ends with it.
    isolation: "thread",
    size: 1,
    idleMs,
  });
  let wasUsed = false;
  // Made when it is needed: at the edge nothing may be random while a module loads.
  let made: string | undefined;
  const ownerId = (): string => (made ??= crypto.randomUUID().slice(0, 8));
  const find = async (): Promise<ChromiumAt | undefined> => {
    if (chromium === false) return undefined;
    if (chromium !== undefined) return { path: chromium, owner: ownerId() };
    const node: { findChromium(): string | undefined } | undefined = await import(FIND).catch(
      () => undefined,
    );
    const path = node?.findChromium();
    return path === undefined ? undefined : { path, owner: ownerId() };
  };
  return {
    find,
    async need() {
      const found = await find();
      if (found !== undefined) return found;
      throw new InputProblem("This tool needs Chromium, and there is none on this machine.", {
        hint: "Install it (Debian: apt-get install chromium), or name one with FLOTILLA_CHROMIUM.",
      });
    },
    run(job, input, signal) {
      wasUsed = true;
      return jobs.run(job, input, signal);
    },
    async close() {
      await jobs.close();
      if (made !== undefined && wasUsed) await tidy(made);
    },
  };
}

async function tidy(owner: string): Promise<void> {
  const { tmpdir } = await import("node:os");
  const node: { removeFolders(base: string, owner: string): void } = await import(FOLDERS);
  node.removeFolders(tmpdir(), owner);
}
