import type { Clock } from "../../../protocol/clock.ts";
import type { ClaimedItem, WorkQueue } from "../../contract.ts";
import { checkKey, encodeValue, FINISHED_KEPT_MS } from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";

const PUSH = `INSERT OR IGNORE INTO queue_items
  (queue, id, payload, state, until_ms, attempts, max_attempts, receipt) VALUES (?, ?, ?, 'waiting', ?, 0, ?, '')`;
const CLAIM = `UPDATE queue_items SET state = 'claimed', attempts = attempts + 1, until_ms = ?,
  receipt = id || '#' || (attempts + 1) WHERE position IN (SELECT position FROM queue_items
  WHERE queue = ? AND state = 'waiting' AND until_ms <= ? ORDER BY position LIMIT ?) RETURNING *`;
const MINE = "queue = ? AND receipt = ? AND state = 'claimed'";

export function createSqliteQueue(database: Database, clock: Clock): WorkQueue {
  /** Claims that ran out become due again, or dead when no attempt is left; old finished ids go. */
  const tidy = (queue: string): void => {
    const now = clock.now();
    const over = "queue = ? AND state = 'claimed' AND until_ms <= ?";
    const kept = now + FINISHED_KEPT_MS;
    database.run(
      `UPDATE queue_items SET state = 'dead', receipt = '', until_ms = ?, error = 'no answer in time'
       WHERE ${over} AND attempts >= max_attempts`,
      kept,
      queue,
      now,
    );
    database.run(
      `UPDATE queue_items SET state = 'waiting', receipt = '' WHERE ${over}`,
      queue,
      now,
    );
    const finished = "state IN ('done', 'dead') AND until_ms <= ?";
    database.run(`DELETE FROM queue_items WHERE queue = ? AND ${finished}`, queue, now);
  };
  const tidied = <T>(queue: string, work: () => T): T =>
    database.transaction(() => {
      tidy(queue);
      return work();
    });

  return {
    async push(queue, items) {
      checkKey(queue);
      const rows = items.map((item) => ({ ...item, text: encodeValue(item.payload) }));
      return tidied(queue, () => {
        let added = 0;
        for (const { id, text, notBeforeMs = 0, maxAttempts = 1 } of rows) {
          added += database.run(PUSH, queue, id, text, notBeforeMs, maxAttempts);
        }
        return added;
      });
    },
    async claim(queue, max, visibilityMs) {
      const now = clock.now();
      const rows = tidied(queue, () =>
        database.all(CLAIM, now + visibilityMs, queue, now, Math.max(0, max)),
      );
      // RETURNING promises no order.
      return rows.toSorted((a, b) => Number(a["position"]) - Number(b["position"])).map(itemOf);
    },
    async extend(queue, receipt, visibilityMs) {
      const until = clock.now() + visibilityMs;
      const sql = `UPDATE queue_items SET until_ms = ? WHERE ${MINE}`;
      return tidied(queue, () => database.run(sql, until, queue, receipt) > 0);
    },
    async complete(queue, receipt) {
      const until = clock.now() + FINISHED_KEPT_MS;
      const sql = `UPDATE queue_items SET state = 'done', until_ms = ?, receipt = '' WHERE ${MINE}`;
      return tidied(queue, () => database.run(sql, until, queue, receipt) > 0);
    },
    async fail(queue, receipt, error, retryAtMs) {
      const kept = clock.now() + FINISHED_KEPT_MS;
      const isLast = retryAtMs === undefined ? "TRUE" : "attempts >= max_attempts";
      const sql = `UPDATE queue_items SET error = ?, receipt = '',
        state = CASE WHEN ${isLast} THEN 'dead' ELSE 'waiting' END,
        until_ms = CASE WHEN ${isLast} THEN ? ELSE ? END WHERE ${MINE}`;
      const values = [error.slice(0, 2_000), kept, retryAtMs ?? 0, queue, receipt];
      return tidied(queue, () => database.run(sql, ...values) > 0);
    },
    async stats(queue) {
      const sql = "SELECT state, count(*) AS n FROM queue_items WHERE queue = ? GROUP BY state";
      const rows = tidied(queue, () => database.all(sql, queue));
      const count = (state: string): number =>
        Number(rows.find((row) => row["state"] === state)?.["n"] ?? 0);
      return { waiting: count("waiting"), claimed: count("claimed"), dead: count("dead") };
    },
  };
}

function itemOf(row: Row): ClaimedItem {
  return {
    id: String(row["id"]),
    payload: JSON.parse(String(row["payload"])),
    attempt: Number(row["attempts"]),
    receipt: String(row["receipt"]),
    visibleUntilMs: Number(row["until_ms"]),
  };
}
