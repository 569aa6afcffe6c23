import { describe, expect, it } from "vitest";
import { choose, createDroneLoad, DEFAULT_BALANCE, type DroneLoad } from "./balance.ts";

const OLD = { sinceMs: 0, wallMs: 1e9, nowMs: 1e6 };
const NOW = 1e6;
const load = (): DroneLoad => createDroneLoad(OLD);

/** A repeatable die. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** Calls handed out one after the other, each answered after `latencyOf` its drone; how many each got. */
function simulate(
  loads: DroneLoad[],
  latencyOf: (index: number) => number,
  calls: number,
): number[] {
  const random = seeded(1);
  const got = loads.map(() => 0);
  const under: { index: number; endsAtMs: number; ms: number }[] = [];
  let nowMs = NOW;
  for (let n = 0; n < calls; n += 1) {
    nowMs += 1;
    for (const one of under.filter(({ endsAtMs }) => endsAtMs <= nowMs)) {
      under.splice(under.indexOf(one), 1);
      loads[one.index]?.ended(true, { ms: one.ms, nowMs });
    }
    const index = choose([...loads.keys()], (at) => loads[at]!, { nowMs, random }) ?? 0;
    loads[index]?.began(nowMs);
    got[index] = (got[index] ?? 0) + 1;
    under.push({ index, endsAtMs: nowMs + latencyOf(index), ms: latencyOf(index) });
  }
  return got;
}

describe("the choice of a drone", () => {
  it("shares evenly among equals", () => {
    const got = simulate(Array.from({ length: 8 }, load), () => 20, 8_000);
    for (const calls of got) expect(Math.abs(calls - 1_000)).toBeLessThan(150);
  });

  it("gives a slow drone fewer calls, and not none", () => {
    const got = simulate(
      [load(), load(), load(), load()],
      (index) => (index === 0 ? 100 : 10),
      4_000,
    );
    expect(got[0]).toBeLessThan(400);
    expect(got[0]).toBeGreaterThan(10);
  });

  it("gives a new drone a small share at first, and its full one when it is warm", () => {
    const fresh = (): DroneLoad => createDroneLoad({ sinceMs: 1e9, wallMs: 1e9, nowMs: NOW });
    const first = simulate([fresh(), load(), load()], () => 20, 500);
    expect(first[0]).toBeLessThan(100);
    const warm = fresh();
    expect(warm.weight(NOW + DEFAULT_BALANCE.slowStartMs)).toBe(1);
  });

  it("leaves out a drone that keeps failing, unless too few others are left", () => {
    const loads = [load(), load(), load(), load()];
    const fail = (index: number): void => {
      for (let n = 0; n < 5; n += 1) {
        loads[index]?.began(NOW);
        loads[index]?.ended(false, { ms: 1, nowMs: NOW });
      }
    };
    const random = seeded(7);
    const pick = () => choose([0, 1, 2, 3], (at) => loads[at]!, { nowMs: NOW, random });
    const chosen = (): Set<number | undefined> => new Set(Array.from({ length: 200 }, pick));
    fail(0);
    expect(chosen()).toEqual(new Set([1, 2, 3]));
    fail(1);
    expect(chosen()).not.toContain(0);
    expect(chosen()).not.toContain(1);
    fail(2);
    expect(chosen().size).toBe(4);
    expect(choose([0], (at) => loads[at]!, { nowMs: NOW, random })).toBe(0);
  });
});
