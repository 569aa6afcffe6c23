/**
 * Which call a legacy worker's question belongs to, where the wire does not say: on a pipe, and on the standing stream
 * of an HTTP session. A question shown to the wrong client is worse than one refused, so nothing is guessed:
 *
 * - While one call is under way, the question is its.
 * - With several, it waits until all but one have ended, new calls wait meanwhile, and after `HOLD_MS` it is refused.
 * - A worker that has asked once is given its calls one at a time from then on. A call whose question is open does not
 *   count, because it stands still: it gives its turn to the next, and gets one again before it hears the answer. So
 *   a person who thinks for minutes blocks nobody.
 *
 * Workers that never ask pay nothing, and questions that come on the stream of their request need none of this.
 */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import type { JsonRpcId } from "../../../protocol/jsonrpc.ts";
import { type Answer, notSent, type UpstreamCall } from "../contract.ts";
import { answerWorker } from "./park.ts";

/** A call under way. */
export interface Entry {
  readonly call: UpstreamCall;
  /** Its open questions. */
  open: number;
  /** It stands still: its questions are open, and no more came with them. */
  isBlocked: boolean;
}

export interface Attribution {
  /** Before the call is sent. A promise only while the worker's calls go one at a time. */
  enter(call: UpstreamCall): Entry | Promise<Entry>;
  leave(entry: Entry): void;
  /** A question on the call's own stream. */
  ask(entry: Entry, question: Asked): Promise<Answer>;
  /** A question of nobody knows which call. */
  attribute(question: Asked): Promise<Answer>;
}

export interface Asked {
  method: string;
  params: Record<string, unknown>;
  id?: JsonRpcId | undefined;
}

/** Calls that end soon are worth waiting for; the worker's own patience is usually 60 s. */
const HOLD_MS = 10_000;
/** Questions asked side by side come within that time; only then does the call count as standing still. */
const SETTLE_MS = 50;
/** Questions waiting for their call to be known. */
const MAX_HELD = 64;

export function createAttribution(clock: Clock): Attribution {
  return new Turns(clock);
}

interface Held {
  resolve(entry: Entry | undefined): void;
  timer: Timer;
}

class Turns implements Attribution {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  /** Who waits for a turn, in order. Calls that heard an answer come before new ones. */
  readonly #returning = new Map<Entry, () => void>();
  readonly #waiting = new Set<() => void>();
  readonly #held = new Set<Held>();
  #oneAtATime = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(call: UpstreamCall): Entry | Promise<Entry> {
    const entry: Entry = { call, open: 0, isBlocked: false };
    if (!this.#oneAtATime || (this.#running().length === 0 && this.#waiting.size === 0)) {
      this.#entries.add(entry);
      return entry;
    }
    return new Promise((resolve, reject) => {
      const { signal } = call;
      const go = (): void => {
        signal.removeEventListener("abort", giveUp);
        this.#waiting.delete(go);
        this.#entries.add(entry);
        resolve(entry);
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        reject(notSent("call_cancelled", "The call ended while it waited for its turn."));
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(go);
    });
  }

  leave(entry: Entry): void {
    this.#entries.delete(entry);
    // Its answer came too late to matter, and must not keep the turn.
    this.#returning.get(entry)?.();
    this.#next();
  }

  async ask(entry: Entry, { method, params, id }: Asked): Promise<Answer> {
    const { call } = entry;
    if (call.ask === undefined || method === "ping") return answerWorker(method);
    entry.open += 1;
    const settled = this.#clock.after(SETTLE_MS, () => {
      entry.isBlocked = entry.open > 0;
      this.#next();
    });
    const answer = await call.ask(method, params, id);
    // A call with several questions hears each answer in its own turn.
    settled.cancel();
    if (entry.isBlocked) await this.#turn(entry);
    entry.open -= 1;
    return answer;
  }

  async attribute(question: Asked): Promise<Answer> {
    if (question.method === "ping" || this.#entries.size === 0)
      return answerWorker(question.method);
    this.#oneAtATime = true;
    const entry = this.#sure() ?? (await this.#hold());
    return entry === undefined ? UNATTRIBUTED : this.ask(entry, question);
  }

  /** Calls that can have asked. */
  #running(): Entry[] {
    return [...this.#entries].filter(({ isBlocked }) => !isBlocked);
  }

  #sure(): Entry | undefined {
    const running = this.#running();
    if (running.length === 1) return running[0];
    // One call that stands still and asks once more: there is no other.
    return running.length === 0 && this.#entries.size === 1 ? [...this.#entries][0] : undefined;
  }

  #hold(): Promise<Entry | undefined> {
    if (this.#held.size >= MAX_HELD) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const held: Held = {
        resolve,
        timer: this.#clock.after(HOLD_MS, () => this.#release(held, undefined)),
      };
      this.#held.add(held);
    });
  }

  #release(held: Held, entry: Entry | undefined): void {
    held.timer.cancel();
    if (this.#held.delete(held)) held.resolve(entry);
  }

  /** Resolves when the call may run on. */
  #turn(entry: Entry): Promise<void> {
    const mayRun = !this.#oneAtATime || this.#running().length === 0;
    if (mayRun || !this.#entries.has(entry)) {
      entry.isBlocked = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#returning.set(entry, () => {
        this.#returning.delete(entry);
        entry.isBlocked = false;
        resolve();
      });
    });
  }

  /** Something ended or stands still: questions may have found their call, and the next may have its turn. */
  #next(): void {
    const sure = this.#held.size > 0 ? this.#sure() : undefined;
    if (sure !== undefined || this.#entries.size === 0) {
      for (const held of this.#held) this.#release(held, sure);
    }
    if (this.#running().length > 0) return;
    const [returning] = this.#returning.values();
    const [waiting] = this.#waiting;
    (returning ?? waiting)?.();
  }
}

const UNATTRIBUTED: Answer = {
  kind: "error",
  error: {
    code: -32603,
    message:
      "Several calls are under way and it cannot be told which of them asks. Calls go one at a time from now on; try again.",
  },
};
