/**
 * One batch at the gateway that holds its lease: claims items as places become free, makes the calls, writes what became
 * of each, and only then answers the claim. Whatever dies in between, the next holder finds out from what is written.
 */
import { batchKeys, type BatchRecord, readJob } from "../../protocol/batches.ts";
import { type Clock, type NewId, sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { ClaimedItem, Lease, RecordStore, WorkQueue } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpRequest, Router } from "../call.ts";
import { batchRequest } from "./batch-call.ts";
import { mayStart, type Repeatable, type Verdict, verdictOf } from "./item-state.ts";
import { createItemWriter, type ItemWriter, type SeenItem } from "./item-writer.ts";

export interface BatchRunOptions {
  batch: BatchRecord;
  lease: () => Lease;
  records: Pick<RecordStore, "get" | "put">;
  queue: Pick<WorkQueue, "claim" | "extend" | "complete" | "fail">;
  router: Pick<Router, "handle"> & { repeatable(request: McpRequest): Promise<Repeatable> };
  clock: Clock;
  newId: NewId;
  telemetry: Telemetry;
}

export interface BatchRun {
  /** Resolves when it has stopped and nothing of it is under way. Never rejects. */
  readonly done: Promise<void>;
  /** Claims nothing more; what is under way goes on. */
  pause(): void;
  /** What is under way is given up. The batch ends by it, or it goes on at another gateway. */
  stop(why: "ending" | "closing"): void;
  /** Somebody else holds the lease now: nothing is written any more. */
  disown(): void;
  /** Keeps what is under way from being taken for lost. */
  keepClaims(): Promise<void>;
}

/** A call whose gateway died is noticed after so long. */
export const VISIBILITY_MS = 15_000;
/** Nothing is due: an item may be waiting for its next try, or a step for the one before. */
const LOOK_MS = 200;
const STORE_AWAY_MS = 500;
const MAX_CONFLICTS = 5;

interface Flight {
  receipt: string;
  visibleUntilMs: number;
}

type Phase = "running" | "paused" | "closing" | "ending" | "disowned";

export function createBatchRun(options: BatchRunOptions): BatchRun {
  return new Run(options);
}

class Run implements BatchRun {
  readonly done: Promise<void>;
  readonly #options: BatchRunOptions;
  readonly #writer: ItemWriter;
  readonly #queue: string;
  readonly #flights = new Set<Flight>();
  readonly #work = new Set<Promise<void>>();
  readonly #repeatable = new Map<string, Promise<Repeatable>>();
  /** Ends claiming; ends the calls; ends writing. */
  readonly #quiet = new AbortController();
  readonly #calls = new AbortController();
  readonly #lost = new AbortController();
  #phase: Phase = "running";

  constructor(options: BatchRunOptions) {
    this.#options = options;
    this.#queue = batchKeys.queue(options.batch.id);
    this.#writer = createItemWriter({ ...options, signal: this.#lost.signal });
    this.done = this.#drive();
  }

