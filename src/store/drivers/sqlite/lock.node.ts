/**
 * Keeps a second process out. The lock is SQLite's own on a file beside the database, held by an open transaction:
 * the system frees it when the process ends, however it ends, so a lock is never stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FlotillaError } from "../../../protocol/errors.ts";

export interface StateLock {
  release(): void;
}

/** `path` is the lock file; who holds it is written beside it for the other one's error. */
export function acquireLock(path: string): StateLock {
  const owner = `${path}.pid`;
  let raw: DatabaseSync | undefined;
  try {
    raw = new DatabaseSync(path, { timeout: 0 });
    // Without a journal an exclusive transaction that writes nothing leaves nothing behind.
    raw.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    raw?.close();
    throw isBusy(error) ? locked(owner) : unusable(path, error);
  }
  writeFileSync(owner, String(process.pid));
  const held = raw;
  return { release: () => held.close() };
}

function locked(owner: string): FlotillaError {
  const pid = readPid(owner);
  const who = pid === undefined ? "Another Flotilla" : `Another Flotilla (process ${pid})`;
  return new FlotillaError("store_locked", `${who} is using this state folder.`, {
    hint: "Stop it first, or give this one a folder of its own with --state.",
    data: pid === undefined ? {} : { pid },
  });
}

function unusable(path: string, cause: unknown): FlotillaError {
  return new FlotillaError("store_unreadable", `The state folder cannot be locked with ${path}.`, {
    hint: "Check that the folder can be written, or choose another with --state.",
    cause,
  });
}

function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** SQLITE_BUSY is 5, SQLITE_LOCKED 6 (https://www.sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error)) return false;
  return error.errcode === 5 || error.errcode === 6;
}
