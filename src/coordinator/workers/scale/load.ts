/**
 * How many drones the calls under way need, from averages, so that a short spike starts nothing and a lasting rise
 * does. A stable window decides in quiet times; a short panic window takes over when it asks for twice what is there,
 * and while it does nothing is scaled down. (Knative's KPA autoscaler.)
 */

export interface Load {
  /** So many calls from that time on, oldest first; at most one step per half second of the stable window. */
  steps: readonly LoadStep[];
  /** Until then the panic window decides; 0 when it does not. */
  panicUntilMs: number;
  /** The most drones this panic has asked for. */
  panicDrones: number;
}

interface LoadStep {
  atMs: number;
  calls: number;
}

export const NO_LOAD: Load = { steps: [], panicUntilMs: 0, panicDrones: 0 };

export const STABLE_WINDOW_MS = 60_000;
export const PANIC_WINDOW_MS = 6_000;
/** Panic begins when the short window asks for so many times the drones that are ready. */
const PANIC_THRESHOLD = 2;
const STEP_MS = 500;

/** The load with `calls` under way since now. */
export function observeLoad(load: Load, calls: number, now: number): Load {
  // After a jump of the clock backwards, what lies ahead never was.
  const steps = load.steps.filter((step) => step.atMs <= now);
  const last = steps.at(-1);
  if (last?.calls === calls && steps.length === load.steps.length) return trimmed(load, now);
  if (last !== undefined && now - last.atMs < STEP_MS) steps.pop();
  const atMs = last !== undefined && now - last.atMs < STEP_MS ? last.atMs : now;
  steps.push({ atMs, calls });
  return trimmed({ ...load, steps }, now);
}

/** Of what is older than the window only the newest matters: it held when the window began. */
function trimmed(load: Load, now: number): Load {
  const from = now - STABLE_WINDOW_MS;
  let first = 0;
  while ((load.steps[first + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= from) first += 1;
  return first === 0 ? load : { ...load, steps: load.steps.slice(first) };
}

/** Calls under way on average over the window, or over as much of it as is known. */
export function averageCalls(load: Load, windowMs: number, now: number): number {
  const { steps } = load;
  const from = Math.max(now - windowMs, steps[0]?.atMs ?? now);
  if (from >= now) return steps.at(-1)?.calls ?? 0;
  let sum = 0;
  for (const [index, { atMs, calls }] of steps.entries()) {
    const until = Math.min(now, steps[index + 1]?.atMs ?? now);
    const since = Math.max(from, atMs);
    if (until > since) sum += calls * (until - since);
  }
  return sum / (now - from);
}

/** Drones for the averages, and the load with what panic leaves behind. `perDrone`: calls a drone should have. */
export function dronesForLoad(
  load: Load,
  at: { perDrone: number; ready: number; now: number },
): { drones: number; load: Load } {
  const { perDrone, now } = at;
  const forWindow = (windowMs: number): number =>
    needed(averageCalls(load, windowMs, now), perDrone);
  const stable = forWindow(STABLE_WINDOW_MS);
  const short = forWindow(PANIC_WINDOW_MS);
  // A panic that ends further away than it can last was begun by a clock that has jumped back since.
  const panics = now < load.panicUntilMs && load.panicUntilMs <= now + STABLE_WINDOW_MS;
  const begins = short >= PANIC_THRESHOLD * Math.max(1, at.ready);
  if (!panics && !begins) return { drones: stable, load };
  const panicDrones = Math.max(short, panics ? load.panicDrones : 0);
  const panicUntilMs = begins ? now + STABLE_WINDOW_MS : load.panicUntilMs;
  return { drones: Math.max(panicDrones, stable), load: { ...load, panicUntilMs, panicDrones } };
}

export function needed(calls: number, perDrone: number): number {
  // Averages are sums of fractions: a hair above a whole number is not one more drone.
  return Math.ceil(calls / perDrone - 1e-9);
}
