/**
 * Meets workers nobody knows yet: the only time a list may wake something. All at once, one attempt per worker at a
 * time, and no longer than the client will wait; who comes later is announced by list_changed.
 */
import { type Clock, sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { WorkerRecord } from "../../protocol/records.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { DronePool } from "../place/drone-pool.ts";
import type { Waiting } from "../place/waiting.ts";
import type { CatalogKeeper } from "./keeper.ts";
import { createTurns } from "./turns.ts";

export interface FirstContactOptions {
  pool: DronePool;
  waiting: Waiting;
  keeper: CatalogKeeper;
  clock: Clock;
  telemetry: Telemetry;
  waitMs: number;
}

export interface FirstContact {
  /** Resolves when all of them have answered or failed, at the latest after the configured wait. Never rejects. */
  meet(workers: readonly WorkerRecord[], signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Workers asked at the same time; the others follow as these answer. */
const MAX_MEETINGS = 64;
/** A worker that could not be met is left alone for a while, or every list would wait for it again. */
const RETRY_AFTER_MS = 30_000;

export function createFirstContact(options: FirstContactOptions): FirstContact {
  const { pool, waiting, keeper, clock, telemetry } = options;
  /** What lists wait for: the meeting, or the end of the patience with it. */
  const meetings = new Map<string, Promise<void>>();
  const failedAtMs = new Map<string, number>();
  const life = new AbortController();
  const turns = createTurns(MAX_MEETINGS);

  function meetOne(worker: WorkerRecord): Promise<void> {
    const failed = failedAtMs.get(worker.name);
    if (failed !== undefined && clock.monotonicMs() - failed < RETRY_AFTER_MS)
      return Promise.resolve();
    const known = meetings.get(worker.name);
    if (known !== undefined) return known;
    const met = new AbortController();
    const meeting = turns(() => attempt(worker)).finally(() => {
      met.abort();
      meetings.delete(worker.name);
    });
    // One patience a meeting, not one a list: else a mute worker would hold up every list for as long as it is tried.
    const patient = Promise.race([meeting, sleep(clock, options.waitMs, met.signal)]);
    meetings.set(worker.name, patient);
    return patient;
  }

  async function attempt(worker: WorkerRecord): Promise<void> {
    if (life.signal.aborted) return;
    const limit = new AbortController();
    const timer = clock.after(worker.limits.callTimeoutMs, () => limit.abort());
    try {
      const signal = AbortSignal.any([life.signal, limit.signal]);
      const lease = pool.acquire(worker.name) ?? (await waiting.wait(worker, { signal }));
      try {
        await keeper.meet(lease.drone, await pool.client(lease.drone));
      } finally {
        lease.release();
      }
      failedAtMs.delete(worker.name);
    } catch (error) {
      failedAtMs.set(worker.name, clock.monotonicMs());
      telemetry.log.warn("worker could not be met", {
        worker: worker.name,
        reason: messageOf(error),
      });
    } finally {
      timer.cancel();
    }
  }

  return {
    meet(workers, signal) {
      return Promise.race([Promise.all(workers.map(meetOne)).then(() => {}), aborted(signal)]);
    },
    close: () => life.abort(),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
