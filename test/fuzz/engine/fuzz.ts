/** The loop: choose an input, change it, run it, keep it when it reached something new, stop when something broke. */
import { setImmediate as turn } from "node:timers/promises";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FuzzTarget, RunningTarget } from "../target.ts";
import { watchCoverage } from "./coverage.ts";
import { type Mutator, mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";

export interface FuzzOptions {
  target: FuzzTarget;
  seconds: number;
  seed: number;
  kept: readonly Uint8Array[];
  /** Told before each input, so that somebody outside can say which one hung. */
  onInput(input: Uint8Array): void;
}

export interface FuzzReport {
  runs: number;
  covered: number;
  /** Reached something new, smallest first. */
  kept: Uint8Array[];
  heapGrowthBytes: number;
  growth: string[];
  failure?: { input: Uint8Array; reason: string };
}

/** An answer takes milliseconds; this is a hang even on a machine that does much else. */
const RUN_MS = 10_000;
/** Inputs between two looks at the coverage: a look costs as much as several of them. */
const BATCH = 24;
const MAX_KEPT = 3_000;
/** Choosing what to keep must not take longer than finding it. */
const DISTIL_MS = 30_000;
/** What a heap may differ between early and late for reasons of its own: caches, compiled code, the corpus. */
export const HEAP_SLACK_BYTES = 48 * 1024 * 1024;
const SIZE_SLACK = 64;

/** One object for the whole run: racing against one long promise would keep a reaction of every run alive. */
interface Watch {
  current: Uint8Array;
  failed: (reason: string) => void;
}

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { target } = options;
  const watch = watchProcess();
  const running = await target.start();
  const coverage = watchCoverage(target.watch);
  const seeds = [...target.seeds.map((text) => new TextEncoder().encode(text)), ...options.kept];
  const from: Mutator & { corpus: Uint8Array[] } = {
    corpus: [...seeds],
    dictionary: target.dictionary,
    random: createRandom(options.seed),
  };
  const found: Uint8Array[] = [];
  const until = performance.now() + options.seconds * 1000;
  let runs = 0;
  let early: Measure | undefined;
  const report = async (failure?: FuzzReport["failure"]): Promise<FuzzReport> => {
    const late = await measure(running);
    coverage.stop();
    const heapGrowthBytes = early === undefined ? 0 : late.heap - early.heap;
    return {
      runs,
      covered: coverage.total(),
      kept: found.toSorted((one, other) => one.length - other.length),
      heapGrowthBytes,
      growth: early === undefined ? [] : grown(early, late),
      ...(failure === undefined ? {} : { failure }),
    };
  };
  const one = async (input: Uint8Array): Promise<string | undefined> => {
    watch.current = input;
    options.onInput(input);
    runs += 1;
    return runOne(running, input, watch);
  };

  for (const seed of seeds) {
    const reason = await one(seed);
    if (reason !== undefined) return report({ input: seed, reason });
  }
  coverage.look();
  while (performance.now() < until) {
    const batch = Array.from({ length: BATCH }, () => mutate(from.random.pick(from.corpus), from));
    for (const input of batch) {
      const reason = await one(input);
      if (reason !== undefined) return report({ input, reason });
    }
    await turn();
    if (coverage.look() > 0 && found.length < MAX_KEPT) {
      // Somebody in the batch found something. Which one is not known: all of them get another chance, and only an
      // input that a fresh look connects with a new place is written down by `distil`.
      const chosen = batch.filter(() => from.random.chance(6));
      if (from.corpus.length < MAX_KEPT) from.corpus.push(...chosen);
      found.push(...batch);
    }
    early ??=
      performance.now() > until - options.seconds * 800 ? await measure(running) : undefined;
  }
  const done = await report();
  if (await closes(running)) return done;
  return { ...done, failure: { input: watch.current, reason: `close() took over ${RUN_MS} ms` } };
}

/** Closing well is part of surviving. */
async function closes(running: RunningTarget): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), RUN_MS);
  });
  const closed = await Promise.race([running.close().then(() => true), late]);
  clearTimeout(timer);
  return closed;
}

async function runOne(
  running: RunningTarget,
  input: Uint8Array,
  watch: Watch,
): Promise<string | undefined> {
  const { promise: failure, resolve } = Promise.withResolvers<string>();
  watch.failed = resolve;
  const timer = setTimeout(() => resolve(`no answer within ${RUN_MS} ms`), RUN_MS);
  try {
    return await Promise.race([running.run(input).then(() => undefined), failure]);
  } catch (error) {
    return describe(error);
  } finally {
    clearTimeout(timer);
  }
}

/** What must never happen, whichever input was the cause; the one that runs just then is blamed. */
function watchProcess(): Watch {
  const watch: Watch = { current: new Uint8Array(), failed: () => {} };
  process.on("unhandledRejection", (error) =>
    watch.failed(`unhandled rejection: ${describe(error)}`),
  );
  process.on("uncaughtException", (error) =>
    watch.failed(`uncaught exception: ${describe(error)}`),
  );
  return watch;
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

interface Measure {
  heap: number;
  sizes: Record<string, number>;
}

let collect: (() => void) | undefined;

async function measure(running: RunningTarget): Promise<Measure> {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  await turn();
  collect();
  return { heap: getHeapStatistics().used_heap_size, sizes: running.sizes?.() ?? {} };
}

function grown(early: Measure, late: Measure): string[] {
  return Object.entries(late.sizes).flatMap(([name, size]) =>
    size > (early.sizes[name] ?? 0) + SIZE_SLACK
      ? [`${name} grew from ${early.sizes[name] ?? 0} to ${size}`]
      : [],
  );
}

/** The few inputs that, one after the other, reach everything that all of them reach. */
export async function distil(
  { target, kept: already, onInput }: Pick<FuzzOptions, "target" | "kept" | "onInput">,
  candidates: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const running = await target.start();
  const coverage = watchCoverage(target.watch);
  const watch: Watch = { current: new Uint8Array(), failed: () => {} };
  const seeds = target.seeds.map((text) => new TextEncoder().encode(text));
  for (const input of [...seeds, ...already]) await runOne(running, input, watch);
  coverage.look();
  const chosen: Uint8Array[] = [];
  const until = performance.now() + DISTIL_MS;
  for (const input of candidates) {
    if (performance.now() > until) break;
    onInput(input);
    await runOne(running, input, watch);
    await turn();
    if (coverage.look() > 0) chosen.push(input);
  }
  coverage.stop();
  await closes(running);
  return chosen;
}
