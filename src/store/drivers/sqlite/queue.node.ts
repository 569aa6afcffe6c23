import type { Clock } from "../../../protocol/clock.ts";
import type { ClaimedItem, WorkQueue } from "../../contract.ts";
import {
  boundedCount,
  checkDuration,
  checkKey,
  checkTime,
  encodeItem,
  FINISHED_KEPT_MS,
  MAX_CLAIMED_AT_ONCE,
} from "../../limits.ts";
import type { Database, Row, Value } from "./database.node.ts";

const OVERDUE = "SELECT 1 FROM queue_items WHERE queue = ? AND state = 'claimed' AND until_ms <= ?";
const GIVE_UP = `UPDATE queue_items SET state = 'dead', until_ms = ?, error = 'not answered in time'
  WHERE queue = ? AND state = 'claimed' AND until_ms <= ? AND attempts >= max_attempts`;
const FREE = `UPDATE queue_items SET state = 'waiting'
  WHERE queue = ? AND state = 'claimed' AND until_ms <= ?`;
const FORGET = `DELETE FROM queue_items WHERE queue = ? AND state IN ('done', 'dead') AND until_ms <= ?`;
const PUSH = `INSERT INTO queue_items (queue, id, payload, state, until_ms, max_attempts)
  VALUES (?, ?, ?, 'waiting', ?, ?) ON CONFLICT (queue, id) DO NOTHING`;
const CLAIM = `UPDATE queue_items SET state = 'claimed', attempts = attempts + 1, until_ms = ?
  WHERE position IN (SELECT position FROM queue_items
    WHERE queue = ? AND state = 'waiting' AND until_ms <= ? ORDER BY position LIMIT ?) RETURNING *`;
const MINE = "position = ? AND attempts = ? AND queue = ? AND state = 'claimed'";
const EXTEND = `UPDATE queue_items SET until_ms = ? WHERE ${MINE}`;
// Only the id is needed from here on, to refuse it when it is pushed again.
const COMPLETE = `UPDATE queue_items SET state = 'done', until_ms = ?, payload = 'null' WHERE ${MINE}`;
const RETRY = `UPDATE queue_items SET state = 'waiting', until_ms = ?, error = ?
  WHERE ${MINE} AND attempts < max_attempts`;
const BURY = `UPDATE queue_items SET state = 'dead', until_ms = ?, error = ? WHERE ${MINE}`;
// Written so that each count runs over its own partial index.
const STATS = `SELECT
  (SELECT count(*) FROM queue_items WHERE queue = ?1 AND state = 'waiting') AS waiting,
  (SELECT count(*) FROM queue_items WHERE queue = ?1 AND state = 'claimed') AS claimed,
  (SELECT count(*) FROM queue_items WHERE queue = ?1 AND state IN ('done', 'dead') AND state = 'dead') AS dead`;

const MAX_ERROR_CHARS = 2_000;

export function createSqliteQueue(database: Database, clock: Clock): WorkQueue {
  const endOverdue = (queue: string): void => endOverdueIn(database, queue, clock.now());
  const answered = (queue: string, receipt: string, { sql, values }: Answer): boolean => {
    endOverdue(queue);
    const { position, attempt } = parseReceipt(receipt);
    return database.run(sql, ...values, position, attempt, queue) > 0;
  };
  const keptUntilMs = (): number => clock.now() + FINISHED_KEPT_MS;

  return {
    async push(queue, items) {
      checkKey(queue);
      const rows = items.map(encodeItem);
      endOverdue(queue);
      return database.transaction(() => {
        database.run(FORGET, queue, clock.now());
        let added = 0;
        for (const { id, text, notBeforeMs, maxAttempts } of rows) {
          added += database.run(PUSH, queue, id, text, notBeforeMs, maxAttempts);
        }
        return added;
      });
    },
    async claim(queue, max, visibilityMs) {
      checkDuration(visibilityMs);
      const count = boundedCount(max, MAX_CLAIMED_AT_ONCE);
      endOverdue(queue);
      const now = clock.now();
      const rows = database.all(CLAIM, Math.ceil(now + visibilityMs), queue, now, count);
      // RETURNING promises no order.
      return rows.toSorted((a, b) => Number(a["position"]) - Number(b["position"])).map(itemOf);
    },
    async extend(queue, receipt, visibilityMs) {
      checkDuration(visibilityMs);
      const values = [Math.ceil(clock.now() + visibilityMs)];
      return answered(queue, receipt, { sql: EXTEND, values });
    },
    complete: async (queue, receipt) =>
      answered(queue, receipt, { sql: COMPLETE, values: [keptUntilMs()] }),
    async fail(queue, receipt, { error, retryAtMs }) {
      const atMs = checkTime(retryAtMs);
      const why = error.slice(0, MAX_ERROR_CHARS);
      const retry = { sql: RETRY, values: [atMs ?? 0, why] };
      if (atMs !== undefined && answered(queue, receipt, retry)) return true;
      return answered(queue, receipt, { sql: BURY, values: [keptUntilMs(), why] });
    },
    async stats(queue) {
      endOverdue(queue);
      database.run(FORGET, queue, clock.now());
      const row = database.get(STATS, queue);
      const count = (state: string): number => Number(row?.[state] ?? 0);
      return { waiting: count("waiting"), claimed: count("claimed"), dead: count("dead") };
    },
  };
}

/** A change that a receipt allows; `sql` ends with the receipt's condition, whose values follow these. */
interface Answer {
  sql: string;
  values: Value[];
}

/** Claims that ran out are due again, or dead when no attempt is left. */
function endOverdueIn(database: Database, queue: string, now: number): void {
  if (database.get(OVERDUE, queue, now) === undefined) return;
  database.transaction(() => {
    database.run(GIVE_UP, now + FINISHED_KEPT_MS, queue, now);
    database.run(FREE, queue, now);
  });
}

function itemOf(row: Row): ClaimedItem {
  const attempt = Number(row["attempts"]);
  return {
    id: String(row["id"]),
    payload: JSON.parse(String(row["payload"])),
    attempt,
    receipt: `${Number(row["position"])}.${attempt}`,
    visibleUntilMs: Number(row["until_ms"]),
  };
}

/** What is no receipt of ours matches no row. */
function parseReceipt(receipt: string): { position: number; attempt: number } {
  const [, position, attempt] = /^(\d{1,15})\.(\d{1,9})$/.exec(receipt) ?? [];
  return { position: Number(position ?? -1), attempt: Number(attempt ?? -1) };
}
