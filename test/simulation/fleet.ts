/** The fleet of a run, and when its workers are called: drawn from the seed. */
import type { Random } from "../../src/protocol/clock.ts";
import { DEFAULT_LIMITS, type WorkerSpec } from "../../src/protocol/fleet.ts";

/** Workers share the drones there may be. */
export function drawFleet(random: Random, drones: number): WorkerSpec[] {
  const workers = Math.max(2, Math.min(20, Math.round(drones / 4)));
  const most = Math.max(1, Math.floor(drones / workers));
  return Array.from({ length: workers }, (_, index) => drawWorker(random, `worker-${index}`, most));
}

function drawWorker(random: Random, name: string, maxDrones: number): WorkerSpec {
  const below = (limit: number): number => Math.floor(random() * limit);
  const minDrones = random() < 0.25 ? 1 : 0;
  return {
    name,
    revision: "r0",
    run: { kind: "command", command: name, args: [], env: {} },
    origin: "config",
    naming: "prefixed",
    summary: name,
    limits: { ...DEFAULT_LIMITS, startTimeoutMs: 15_000, graceMs: 2_000 },
    scale: {
      minDrones,
      maxDrones,
      callsPerDrone: 1 + below(6),
      idleMs: 30_000 + below(300) * 1_000,
      targetUtilisation: random() < 0.5 ? 1 : 0.7,
      warmDrones: random() < 0.2 ? 1 : 0,
      predict: random() < 0.3,
      memoryBytes: 16 * 2 ** 20,
    },
  };
}

const HOUR_MS = 3_600_000;

export interface Burst {
  /** To the next one. */
  afterMs: number;
  calls: number;
}

/** Calls come in bursts, by day every ten minutes or so, by night hardly. */
export function drawBurst(random: Random, nowMs: number): Burst {
  const hour = (nowMs / HOUR_MS) % 24;
  const day = Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI));
  const meanMs = 600_000 / (0.1 + day);
  const afterMs = Math.round(-meanMs * Math.log(1 - random()));
  const calls = 1 + Math.floor(-4 * Math.log(1 - random()));
  return { afterMs, calls: Math.min(calls, 40) };
}

/** Most calls are short, a few take half a minute. */
export function drawCallMs(random: Random): number {
  return Math.round(Math.min(30_000, -3_000 * Math.log(1 - random())));
}
