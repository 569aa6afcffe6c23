import type { ClaimedItem, WorkQueue } from "../contract.ts";
import {
  boundedCount,
  checkDuration,
  checkKey,
  checkTime,
  encodeItem,
  FINISHED_KEPT_MS,
  MAX_CLAIMED_AT_ONCE,
  type EncodedItem,
} from "../limits.ts";
import type { Parts } from "./parts.ts";

interface Row extends EncodedItem {
  /** Order of pushing; a retried item goes back to its place. */
  position: number;
  /** When it may be handed out (waiting), is seen again (claimed), or is forgotten (finished). */
  untilMs: number;
  attempts: number;
}

interface Queue {
  /** Every id that is known. */
  ids: Set<string>;
  waiting: Map<string, Row>;
  /** By receipt. */
  claimed: Map<string, Row>;
  /** In the order of their end, so that the sweep stops at the first that is kept. */
  finished: Map<string, { untilMs: number; isDead: boolean }>;
}

export function createMemoryQueue(parts: Parts): WorkQueue {
  const { clock } = parts;
  const { current, finish } = createQueues(parts);
  const nextPosition = createCounter();

  return {
    async push(name, items) {
      checkKey(name);
      const encoded = items.map(encodeItem);
      const queue = current(name);
      const before = queue.ids.size;
      for (const item of encoded) pushOne(queue, item, nextPosition);
      return queue.ids.size - before;
    },
    async claim(name, max, visibilityMs) {
      checkDuration(visibilityMs);
      const queue = current(name);
      const now = clock.now();
      const due = dueRows(queue, now).slice(0, boundedCount(max, MAX_CLAIMED_AT_ONCE));
      return due.map((row) => claimRow(queue, row, now + visibilityMs));
    },
    async extend(name, receipt, visibilityMs) {
      checkDuration(visibilityMs);
      const row = current(name).claimed.get(receipt);
      if (row !== undefined) row.untilMs = clock.now() + visibilityMs;
      return row !== undefined;
    },
    async complete(name, receipt) {
      const queue = current(name);
      const row = take(queue, receipt);
      if (row !== undefined) finish(queue, row, false);
      return row !== undefined;
    },
    async fail(name, receipt, { retryAtMs }) {
      const untilMs = checkTime(retryAtMs);
      const queue = current(name);
      const row = take(queue, receipt);
      if (row === undefined) return false;
      if (untilMs === undefined || row.attempts >= row.maxAttempts) finish(queue, row, true);
      else queue.waiting.set(row.id, { ...row, untilMs });
      return true;
    },
    async stats(name) {
      const { waiting, claimed, finished } = current(name);
      const dead = [...finished.values()].filter(({ isDead }) => isDead).length;
      return { waiting: waiting.size, claimed: claimed.size, dead };
    },
  };
}

interface Queues {
  /** The queue as of now: claims that ran out are due again or dead, old finished ids are gone. */
  current: (name: string) => Queue;
  finish: (queue: Queue, row: Row, isDead: boolean) => void;
}

function createQueues({ clock, checkOpen }: Parts): Queues {
  const queues = new Map<string, Queue>();
  const finish: Queues["finish"] = (queue, row, isDead) => {
    queue.finished.set(row.id, { untilMs: clock.now() + FINISHED_KEPT_MS, isDead });
  };
  const endOverdue = (queue: Queue): void => {
    for (const [receipt, row] of queue.claimed) {
      if (row.untilMs > clock.now()) continue;
      queue.claimed.delete(receipt);
      if (row.attempts >= row.maxAttempts) finish(queue, row, true);
      else queue.waiting.set(row.id, row);
    }
  };
  const forgetOld = (queue: Queue): void => {
    for (const [id, { untilMs }] of queue.finished) {
      if (untilMs > clock.now()) return;
      queue.finished.delete(id);
      queue.ids.delete(id);
    }
  };
  return {
    finish,
    current(name) {
      checkOpen();
      const queue = queues.get(name) ?? newQueue();
      queues.set(name, queue);
      endOverdue(queue);
      forgetOld(queue);
      return queue;
    },
  };
}

function newQueue(): Queue {
  return { ids: new Set(), waiting: new Map(), claimed: new Map(), finished: new Map() };
}

function claimRow(queue: Queue, row: Row, visibleUntilMs: number): ClaimedItem {
  row.attempts += 1;
  row.untilMs = visibleUntilMs;
  const receipt = `${row.position}.${row.attempts}`;
  queue.waiting.delete(row.id);
  queue.claimed.set(receipt, row);
  const { id, text, attempts } = row;
  return { id, payload: JSON.parse(text), attempt: attempts, receipt, visibleUntilMs };
}

function createCounter(): () => number {
  let last = 0;
  return () => (last += 1);
}

function pushOne(queue: Queue, item: EncodedItem, nextPosition: () => number): void {
  if (queue.ids.has(item.id)) return;
  queue.ids.add(item.id);
  const position = nextPosition();
  queue.waiting.set(item.id, { ...item, position, untilMs: item.notBeforeMs, attempts: 0 });
}

function dueRows(queue: Queue, now: number): Row[] {
  return [...queue.waiting.values()]
    .filter((row) => row.untilMs <= now)
    .toSorted((a, b) => a.position - b.position);
}

/** Ends the claim, if the receipt is its own. */
function take(queue: Queue, receipt: string): Row | undefined {
  const row = queue.claimed.get(receipt);
  queue.claimed.delete(receipt);
  return row;
}
