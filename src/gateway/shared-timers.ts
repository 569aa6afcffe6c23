/**
 * One timer of the platform for all waits of the same length. A call's time-out is set for every call and fires for
 * nearly none; waits of one length end in the order they began, so a list in that order needs no timer of its own each.
 */
import type { Clock, Timer } from "../protocol/clock.ts";

/** Lengths are settings of workers, so there are few; whoever has an odd one gets a timer of the platform. */
const MAX_LENGTHS = 64;

export function createSharedTimers(clock: Clock): Clock {
  const queues = new Map<number, Queue>();
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after(delayMs, fire) {
      let queue = queues.get(delayMs);
      if (queue === undefined) {
        if (queues.size >= MAX_LENGTHS) return clock.after(delayMs, fire);
        queues.set(delayMs, (queue = new Queue(clock, delayMs, () => queues.delete(delayMs))));
      }
      return queue.add(fire);
    },
  };
}

/** A doubly linked list with a head that is no entry: entries leave from anywhere. */
class Queue {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #onEmpty: () => void;
  readonly #head: Entry = new Entry(0, () => {});
  #armed = false;

  constructor(clock: Clock, delayMs: number, onEmpty: () => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#onEmpty = onEmpty;
  }

  add(fire: () => void): Timer {
    const entry = new Entry(this.#clock.monotonicMs() + this.#delayMs, fire);
    entry.insertBefore(this.#head);
    // Left armed when its entries have gone: it looks once more and then rests.
    if (!this.#armed) this.#arm(this.#delayMs);
    return entry;
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.monotonicMs();
    for (let entry = this.#head.next; entry !== this.#head && entry.dueMs <= now;) {
      entry.cancel();
      entry.fire();
      entry = this.#head.next;
    }
    const next = this.#head.next;
    this.#armed = false;
    if (next === this.#head) this.#onEmpty();
    else this.#arm(Math.max(1, next.dueMs - now));
  }
}

class Entry implements Timer {
  readonly dueMs: number;
  readonly fire: () => void;
  next: Entry = this;
  #previous: Entry = this;

  constructor(dueMs: number, fire: () => void) {
    this.dueMs = dueMs;
    this.fire = fire;
  }

  insertBefore(other: Entry): void {
    this.next = other;
    this.#previous = other.#previous;
    other.#previous.next = this;
    other.#previous = this;
  }

  cancel(): void {
    this.#previous.next = this.next;
    this.next.#previous = this.#previous;
    this.next = this;
    this.#previous = this;
  }
}
