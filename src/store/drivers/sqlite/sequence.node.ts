import type { Database } from "./database.node.ts";

/** The next number of a sequence that never repeats one, also across restarts. */
export type Sequence = () => number;

/** Numbers are set aside a thousand at a time: one write in a thousand, and a gap after a restart. */
const BLOCK = 1_000;

const SET_ASIDE = `INSERT INTO counters (name, value) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value`;

/** Not to be asked within a transaction: rolled back, it would give the same block out again after a crash. */
export function createSequence(database: Database, name: string): Sequence {
  let last = 0;
  let setAside = 0;
  return () => {
    if (last === setAside) {
      setAside = Number(database.get(SET_ASIDE, name, BLOCK)?.["value"]);
      last = setAside - BLOCK;
    }
    last += 1;
    return last;
  };
}
