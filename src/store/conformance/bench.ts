/** What every case works with: a fresh store, time that passes, and waiting for conditions instead of for time. */
import { expect } from "vitest";
import { isFlotillaError } from "../../protocol/errors.ts";
import { systemClock } from "../../protocol/system-clock.ts";
import type { RecordBatch, Store, StoredRecord } from "../contract.ts";
import type { MakeStore, StoreConformanceOptions, StoreSubject } from "./case.ts";
import { createManualClock } from "./manual-clock.ts";

export interface Bench {
  readonly store: Store;
  readonly subject: StoreSubject;
  readonly runs: number;
  /** Whether `pass` costs nothing. */
  readonly isTimeInjected: boolean;
  /** The unit in which cases count time: long enough to act within, short enough to wait for. */
  readonly unitMs: number;
  now: () => number;
  pass: (units: number) => Promise<void>;
  /** Repeats `probe` until it returns something true. */
  until: <T>(what: string, probe: () => T | Promise<T>) => Promise<NonNullable<T>>;
  /** The outcome of a promise that must come without any further doing. */
  soon: <T>(promise: Promise<T>) => Promise<T>;
  /** Aborted when the case ends. */
  readonly signal: AbortSignal;
  dispose: () => Promise<void>;
}

const ROUND_MS = 5;
/** After this a condition counts as never coming. */
const PATIENCE_MS = 10_000;
/** Two of these are the least that a case has for acting before something runs out. */
const REAL_UNIT_MS = 250;
const INJECTED_UNIT_MS = 1_000;
const DEFAULT_RUNS = 50;

const round = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, ROUND_MS));

/** Bounded in rounds, not in time: a machine that stands still for a moment is no broken promise. */
function createUntil(patienceMs: number): Bench["until"] {
  return async (what, probe) => {
    for (let rounds = patienceMs / ROUND_MS; rounds > 0; rounds -= 1) {
      const result = await probe();
      if (result) return result;
      await round();
    }
    throw new Error(`Never happened: ${what}.`);
  };
}

export interface BenchOptions extends Omit<StoreConformanceOptions, "name"> {
  patienceMs?: number;
}

export async function createBench(makeStore: MakeStore, options: BenchOptions): Promise<Bench> {
  const until = createUntil(options.patienceMs ?? PATIENCE_MS);
  const isTimeInjected = options.time !== "real";
  const manual = createManualClock();
  const clock = isTimeInjected ? manual : systemClock;
  const subject = await makeStore({ clock });
  const ending = new AbortController();
  const unitMs = isTimeInjected ? INJECTED_UNIT_MS : REAL_UNIT_MS;

  return {
    store: subject.store,
    subject,
    runs: options.runs ?? DEFAULT_RUNS,
    isTimeInjected,
    unitMs,
    now: () => clock.now(),
    async pass(units) {
      if (isTimeInjected) manual.pass(units * unitMs);
      else await new Promise((resolve) => setTimeout(resolve, units * unitMs));
    },
    until,
    async soon(promise) {
      let isSettled = false;
      const settle = (): void => void (isSettled = true);
      promise.then(settle, settle);
      await until("a promise settled", () => isSettled);
      return promise;
    },
    signal: ending.signal,
    async dispose() {
      ending.abort();
      await subject.store.close();
      await subject.dispose?.();
    },
  };
}

/** The code of what a promise rejects with; fails when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => expect.unreachable("It should have been refused."),
    (rejection: unknown) => rejection,
  );
  return isFlotillaError(error) ? error.code : `not a Flotilla error: ${String(error)}`;
}

/** A watcher that reads as fast as it can, and what it has come to believe. */
export interface View {
  readonly batches: readonly RecordBatch[];
  readonly state: ReadonlyMap<string, StoredRecord>;
  /** Every version told, per key, in order. */
  readonly versions: ReadonlyMap<string, readonly number[]>;
  readonly ended: Promise<void>;
  stop(): void;
}

export function viewOf(store: Store, prefix: string, signal: AbortSignal): View {
  const batches: RecordBatch[] = [];
  const state = new Map<string, StoredRecord>();
  const versions = new Map<string, number[]>();
  const stopping = new AbortController();
  const follow = async (): Promise<void> => {
    const either = AbortSignal.any([signal, stopping.signal]);
    for await (const batch of store.records.watch(prefix, either)) {
      batches.push(batch);
      for (const change of batch.changes) {
        if (change.kind === "delete") {
          state.delete(change.key);
          continue;
        }
        const { record } = change;
        state.set(record.key, record);
        versions.set(record.key, [...(versions.get(record.key) ?? []), record.version]);
      }
    }
  };
  return { batches, state, versions, ended: follow(), stop: () => stopping.abort() };
}

/** The watcher's belief and the store's list, made comparable. */
export function sortedState(view: View): StoredRecord[] {
  return [...view.state.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** A watch of whose changes a case decides when they are read. The snapshot is read. */
export async function slowWatch(
  bench: Bench,
  prefix: string,
): Promise<{ snapshot: RecordBatch; next: () => Promise<RecordBatch> }> {
  const reader = bench.store.records.watch(prefix, bench.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<RecordBatch> => {
    const result = await bench.soon(reader.next());
    if (result.done === true) throw new Error("The watch ended by itself.");
    return result.value;
  };
  return { snapshot: await next(), next };
}

/** Numbers below `count`, for many of a thing. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
