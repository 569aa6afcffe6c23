/**
 * The work queue under the reconcilers. A key waits once however often it is named, is worked on by one pass at a
 * time, is named again when it asked to be or when it changed meanwhile, and backs off alone when its passes fail.
 */
import type { Clock, Random, Timer } from "../../protocol/clock.ts";

export interface Loop {
  /** Run a pass for this key soon. */
  enqueue(key: string): void;
  /** Resolves when a pass that began after this call has ended, well or not; at once when stopped. */
  run(key: string): Promise<void>;
  /** No further pass begins; resolves when the last one has ended. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  clock: Clock;
  random: Random;
  concurrency: number;
  /** Returns the wall-clock time to look again. A rejection is retried with backoff. */
  pass: (key: string) => Promise<number | undefined>;
  onError: (key: string, error: unknown) => void;
}

const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 30_000;
/** Wall clocks jump; a look that seems further away than this is taken in steps. */
const LONGEST_WAIT_MS = 60_000;

interface KeyState {
  queued: boolean;
  running: boolean;
  errors: number;
  timer: Timer | undefined;
  /** Waiting for the pass under way. */
  current: (() => void)[];
  /** Waiting for the next one. */
  next: (() => void)[];
}

export function createLoop(options: LoopOptions): Loop {
  const work: Work = {
    options,
    states: new Map(),
    queue: [],
    running: 0,
    stopped: false,
    onIdle: undefined,
  };
  return {
    enqueue: (key) => enqueue(work, key),
    run(key) {
      if (work.stopped) return Promise.resolve();
      return new Promise((resolve) => {
        stateOf(work, key).next.push(resolve);
        enqueue(work, key);
      });
    },
    stop: () => stop(work),
  };
}

interface Work {
  options: LoopOptions;
  states: Map<string, KeyState>;
  queue: string[];
  running: number;
  stopped: boolean;
  onIdle: (() => void) | undefined;
}

function stateOf(work: Work, key: string): KeyState {
  let state = work.states.get(key);
  if (state === undefined) {
    state = { queued: false, running: false, errors: 0, timer: undefined, current: [], next: [] };
    work.states.set(key, state);
  }
  return state;
}

function enqueue(work: Work, key: string): void {
  if (work.stopped) return;
  const state = stateOf(work, key);
  if (state.queued) return;
  state.queued = true;
  if (state.running) return;
  work.queue.push(key);
  pump(work);
}

function pump(work: Work): void {
  while (work.running < work.options.concurrency) {
    const key = work.stopped ? undefined : work.queue.shift();
    if (key === undefined) return;
    work.running += 1;
    void runPass(work, key);
  }
}

async function runPass(work: Work, key: string): Promise<void> {
  const { options } = work;
  const state = stateOf(work, key);
  state.timer?.cancel();
  state.timer = undefined;
  Object.assign(state, { queued: false, running: true, current: state.next, next: [] });
  let delayMs: number | undefined;
  try {
    const lookAgainAtMs = await options.pass(key);
    state.errors = 0;
    if (lookAgainAtMs !== undefined) delayMs = lookAgainAtMs - options.clock.now();
  } catch (error) {
    state.errors += 1;
    delayMs = retryDelay(state.errors, options.random);
    options.onError(key, error);
  }
  finishPass(work, key, delayMs);
}

function finishPass(work: Work, key: string, delayMs: number | undefined): void {
  const state = stateOf(work, key);
  work.running -= 1;
  state.running = false;
  for (const done of state.current.splice(0)) done();
  if (work.stopped) {
    if (work.running === 0) work.onIdle?.();
    return;
  }
  if (state.queued) work.queue.push(key);
  else if (delayMs === undefined) work.states.delete(key);
  else {
    const waitMs = Math.min(Math.max(delayMs, 0), LONGEST_WAIT_MS);
    state.timer = work.options.clock.after(waitMs, () => enqueue(work, key));
  }
  pump(work);
}

function stop(work: Work): Promise<void> {
  work.stopped = true;
  work.queue.length = 0;
  for (const state of work.states.values()) {
    state.timer?.cancel();
    for (const done of state.next.splice(0)) done();
  }
  if (work.running === 0) return Promise.resolve();
  return new Promise((resolve) => {
    work.onIdle = resolve;
  });
}

/** Half fixed, half chance: keys that failed together do not retry together. */
function retryDelay(errors: number, random: Random): number {
  const ceilingMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(errors - 1, 20));
  return ceilingMs / 2 + (random() * ceilingMs) / 2;
}