  pause(): void {
    if (this.#phase === "running") this.#phase = "paused";
    this.#quiet.abort();
  }

  stop(why: "ending" | "closing"): void {
    if (this.#phase !== "disowned") this.#phase = why;
    this.#quiet.abort();
    this.#calls.abort();
  }

  disown(): void {
    this.#phase = "disowned";
    this.#quiet.abort();
    this.#calls.abort();
    this.#lost.abort();
  }

  async keepClaims(): Promise<void> {
    const { queue, clock } = this.#options;
    const soon = clock.now() + (VISIBILITY_MS * 2) / 3;
    const due = [...this.#flights].filter(({ visibleUntilMs }) => visibleUntilMs < soon);
    const kept = due.map(async (flight) => {
      if (!(await queue.extend(this.#queue, flight.receipt, VISIBILITY_MS))) return;
      flight.visibleUntilMs = clock.now() + VISIBILITY_MS;
    });
    await Promise.allSettled(kept);
  }

  async #drive(): Promise<void> {
    const { batch, clock, telemetry } = this.#options;
    while (this.#phase === "running") {
      const free = batch.parallelism - this.#work.size;
      try {
        const claimed = free > 0 ? await this.#claim(free) : 0;
        if (claimed < free) await this.#pauseFor(LOOK_MS);
        else await Promise.race(this.#work);
      } catch (error) {
        telemetry.log.warn("claiming a batch's items failed", {
          batch: batch.id,
          reason: messageOf(error),
        });
        await sleep(clock, STORE_AWAY_MS, this.#quiet.signal);
      }
    }
    await Promise.all(this.#work);
  }

  async #claim(free: number): Promise<number> {
    const items = await this.#options.queue.claim(this.#queue, free, VISIBILITY_MS);
    for (const item of items) {
      const flight = { receipt: item.receipt, visibleUntilMs: item.visibleUntilMs };
      this.#flights.add(flight);
      const work = this.#item(item)
        .catch((error: unknown) => this.#failed(item, error))
        .finally(() => {
          this.#flights.delete(flight);
          this.#work.delete(work);
        });
      this.#work.add(work);
    }
    return items.length;
  }

  /** Its claim runs out, and whoever claims it next decides by what is written. */
  #failed({ id }: ClaimedItem, error: unknown): void {
    const { telemetry, batch } = this.#options;
    const reason = messageOf(error);
    telemetry.log.warn("an item of a batch was left", { batch: batch.id, item: id, reason });
  }

  async #pauseFor(delayMs: number): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#quiet.signal]);
    await Promise.race([sleep(this.#options.clock, delayMs, signal), ...this.#work]);
    over.abort();
  }

  async #item(item: ClaimedItem): Promise<void> {
    const { queue, batch } = this.#options;
    const job = readJob(item.payload);
    if (job === undefined) {
      await queue.fail(this.#queue, item.receipt, { error: "no item of a batch" });
      return;
    }
    const request = (repeatable: Repeatable): McpRequest =>
      batchRequest({ ...this.#options, job, signal: this.#calls.signal }, repeatable);
    const repeatable = await this.#repeatableOf(job.tool, request("never"));
    const claim = { attempt: item.attempt, repeatable, maxRuns: batch.runs };
    for (;;) {
      const seen = await this.#seen(item, job.index);
      const start = mayStart(seen.record, claim);
      if (start.do === "nothing") break;
      if (start.do === "end") {
        // A conflict: the one taken for lost has written meanwhile, so look again.
        const put = await this.#writer.write(job.index, start, { seen, claim: item.attempt });
        if (put === "conflict") continue;
        if (put === "fenced") return this.disown();
        this.#count(start.state);
        break;
      }
      const outcome = await this.#options.router.handle(request(repeatable));
      const said = verdictOf(outcome, { ...claim, runs: start.runs, ending: this.#endingNow() });
      if (said.do === "drop") break;
      const put = await this.#writeOutcome(job.index, said, { seen, claim: item.attempt });
      if (put === "fenced") return this.disown();
      if (said.do === "again") {
        // Not written: whoever finds the claim run out decides by what is.
        if (put === "written") await this.#giveBack(item, said.afterMs);
        return;
      }
      if (put === "written") this.#count(said.state);
      break;
    }
    await queue.complete(this.#queue, item.receipt);
  }

  /** What a call ended with goes over another's word that its own try failed, and over no end. */
  async #writeOutcome(
    index: number,
    said: Exclude<Verdict, { do: "drop" }>,
    at: { seen: SeenItem; claim: number },
  ): Promise<"written" | "conflict" | "fenced"> {
    let { seen } = at;
    for (let tries = 1; ; tries += 1) {
      const put = await this.#writer.write(index, said, { ...at, seen });
      if (put !== "conflict" || said.do === "again" || tries >= MAX_CONFLICTS) return put;
      seen = await this.#writer.read(index);
      if (seen.record !== undefined && seen.record.state !== "again") return put;
    }
  }

  #endingNow(): "batch" | "gateway" | undefined {
    if (this.#phase === "ending") return "batch";
    return this.#phase === "closing" ? "gateway" : undefined;
  }

  /** Of a first claim nothing can be written yet. */
  async #seen({ attempt }: ClaimedItem, index: number): Promise<SeenItem> {
    return attempt === 1 ? { record: undefined, version: "absent" } : this.#writer.read(index);
  }

  async #giveBack({ receipt }: ClaimedItem, afterMs: number): Promise<void> {
    const retryAtMs = this.#options.clock.now() + afterMs;
    await this.#options.queue.fail(this.#queue, receipt, { error: "to be tried again", retryAtMs });
  }

  /** What a tool says of itself does not change between two items, and asking may wait for a first contact. */
  #repeatableOf(tool: string, request: McpRequest): Promise<Repeatable> {
    const known = this.#repeatable.get(tool);
    if (known !== undefined) return known;
    const asked = this.#options.router.repeatable(request);
    this.#repeatable.set(tool, asked);
    // Not known yet: the next item asks again.
    void asked.then((answer) => {
      if (answer === "never") this.#repeatable.delete(tool);
    });
    return asked;
  }

  #count(outcome: string): void {
    this.#options.telemetry.meter.count("batch_items_total", 1, { outcome });
  }
}
