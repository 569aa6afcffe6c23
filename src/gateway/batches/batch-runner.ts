/**
 * The batches of the fleet as this gateway sees them. Each running one has one runner, the holder of its lease; when that
 * gateway goes, another takes over. Whether and how an item is called is `batch-run.ts`.
 */
import { batchKeys, type BatchRecord, readBatch } from "../../protocol/batches.ts";
import { type Clock, type NewId, type Random, sleep, type Timer } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Lease, RecordBatch, Store } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import { type BatchRun, type BatchRunOptions, createBatchRun } from "./batch-run.ts";

export interface BatchRunnerOptions {
  store: Pick<Store, "records" | "queue" | "leases">;
  router: BatchRunOptions["router"];
  clock: Clock;
  random: Random;
  newId: NewId;
  telemetry: Telemetry;
  gatewayId: string;
}

export interface BatchRunner {
  start(): void;
  /** Lets calls under way end for up to `graceMs`, gives up the rest, and lets another gateway go on. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Another gateway takes over so long after one died. */
const LEASE_MS = 10_000;
const LOOK_MS = 2_000;
const RETRY_MS = 500;
/** A gateway that has so many leaves more to others. */
const MAX_RUNS = 32;

interface Held {
  run: BatchRun;
  lease: Lease;
  timer?: Timer;
}

export function createBatchRunner(options: BatchRunnerOptions): BatchRunner {
  return new Runner(options);
}

class Runner implements BatchRunner {
  readonly #options: BatchRunnerOptions;
  readonly #life = new AbortController();
  readonly #batches = new Map<string, BatchRecord>();
  readonly #held = new Map<string, Held>();
  readonly #taking = new Set<string>();
  #look: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#follow();
    this.#lookLater();
  }

  close(graceMs: number): Promise<void> {
    return (this.#closing ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<void> {
    this.#life.abort();
    this.#look?.cancel();
    const all = [...this.#held.values()];
    for (const { run } of all) run.pause();
    const over = new AbortController();
    const grace = sleep(this.#options.clock, graceMs, over.signal).then(() => {
      for (const { run } of all) run.stop("closing");
    });
    await Promise.all(all.map(({ run }) => run.done));
    over.abort();
    await grace;
  }

  /** A watch that ends is begun again with its snapshot. */
  async #follow(): Promise<void> {
    const { store, clock, telemetry } = this.#options;
    const { signal } = this.#life;
    while (!signal.aborted) {
      try {
        for await (const batch of store.records.watch(batchKeys.all, signal)) this.#apply(batch);
      } catch (error) {
        telemetry.log.warn("watching batches failed", { reason: messageOf(error) });
      }
      await sleep(clock, RETRY_MS, signal);
    }
  }

  #apply({ snapshot, changes }: RecordBatch): void {
    if (snapshot) this.#batches.clear();
    for (const change of changes) {
      const batch = change.kind === "put" ? readBatch(change.record.value) : undefined;
      if (batch?.state === "running") this.#batches.set(batch.id, batch);
      else if (change.kind === "put") this.#batches.delete(idOf(change.record.key));
      else this.#batches.delete(idOf(change.key));
    }
    for (const [id, { run }] of this.#held) if (!this.#batches.has(id)) run.stop("ending");
    this.#takeWhatIsFree();
  }

  #lookLater(): void {
    const { clock, random } = this.#options;
    this.#look = clock.after(LOOK_MS * (0.5 + random()), () => {
      this.#takeWhatIsFree();
      this.#lookLater();
    });
  }

  #takeWhatIsFree(): void {
    if (this.#life.signal.aborted) return;
    for (const batch of this.#batches.values()) {
      if (this.#held.size + this.#taking.size >= MAX_RUNS) return;
      if (this.#held.has(batch.id) || this.#taking.has(batch.id)) continue;
      this.#taking.add(batch.id);
      void this.#take(batch).finally(() => this.#taking.delete(batch.id));
    }
  }

  async #take(batch: BatchRecord): Promise<void> {
    const { store, gatewayId, telemetry } = this.#options;
    try {
      const lease = await store.leases.acquire(batchKeys.lease(batch.id), gatewayId, LEASE_MS);
      if (lease === undefined) return;
      if (this.#life.signal.aborted || !this.#batches.has(batch.id)) {
        await store.leases.release(lease);
      } else this.#hold(batch, lease);
    } catch (error) {
      const reason = messageOf(error);
      telemetry.log.warn("taking a batch failed", { batch: batch.id, reason });
    }
  }

  #hold(batch: BatchRecord, lease: Lease): void {
    const { store } = this.#options;
    const run = createBatchRun({
      ...this.#options,
      ...store,
      batch,
      lease: () => this.#held.get(batch.id)?.lease ?? lease,
    });
    const held: Held = { run, lease };
    this.#held.set(batch.id, held);
    this.#renewLater(batch.id, held);
    void run.done.then(async () => {
      held.timer?.cancel();
      // An own lease that is not given back runs out by itself.
      await store.leases.release(held.lease).catch(() => {});
      this.#held.delete(batch.id);
    });
  }

  #renewLater(id: string, held: Held): void {
    held.timer = this.#options.clock.after(LEASE_MS / 3, () => void this.#renew(id, held));
  }

  async #renew(id: string, held: Held): Promise<void> {
    const { store, telemetry } = this.#options;
    try {
      const lease = await store.leases.renew(held.lease, LEASE_MS);
      if (lease === undefined) return held.run.disown();
      held.lease = lease;
      await held.run.keepClaims();
    } catch (error) {
      // A store that is away: the fence decides when it is back.
      telemetry.log.warn("keeping a batch failed", { batch: id, reason: messageOf(error) });
    }
    if (this.#held.get(id) === held) this.#renewLater(id, held);
  }
}

const idOf = (key: string): string => key.slice(batchKeys.all.length);
