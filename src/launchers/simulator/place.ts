/** How the simulated place behaves. Every number is a wish for one kind of trouble; all default to none. */
import type { DroneClaim } from "../contract.ts";
import type { Random } from "../../protocol/clock.ts";
import { exponential, within, type Range } from "./chance.ts";

export interface PlaceBehaviour {
  /** Drones that fit at one time. */
  capacity: number;
  /** From the order until the drone exists (`create` resolves). */
  createMs: Range;
  /** From existing until `running`. */
  startMs: Range;
  /** From being asked to end until gone; a drone that ignores the request is killed after its grace. */
  endMs: Range;
  /** Share of orders that fail, and how. */
  createFailures: Partial<Record<FailureKind, number>>;
  /** Share of `get`, `list` and `end` that fail with `launcher_unknown`. */
  callFailureRate: number;
  /** Share of drones that never get from `starting` to `running`. */
  hangRate: number;
  /** Share of drones that ignore being asked to end. */
  stubbornRate: number;
  /** Share of drones that fail within their first second. */
  earlyCrashRate: number;
  /** Mean time between failures of a drone; Infinity for never. */
  crashEveryMs: number;
  price: { perStart: number; perHour: number };
}

export type FailureKind = "capacity" | "denied" | "not_ready" | "unknown";

export const CALM: PlaceBehaviour = {
  capacity: Number.POSITIVE_INFINITY,
  createMs: [5, 20],
  startMs: [40, 120],
  endMs: [5, 50],
  createFailures: {},
  callFailureRate: 0,
  hangRate: 0,
  stubbornRate: 0,
  earlyCrashRate: 0,
  crashEveryMs: Number.POSITIVE_INFINITY,
  price: { perStart: 0, perHour: 0 },
};

/** Per worker, on top of the place's own. */
export type BehaviourOf = (claim: DroneClaim) => Partial<PlaceBehaviour>;

/** All that chance decides about one drone, drawn at once so that the order of later events changes nothing. */
export interface Fate {
  failure: FailureKind | undefined;
  createMs: number;
  /** Infinity: hangs. */
  startMs: number;
  endMs: number;
  stubborn: boolean;
  /** After it exists; Infinity: never. */
  crashMs: number;
}

const EARLY_MS = 1_000;
const KINDS: readonly FailureKind[] = ["capacity", "denied", "not_ready", "unknown"];

/** Draws the same number of times whatever comes out: one seed, one history. */
export function drawFate(behaviour: PlaceBehaviour, random: Random): Fate {
  const failure = drawFailure(behaviour.createFailures, random());
  const createMs = within(behaviour.createMs, random);
  const startMs = within(behaviour.startMs, random);
  const endMs = within(behaviour.endMs, random);
  const hangs = random() < behaviour.hangRate;
  const stubborn = random() < behaviour.stubbornRate;
  const early = random() < behaviour.earlyCrashRate;
  const earlyMs = EARLY_MS * random();
  const lateMs = exponential(behaviour.crashEveryMs, random);
  return {
    failure,
    createMs,
    startMs: hangs ? Number.POSITIVE_INFINITY : startMs,
    endMs,
    stubborn,
    crashMs: early ? earlyMs : lateMs,
  };
}

function drawFailure(
  rates: PlaceBehaviour["createFailures"],
  drawn: number,
): FailureKind | undefined {
  let upTo = 0;
  for (const kind of KINDS) {
    upTo += rates[kind] ?? 0;
    if (drawn < upTo) return kind;
  }
  return undefined;
}
