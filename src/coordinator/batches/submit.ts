/**
 * Takes a batch in. Nothing of it runs before all of it is in the queue and its record says `running`: a coordinator that dies
 * before leaves something that nobody begins, and that disappears. Everything here may be done twice.
 */
import {
  BATCH,
  batchKeys,
  type BatchJob,
  type BatchRecord,
  isBatchOver,
} from "../../protocol/batches.ts";
import type { Clock, NewId } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { QueueItem, Store } from "../../store/contract.ts";
import type { Books, StoredBatch } from "./books.ts";
import type { WantedBatch } from "./read-request.ts";

export interface SubmitDeps {
  store: Pick<Store, "records" | "queue">;
  books: Books;
  clock: Clock;
  newId: NewId;
}

/** A batch that is not taken in whole by then is forgotten. */
const ACCEPT_MS = 10 * 60 * 1000;
const PUSHED_AT_ONCE = 1_000;

/** `isNew` is false for work that the same id had begun before. */
export async function submitBatch(
  deps: SubmitDeps,
  wanted: WantedBatch,
  by: string,
): Promise<{ batch: BatchRecord; isNew: boolean }> {
  const print = await printOf(wanted);
  const id = wanted.id ?? deps.newId("task");
  const known = (await deps.books.get(id)) ?? (await begin(deps, { wanted, id, print, by }));
  const { batch } = known;
  if (batch.print !== print) throw otherWork(id);
  if (batch.state !== "accepting") return { batch, isNew: false };
  const { records, queue } = deps.store;
  const { expiresAtMs } = lifeOf(batch);
  if (wanted.kind === "steps") {
    await records.put(batchKeys.plan(id), { steps: wanted.steps }, { expiresAtMs });
  }
  for (let from = 0; from < wanted.jobs.length; from += PUSHED_AT_ONCE) {
    const some = wanted.jobs.slice(from, from + PUSHED_AT_ONCE);
    await queue.push(batchKeys.queue(id), some.map(queueItem));
  }
  const running: BatchRecord = { ...batch, state: "running" };
  const ifVersion = known.version;
  const put = await records.put(batchKeys.batch(id), running, { ifVersion, expiresAtMs });
  // Two asked at once: the other was faster, and its work is ours.
  if (!put.ok) return { batch: (await deps.books.get(id))?.batch ?? running, isNew: false };
  return { batch: running, isNew: true };
}

export const queueItem = (job: BatchJob): QueueItem => ({
  id: batchKeys.queueItem(job.index),
  payload: job,
  maxAttempts: BATCH.maxClaims,
});

export const lifeOf = ({ deadlineAtMs }: BatchRecord) => ({
  expiresAtMs: deadlineAtMs + BATCH.keepMs,
});

interface Beginning {
  wanted: WantedBatch;
  id: string;
  print: string;
  by: string;
}

async function begin(
  { store, books, clock }: SubmitDeps,
  { wanted, id, print, by }: Beginning,
): Promise<StoredBatch> {
  const all = await books.all();
  const active = all.filter(({ batch }) => !isBatchOver(batch)).length;
  if (active >= BATCH.maxActive || all.length >= BATCH.maxKnown) throw tooMany(active);
  const { kind, title, total, parallelism, runs, callTimeoutMs, deadlineMs } = wanted;
  const createdAtMs = clock.now();
  const batch: BatchRecord = {
    id,
    print,
    kind,
    title,
    total,
    parallelism,
    runs,
    by,
    createdAtMs,
    ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }),
    deadlineAtMs: createdAtMs + deadlineMs,
    state: "accepting",
  };
  const put = await store.records.put(batchKeys.batch(id), batch, {
    ifVersion: "absent",
    expiresAtMs: createdAtMs + ACCEPT_MS,
  });
  if (put.ok) return { batch, version: put.version };
  const other = await books.get(id);
  if (other !== undefined) return other;
  throw new FlotillaError("store_conflict", "The task changed while it was being taken in.", {
    retryable: true,
    hint: "Ask again.",
  });
}

async function printOf(wanted: WantedBatch): Promise<string> {
  const { kind, parallelism, runs, deadlineMs, callTimeoutMs, jobs, steps } = wanted;
  const text = JSON.stringify([
    kind,
    parallelism,
    runs,
    deadlineMs,
    callTimeoutMs ?? null,
    jobs.map((job) => [job.tool, job.arguments]),
    steps,
  ]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const otherWork = (id: string): FlotillaError =>
  new FlotillaError("store_conflict", `The task "${id}" is something else.`, {
    hint: "Use a new id for new work, and the same one only to ask for the same again.",
  });

function tooMany(active: number): FlotillaError {
  const isBusy = active >= BATCH.maxActive;
  const what = isBusy ? `${active} tasks are under way` : `${BATCH.maxKnown} tasks are remembered`;
  return new FlotillaError("overloaded", `${what}; that is as many as are taken.`, {
    retryable: true,
    retryAfterMs: 60_000,
    hint: "Wait for some to end, or put more calls into one task.",
  });
}
