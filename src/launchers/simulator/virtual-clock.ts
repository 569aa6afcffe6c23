/** A clock whose time passes only when told to: ten thousand drones and a day of faults in a second. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface VirtualClock extends Clock {
  /** Fires everything that is due up to `ms` from now, in order of time and then of being set. */
  advance(ms: number): void;
  /** The same, but lets promises settle after every instant, so that what follows from a timer is set in time. */
  run(ms: number): Promise<void>;
  /** Timers that have not fired. */
  readonly pending: number;
}

interface Entry {
  atMs: number;
  order: number;
  fire: () => void;
  cancelled: boolean;
}

/** Promise chains in the control plane are far shorter; more would be a chain that feeds itself. */
const SETTLE_ROUNDS = 50;

export function createVirtualClock(startMs = 1_800_000_000_000): VirtualClock {
  const heap: Entry[] = [];
  let nowMs = 0;
  let orders = 0;
  let live = 0;

  const fireNext = (untilMs: number): boolean => {
    while (heap[0]?.cancelled === true) pop(heap);
    const next = heap[0];
    if (next === undefined || next.atMs > untilMs) return false;
    pop(heap);
    live -= 1;
    next.cancelled = true;
    nowMs = next.atMs;
    next.fire();
    return true;
  };

  return {
    now: () => startMs + nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fire): Timer {
      orders += 1;
      const entry = { atMs: nowMs + Math.max(0, delayMs), order: orders, fire, cancelled: false };
      push(heap, entry);
      live += 1;
      return {
        cancel() {
          if (entry.cancelled) return;
          entry.cancelled = true;
          live -= 1;
        },
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      while (fireNext(untilMs));
      nowMs = untilMs;
    },
    async run(ms) {
      const untilMs = nowMs + ms;
      await settle();
      while (fireNext(untilMs)) await settle();
      nowMs = untilMs;
    },
    get pending() {
      return live;
    },
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round += 1) await Promise.resolve();
}

// --- A binary heap: the earliest first, ties in the order they were set ---------------------------

function earlier(left: Entry, right: Entry): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || earlier(parent, entry)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const child = smallerChild(heap, at);
    const below = heap[child];
    if (below === undefined || earlier(last, below)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}

function smallerChild(heap: readonly Entry[], at: number): number {
  const left = 2 * at + 1;
  const [first, second] = [heap[left], heap[left + 1]];
  return first !== undefined && second !== undefined && earlier(second, first) ? left + 1 : left;
}
