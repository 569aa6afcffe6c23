/** Looks at every batch under way for as long as this coordinator leads. Rests while there is none. */
import { batchKeys, isBatchOver, readBatch } from "../../protocol/batches.ts";
import { type Clock, sleep } from "../../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../../protocol/errors.ts";
import type { Store } from "../../store/contract.ts";
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
  const { store, clock, telemetry } = options;
  const life = new AbortController();
  const { signal } = life;
  /** Those that are not over, with the steps that were let go. */
  const active = new Map<string, Set<number>>();
  let woken = Promise.withResolvers<void>();
  let running: Promise<unknown> = Promise.resolve();

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const { snapshot, changes } of store.records.watch(batchKeys.all, signal)) {
          if (snapshot) active.clear();
          for (const change of changes) {
            const batch = change.kind === "put" ? readBatch(change.record.value) : undefined;
            if (batch !== undefined && !isBatchOver(batch)) {
              if (!active.has(batch.id)) active.set(batch.id, new Set());
            } else active.delete(idOf(change.kind === "put" ? change.record.key : change.key));
          }
          if (active.size > 0) woken.resolve();
        }
      } catch (error) {
        telemetry.log.warn("watching tasks failed", { reason: messageOf(error) });
      }
      await sleep(clock, RETRY_MS, signal);
    }
    woken.resolve();
  }

  async function look(): Promise<void> {
    while (!signal.aborted) {
      await woken.promise;
      for (const [id, released] of active) {
        if (!signal.aborted && options.leadership.leads()) await lookAt(id, released);
      }
      if (active.size === 0) woken = Promise.withResolvers<void>();
      await sleep(clock, LOOK_MS, signal);
    }
  }

  async function lookAt(id: string, released: Set<number>): Promise<void> {
    try {
      const seen = await options.books.get(id);
      if (seen === undefined) active.delete(id);
      else await passBatch({ ...options, released, fence: () => options.leadership.fence() }, seen);
    } catch (error) {
      if (isFlotillaError(error) && error.code === "lease_lost") return;
      telemetry.log.warn("looking at a task failed", { task: id, reason: messageOf(error) });
    }
  }

  return {
    start() {
      running = Promise.all([follow(), look()]);
    },
    async stop() {
      life.abort();
      woken.resolve();
      await running;
    },
  };
}

const idOf = (key: string): string => key.slice(batchKeys.all.length);
