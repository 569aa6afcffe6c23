/** Looks at every batch under way for as long as this coordinator leads. Rests while there is none. */
import { batchKeys, isBatchOver, readBatch } from "../../protocol/batches.ts";
import { type Clock, sleep } from "../../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../../protocol/errors.ts";
import type { RecordBatch, Store } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Leadership } from "../engine/leadership.ts";
import type { Books } from "./books.ts";
import { passBatch } from "./pass.ts";

export interface PlannerOptions {
  store: Pick<Store, "records" | "queue">;
  books: Books;
  clock: Clock;
  telemetry: Telemetry;
  leadership: Pick<Leadership, "fence" | "leads">;
}

export interface Planner {
  start(): void;
  /** Resolves when no look is under way. */
  stop(): Promise<void>;
}

/** A step begins at most so long after what it waited for. */
const LOOK_MS = 250;
const RETRY_MS = 1_000;

export function createPlanner(options: PlannerOptions): Planner {
  return new LevelPlanner(options);
}

class LevelPlanner implements Planner {
  readonly #options: PlannerOptions;
  readonly #life = new AbortController();
  /** Those that are not over, with the steps that were let go. */
  readonly #active = new Map<string, Set<number>>();
  #woken = Promise.withResolvers<void>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = Promise.all([this.#follow(), this.#look()]);
  }

  async stop(): Promise<void> {
    this.#life.abort();
    this.#woken.resolve();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { store, clock, telemetry } = this.#options;
    const { signal } = this.#life;
    while (!signal.aborted) {
      try {
        for await (const batch of store.records.watch(batchKeys.all, signal)) this.#apply(batch);
      } catch (error) {
        telemetry.log.warn("watching tasks failed", { reason: messageOf(error) });
      }
      await sleep(clock, RETRY_MS, signal);
    }
  }

  #apply({ snapshot, changes }: RecordBatch): void {
    if (snapshot) this.#active.clear();
    for (const change of changes) {
      const key = change.kind === "put" ? change.record.key : change.key;
      const id = key.slice(batchKeys.all.length);
      const batch = change.kind === "put" ? readBatch(change.record.value) : undefined;
      if (batch === undefined || isBatchOver(batch)) this.#active.delete(id);
      else if (!this.#active.has(id)) this.#active.set(id, new Set());
    }
    if (this.#active.size > 0) this.#woken.resolve();
  }

  async #look(): Promise<void> {
    const { clock, leadership } = this.#options;
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#woken.promise;
      for (const [id, released] of this.#active) {
        if (!signal.aborted && leadership.leads()) await this.#lookAt(id, released);
      }
      if (this.#active.size === 0) this.#woken = Promise.withResolvers<void>();
      await sleep(clock, LOOK_MS, signal);
    }
  }

  async #lookAt(id: string, released: Set<number>): Promise<void> {
    const { books, leadership, telemetry } = this.#options;
    try {
      const seen = await books.get(id);
      if (seen === undefined) this.#active.delete(id);
      else await passBatch({ ...this.#options, released, fence: () => leadership.fence() }, seen);
    } catch (error) {
      if (isFlotillaError(error) && error.code === "lease_lost") return;
      telemetry.log.warn("looking at a task failed", { task: id, reason: messageOf(error) });
    }
  }
}
