/** The embedded driver: one folder on this machine's disk, through Node's own SQLite. One process at a time. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { Store } from "../contract.ts";
import { openDatabase } from "./sqlite/database.node.ts";
import { createSqliteEvents } from "./sqlite/events.node.ts";
import { createSqliteLeases } from "./sqlite/leases.node.ts";
import { acquireLock } from "./sqlite/lock.node.ts";
import { createSqliteQueue } from "./sqlite/queue.node.ts";
import { createSqliteRecords } from "./sqlite/records.node.ts";

export interface SqliteStoreOptions {
  /** Created, readable by this user alone, when it does not exist. */
  folder: string;
  clock: Clock;
}

/** Throws `store_locked` when another process has the folder, `store_unreadable` when it cannot be used. */
export function createSqliteStore({ folder, clock }: SqliteStoreOptions): Store {
  makeFolder(folder);
  const lock = acquireLock(join(folder, "state.lock"));
  try {
    const database = openDatabase(join(folder, "state.db"));
    const records = createSqliteRecords(database, clock);
    const events = createSqliteEvents(database, clock);
    return {
      records: records.records,
      leases: createSqliteLeases(database, clock),
      queue: createSqliteQueue(database, clock),
      events: events.events,
      capabilities: { driver: "sqlite", durable: true, shared: false },
      async close() {
        records.close();
        events.close();
        database.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new FlotillaError("store_unreadable", `The state folder ${folder} cannot be made.`, {
      hint: "Choose a folder you can write to with --state.",
      cause,
    });
  }
}
