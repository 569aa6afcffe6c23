/**
 * A thread that is ended by force cannot tidy up. All that a browser leaves behind lies in one folder that carries the
 * process's id and the worker's; it goes with the worker, and the next browser removes those of killed processes.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "flotilla-browser-";

/** A new folder below `base`, after those that nobody uses any more are gone: a worker has one browser at a time. */
export function ownFolder(base: string, owner: string): string {
  removeFolders(base, owner);
  return mkdtempSync(join(base, `${prefixOf(owner)}-`));
}

function prefixOf(owner: string): string {
  return `${FOLDER}${process.pid}-${owner}`;
}

/** Removes this worker's folders, and those of processes that are gone. */
export function removeFolders(base: string, owner: string): void {
  for (const name of readdirSync(base)) {
    if (!name.startsWith(FOLDER)) continue;
    const pid = Number(name.slice(FOLDER.length).split("-")[0]);
    if (!name.startsWith(prefixOf(owner)) && isAlive(pid)) continue;
    rmSync(join(base, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
