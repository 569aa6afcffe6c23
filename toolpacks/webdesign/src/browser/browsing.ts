/**
 * The browser as tools see it. It lives in a thread of its own, is started by the first page, serves one page at a
 * time, and ends with its thread: when idle, when a call is cancelled or too slow, and with the drone.
 */
import { createJobs, InputProblem } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { browserJobs } from "./jobs.ts";
import type { BrowserJobs } from "./jobs.ts";

export interface Browsing {
  /** The path of the browser; undefined where there is none. */
  find(): Promise<string | undefined>;
  /** Rejects with `InputProblem` where there is no browser. */
  need(): Promise<string>;
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

export function createBrowsing({ chromium, idleMs = 30_000 }: BrowsingOptions): Browsing {
  const jobs = createJobs(browserJobs, {
    thread: () => new URL("./browser-thread.node.ts", import.meta.url),
    size: 1,
    idleMs,
  });
  const find = async (): Promise<string | undefined> => {
    if (chromium !== undefined) return chromium === false ? undefined : chromium;
    const node: { findChromium(): string | undefined } | undefined = await import(FIND).catch(
      () => undefined,
    );
    return node?.findChromium();
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
    run: (job, input, signal) => jobs.run(job, input, signal),
    close: () => jobs.close(),
  };
}
