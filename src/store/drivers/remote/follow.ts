/** Feeds over a line that may break: each goes on where it was, so that its reader never learns of the break. */
import { FlotillaError, isFlotillaError } from "../../../protocol/errors.ts";
import type { RecordBatch, RecordChange, StoredEvent } from "../../contract.ts";
import { storeClosed } from "../../limits.ts";
import type { Line } from "./line.ts";

interface FeedRequest {
  line: Line;
  method: string;
  /** Asked anew for each connection. */
  params: () => unknown[];
  signal: AbortSignal;
}

/** Hands out what the other side emits; the next event is asked for when this one was taken. */
async function* emitted(request: FeedRequest): AsyncGenerator<unknown, void> {
  const { line, method, params, signal } = request;
  while (!signal.aborted) {
    const peer = await orAborted(line.whenConnected(), signal);
    if (peer === undefined) return;
    const stop = new AbortController();
    const slot = new Slot();
    const asked = peer
      .request({
        method,
        params: params(),
        signal: AbortSignal.any([signal, stop.signal]),
        onEvent: (value) => slot.put(value),
      })
      .then(
        () => slot.end(undefined),
        (error: unknown) => slot.end(error),
      );
    try {
      for (let next = await slot.next(); next !== undefined; next = await slot.next()) {
        yield next.value;
      }
    } finally {
      stop.abort();
      await asked;
    }
    // Ended by the other side: its store was closed, or the line broke. Only the break is repaired.
    if (!isBreak(slot.why)) {
      if (slot.why !== undefined && !signal.aborted) throw slot.why;
      return;
    }
  }
}

const isBreak = (error: unknown): boolean =>
  isFlotillaError(error) && error.code === "fleet_unreachable";

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(undefined);
    if (signal.aborted) return end();
    signal.addEventListener("abort", end, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
  });
}

/** Room for one event: its sender waits until it was taken. */
class Slot {
  why: unknown;
  #full: { value: unknown; taken(): void } | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  put(value: unknown): Promise<void> {
    return new Promise((taken) => {
      this.#full = { value, taken };
      this.#wake?.();
    });
  }

  end(why: unknown): void {
    this.why = why;
    this.#isOver = true;
    this.#wake?.();
  }

  async next(): Promise<{ value: unknown } | undefined> {
    while (this.#full === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const full = this.#full;
    this.#full = undefined;
    full?.taken();
    return full;
  }
}

/** After a break the new snapshot is told as the changes since: `snapshot` is true exactly once. */
export async function* followRecords(options: {
  line: Line;
  prefix: string;
  signal: AbortSignal;
}): AsyncGenerator<RecordBatch, void> {
  const { line, prefix, signal } = options;
  const known = new Map<string, number>();
  let isFirst = true;
  const feed = emitted({ line, method: "store.watch", params: () => [prefix], signal });
  for await (const value of feed) {
    const batch = batchOf(value);
    const changes = batch.snapshot && !isFirst ? since(known, batch) : batch.changes;
    for (const change of changes) {
      if (change.kind === "put") known.set(change.record.key, change.record.version);
      else known.delete(change.key);
    }
    if (isFirst || changes.length > 0) yield { snapshot: isFirst, changes };
    isFirst = false;
  }
}

function since(known: ReadonlyMap<string, number>, { changes }: RecordBatch): RecordChange[] {
  const live = new Set(changes.map((change) => (change.kind === "put" ? change.record.key : "")));
  const gone = [...known.keys()].filter((key) => !live.has(key));
  return [
    ...gone.map((key): RecordChange => ({ kind: "delete", key })),
    ...changes.filter(
      (change) => change.kind === "put" && known.get(change.record.key) !== change.record.version,
    ),
  ];
}

export async function* followEvents(options: {
  line: Line;
  topic: string;
  signal: AbortSignal;
  /** The last offset already seen. */
  after: string;
}): AsyncGenerator<StoredEvent[], void> {
  const { line, topic, signal } = options;
  let { after } = options;
  const feed = emitted({ line, method: "store.subscribe", params: () => [topic, after], signal });
  for await (const value of feed) {
    if (!Array.isArray(value)) throw broken();
    const events: StoredEvent[] = value;
    after = events.at(-1)?.offset ?? after;
    if (events.length > 0) yield events;
  }
}

function batchOf(value: unknown): RecordBatch {
  if (typeof value !== "object" || value === null || !("changes" in value)) throw broken();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as RecordBatch;
}

function broken(): FlotillaError {
  return new FlotillaError("store_unreadable", "The store's process sent something else.", {
    cause: storeClosed(),
  });
}
