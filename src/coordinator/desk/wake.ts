import type { WakeAnswer, WakeRequest } from "../../protocol/api.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { keys, type HealthRecord, type WakeRecord } from "../../protocol/records.ts";
import type { Engine } from "../engine/engine.ts";
import { mayStart } from "../workers/wake.ts";
import { workerNamed } from "./status.ts";

/**
 * Notes the wish durably and answers what will come of it. Any coordinator may take it; the leader acts on it. However
 * many ask, one record stands for all of them.
 */
export async function wakeWorker(
  engine: Engine,
  worker: string,
  request: WakeRequest,
): Promise<WakeAnswer> {
  workerNamed(engine, worker);
  if (engine.wanted.stopping) throw stoppingError();
  const now = engine.clock.now();
  const phases = new Set(engine.view.drones.of(worker).map((drone) => drone.phase));
  const health = engine.view.health.get(keys.health(worker))?.value;
  const underWay = phases.has("ready") || phases.has("starting");
  if (health !== undefined && !underWay && !mayStart(health, now)) return refusal(worker, health);
  await noteWake(engine, { worker, by: request.by, atMs: now });
  return { worker, state: phases.has("ready") ? "ready" : "waking" };
}

async function noteWake(engine: Engine, wake: WakeRecord): Promise<void> {
  const key = keys.wake(wake.worker);
  const known = engine.view.wakes.get(key)?.value;
  if (known === undefined || wake.atMs - known.atMs > engine.policy.wakeTtlMs / 2) {
    const expiresAtMs = wake.atMs + engine.policy.wakeTtlMs;
    const outcome = await engine.store.records.put(key, wake, { expiresAtMs });
    if (outcome.ok) engine.view.wakes.put(key, wake, outcome.version);
  }
  engine.poke(wake.worker);
}

function refusal(worker: string, health: HealthRecord): WakeAnswer {
  const answer: WakeAnswer = { worker, state: health.state };
  if (health.retryAtMs !== undefined) answer.retryAtMs = health.retryAtMs;
  if (health.lastError !== undefined) answer.lastError = health.lastError;
  return answer;
}

export function stoppingError(): FlotillaError {
  return new FlotillaError("overloaded", "Flotilla is stopping and starts nothing new.", {
    retryable: true,
    retryAfterMs: 5_000,
    hint: "Ask again when it is back.",
  });
}
