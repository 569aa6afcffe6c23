import type { Clock } from "../../protocol/clock.ts";
import type { ClaimedItem, QueueItem, WorkQueue } from "../contract.ts";
import { checkKey, encodeValue, FINISHED_KEPT_MS } from "../limits.ts";

type State = "waiting" | "claimed" | "done" | "dead";

interface Row {
  id: string;
  text: string;
  state: State;
  /** When it may be handed out (waiting), seen again (claimed), or forgotten (done, dead). */
  untilMs: number;
  attempts: number;
  maxAttempts: number;
  receipt: string;
}

export function createMemoryQueue(clock: Clock): WorkQueue {
  const queues = new Map<string, Map<string, Row>>();
  const rowsOf = (queue: string): Map<string, Row> => queues.get(queue) ?? new Map<string, Row>();
  const settle = (row: Row, state: "done" | "dead"): void => {
    row.state = state;
    row.receipt = "";
    row.untilMs = clock.now() + FINISHED_KEPT_MS;
  };
  /** Claims that ran out become due again, or dead when no attempt is left; old finished ids go. */
  const tidy = (rows: Map<string, Row>): void => {
    const now = clock.now();
    for (const [id, row] of rows) {
      if (row.untilMs > now || row.state === "waiting") continue;
      if (row.state !== "claimed") rows.delete(id);
      else if (row.attempts >= row.maxAttempts) settle(row, "dead");
      else row.state = "waiting";
    }
  };
  const claimed = (queue: string, receipt: string): Row | undefined => {
    const rows = rowsOf(queue);
    tidy(rows);
    return [...rows.values()].find((row) => row.state === "claimed" && row.receipt === receipt);
  };

  return {
    async push(queue, items) {
      checkKey(queue);
      const added = items.map((item) => ({ item, text: encodeValue(item.payload) }));
      const rows = rowsOf(queue);
      queues.set(queue, rows);
      tidy(rows);
      const before = rows.size;
      for (const { item, text } of added) {
        if (!rows.has(item.id)) rows.set(item.id, waitingRow(item, text));
      }
      return rows.size - before;
    },
    async claim(queue, max, visibilityMs) {
      const rows = rowsOf(queue);
      tidy(rows);
      const now = clock.now();
      const due = [...rows.values()].filter((row) => row.state === "waiting" && row.untilMs <= now);
      return due.slice(0, max).map((row) => claimRow(row, now + visibilityMs));
    },
    async extend(queue, receipt, visibilityMs) {
      const row = claimed(queue, receipt);
      if (row !== undefined) row.untilMs = clock.now() + visibilityMs;
      return row !== undefined;
    },
    async complete(queue, receipt) {
      const row = claimed(queue, receipt);
      if (row !== undefined) settle(row, "done");
      return row !== undefined;
    },
    async fail(queue, receipt, _error, retryAtMs) {
      const row = claimed(queue, receipt);
      if (row === undefined) return false;
      if (retryAtMs === undefined || row.attempts >= row.maxAttempts) settle(row, "dead");
      else Object.assign(row, { state: "waiting", receipt: "", untilMs: retryAtMs });
      return true;
    },
    async stats(queue) {
      const rows = rowsOf(queue);
      tidy(rows);
      const count = (state: State): number =>
        [...rows.values()].filter((row) => row.state === state).length;
      return { waiting: count("waiting"), claimed: count("claimed"), dead: count("dead") };
    },
  };
}

function waitingRow({ id, notBeforeMs = 0, maxAttempts = 1 }: QueueItem, text: string): Row {
  return {
    id,
    text,
    state: "waiting",
    untilMs: notBeforeMs,
    attempts: 0,
    maxAttempts,
    receipt: "",
  };
}

function claimRow(row: Row, visibleUntilMs: number): ClaimedItem {
  row.state = "claimed";
  row.attempts += 1;
  row.receipt = `${row.id}#${row.attempts}`;
  row.untilMs = visibleUntilMs;
  const { id, text, attempts, receipt } = row;
  return { id, payload: JSON.parse(text), attempt: attempts, receipt, visibleUntilMs };
}
