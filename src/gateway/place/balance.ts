/**
 * Which drone gets the next call: the one that is likely to answer first. Load is what this gateway has under way,
 * times how long the drone's answers take lately; a new drone counts as slower until it is warm; one that keeps
 * failing is left out while others do better. Among many, the better of two drawn by lot is taken, so that several
 * gateways do not all run to the same one. (M. Mitzenmacher, The Power of Two Choices; Finagle's peak EWMA.)
 */
import type { Random } from "../../protocol/clock.ts";
import { type Breaker, type BreakerPolicy, createBreaker } from "./breaker.ts";

export interface DroneLoad {
  /** Calls of this gateway under way. */
  inFlight(): number;
  /** 0: leave it out. 1: as any other. */
  weight(nowMs: number): number;
  readonly breaker: Breaker;
  began(nowMs: number): void;
  ended(ok: boolean | undefined, took: { ms: number; nowMs: number }): void;
  /** Lower is better. */
  score(nowMs: number): number;
}

export interface BalancePolicy {
  breaker?: BreakerPolicy;
  /** A drone takes its full share only so long after it became ready: caches fill, code is compiled. */
  slowStartMs: number;
}

export const DEFAULT_BALANCE: BalancePolicy = { slowStartMs: 5_000 };

/** Weight of the newest answer; a slower one than usual counts at once. */
const NEWEST = 0.2;
const LEAST_LATENCY_MS = 0.1;
const FIRST_WEIGHT = 0.1;
/** With fewer drones than this share left, failing ones are better than none (Envoy's panic threshold). */
const LEAST_SHARE = 0.5;

/** `sinceMs`: when it became ready, on the wall clock of its record. */
export function createDroneLoad(
  { sinceMs, wallMs, nowMs }: { sinceMs: number; wallMs: number; nowMs: number },
  policy: BalancePolicy = DEFAULT_BALANCE,
): DroneLoad {
  const breaker = createBreaker(policy.breaker);
  const readyAtMs = nowMs - Math.max(0, wallMs - sinceMs);
  let inFlight = 0;
  let latencyMs = 0;
  const weight = (at: number): number => {
    const age = (at - readyAtMs) / policy.slowStartMs;
    return age >= 1 ? 1 : FIRST_WEIGHT + (1 - FIRST_WEIGHT) * Math.max(0, age);
  };
  return {
    inFlight: () => inFlight,
    weight,
    breaker,
    began(at) {
      inFlight += 1;
      breaker.began(at);
    },
    ended(ok, { ms, nowMs: at }) {
      inFlight -= 1;
      breaker.ended(ok, at);
      if (ok === true) latencyMs = ms > latencyMs ? ms : latencyMs + (ms - latencyMs) * NEWEST;
    },
    score: (at) => ((inFlight + 1) * Math.max(LEAST_LATENCY_MS, latencyMs)) / weight(at),
  };
}

/** One of the candidates; undefined when there are none. */
export function choose<Candidate>(
  candidates: readonly Candidate[],
  loadOf: (candidate: Candidate) => DroneLoad,
  { nowMs, random }: { nowMs: number; random: Random },
): Candidate | undefined {
  if (candidates.length <= 1) return candidates[0];
  const sound = candidates.filter((one) => loadOf(one).breaker.allows(nowMs));
  const eligible = sound.length < candidates.length * LEAST_SHARE ? candidates : sound;
  const [a, b] = eligible.length <= 2 ? eligible : drawn(eligible, random);
  if (a === undefined || b === undefined) return a ?? b;
  return loadOf(b).score(nowMs) < loadOf(a).score(nowMs) ? b : a;
}

/** Two different ones. */
function drawn<Candidate>(
  all: readonly Candidate[],
  random: Random,
): [Candidate | undefined, Candidate | undefined] {
  const first = Math.floor(random() * all.length);
  const second = Math.floor(random() * (all.length - 1));
  return [all[first], all[second >= first ? second + 1 : second]];
}
