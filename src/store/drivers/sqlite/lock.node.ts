/**
 * Keeps a second process out. The lock is SQLite's own on a file beside the database, held by an open transaction:
 * the system frees it when the process ends, however it ends, so a lock is never stale. Nothing else in this process
 * may open that file: closing it would drop the lock (fcntl, POSIX), which is why the pid has a file of its own.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FlotillaError } from "../../../protocol/errors.ts";
import { primaryCode, unreadable } from "./failures.node.ts";

export interface StateLock {
  /** Idempotent. */
  release(): void;
}

/** `path` is the lock file; who holds it is written beside it for the other one's error. */
export function acquireLock(path: string): StateLock {
  const owner = `${path}.pid`;
  let raw: DatabaseSync | undefined;
  try {
    raw = new DatabaseSync(path, { timeout: 0 });
    // An exclusive transaction that writes nothing leaves nothing behind to be recovered.
    raw.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    writeFileSync(owner, String(process.pid));
    return held(raw, owner);
  } catch (error) {
    raw?.close();
    // SQLITE_BUSY and SQLITE_LOCKED.
    throw [5, 6].includes(primaryCode(error)) ? locked(owner) : unreadable(path, error);
  }
}

function held(raw: DatabaseSync, owner: string): StateLock {
  return {
    release() {
      if (!raw.isOpen) return;
      // While the lock still holds: afterwards the file may be the next one's.
      rmSync(owner, { force: true });
      raw.close();
    },
  };
}

function locked(owner: string): FlotillaError {
  const pid = readPid(owner);
  const who = pid === undefined ? "Another Flotilla" : `Another Flotilla (process ${pid})`;
  return new FlotillaError("store_locked", `${who} is using this state folder.`, {
    hint: "Stop it first, or give this one a folder of its own with --state.",
    data: pid === undefined ? {} : { pid },
  });
}

/** Only for the message: between a lock and its note there may be no pid, or that of an earlier one. */
function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
