/** What can go wrong, each for a while. Chance picks; whoever is hit is excused until it is over. */
import type { Random } from "../../src/protocol/clock.ts";
import type { PlaceBehaviour, Simulator } from "../../src/launchers/index.ts";
import type { Member } from "./member.ts";

export interface TroubleWorld {
  random: Random;
  nowMs(): number;
  /** Does this so much later. */
  later(delayMs: number, act: () => void): void;
  coordinators(): readonly Member[];
  gateways(): readonly Member[];
  places: readonly Simulator[];
  behaviour: PlaceBehaviour;
  killCoordinator(member: Member): void;
  reviseSome(): void;
  /** Until then what happens may be blamed on the trouble. */
  excuse(untilMs: number): void;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const TROUBLES = {
  crash: (world) => {
    pick(world, world.places)?.crashSome(world.random());
    return 0;
  },
  outage: (world) =>
    forAWhile(world, [10 * SECOND, 2 * MINUTE], () => {
      const place = pick(world, world.places);
      place?.outage(true);
      return () => place?.outage(false);
    }),
  no_capacity: (world) => behave(world, { capacity: 0 }),
  refusals: (world) =>
    behave(world, { createFailures: { unknown: 0.4, not_ready: 0.2, denied: 0.1 } }),
  hangs: (world) => behave(world, { hangRate: 0.6 }),
  slow_starts: (world) =>
    behave(world, { startMs: [4 * SECOND, 14 * SECOND], createMs: [0, 5 * SECOND] }),
  early_crashes: (world) => behave(world, { earlyCrashRate: 0.7 }),
  stubborn: (world) => behave(world, { stubbornRate: 1, endMs: [5 * SECOND, MINUTE] }),
  flaky_answers: (world) => behave(world, { callFailureRate: 0.3 }),
  kill: (world) => {
    const member = pick(world, world.coordinators());
    if (member !== undefined) world.killCoordinator(member);
    return MINUTE;
  },
  pause: (world) =>
    forAMember(world, [SECOND, MINUTE], (member, untilMs) => {
      member.pausedUntilMs = untilMs;
    }),
  partition: (world) =>
    forAMember(world, [SECOND, 3 * MINUTE], (member, untilMs) => {
      member.cutUntilMs = untilMs;
    }),
  lossy_line: (world) => onTheLine(world, { lossShare: 0.15, twiceShare: 0.15 }),
  slow_line: (world) => onTheLine(world, { delayMs: 1_500 }),
  clock_jump: (world) =>
    onTheLine(world, { skewMs: Math.round((world.random() - 0.5) * 20 * MINUTE) }),
  /** Nobody's fault and no excuse: calls on old drones end in peace, new ones find new drones. */
  revise: (world) => {
    world.reviseSome();
    return undefined;
  },
} satisfies Record<string, (world: TroubleWorld) => number | undefined>;

export type Trouble = keyof typeof TROUBLES;
const NAMES = Object.keys(TROUBLES).filter((name): name is Trouble => name in TROUBLES);

/** Begins one of them and tells which. */
export function makeTrouble(world: TroubleWorld): Trouble {
  const name = pick(world, NAMES) ?? "crash";
  const lastsMs = TROUBLES[name](world);
  if (lastsMs !== undefined) world.excuse(world.nowMs() + lastsMs);
  return name;
}

function pick<T>({ random }: TroubleWorld, all: readonly T[]): T | undefined {
  return all[Math.floor(random() * all.length)];
}

type Span = readonly [number, number];

function draw({ random }: TroubleWorld, [from, to]: Span): number {
  return Math.round(from + random() * (to - from));
}

function forAWhile(world: TroubleWorld, span: Span, begin: () => () => void): number {
  const lastsMs = draw(world, span);
  world.later(lastsMs, begin());
  return lastsMs;
}

function behave(world: TroubleWorld, change: Partial<PlaceBehaviour>): number {
  return forAWhile(world, [MINUTE, 5 * MINUTE], () => {
    const place = pick(world, world.places);
    place?.change(change);
    return () => place?.change(world.behaviour);
  });
}

function forAMember(
  world: TroubleWorld,
  span: Span,
  hit: (member: Member, untilMs: number) => void,
): number {
  const lastsMs = draw(world, span);
  const member = pick(world, [...world.coordinators(), ...world.gateways()]);
  if (member !== undefined) hit(member, world.nowMs() + lastsMs);
  return lastsMs;
}

type LineState = Pick<Member, "lossShare" | "twiceShare" | "delayMs" | "skewMs">;

function onTheLine(world: TroubleWorld, change: Partial<LineState>): number {
  return forAWhile(world, [MINUTE, 10 * MINUTE], () => {
    const member = pick(world, [...world.coordinators(), ...world.gateways()]);
    if (member === undefined) return () => undefined;
    Object.assign(member, change);
    // Not to what it was before: that may have been another trouble, over by then.
    const well = Object.keys(change).map((name) => [name, 0]);
    return () => Object.assign(member, Object.fromEntries(well));
  });
}
