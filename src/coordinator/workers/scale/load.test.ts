import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  averageCalls,
  dronesForLoad,
  NO_LOAD,
  observeLoad,
  PANIC_WINDOW_MS,
  STABLE_WINDOW_MS,
  type Load,
} from "./load.ts";

const START = 1_000_000;
/** So many calls from each second on. */
const after = (calls: readonly number[], from: Load = NO_LOAD, startMs = START): Load =>
  calls.reduce((load, now, second) => observeLoad(load, now, startMs + second * 1_000), from);
const flat = (calls: number, seconds: number): number[] =>
  Array.from({ length: seconds }, () => calls);

describe("averages", () => {
  it("weigh each number of calls by how long it held", () => {
    const load = after([0, ...flat(10, 3)]);
    expect(averageCalls(load, 4_000, START + 4_000)).toBe(7.5);
    expect(averageCalls(load, 2_000, START + 4_000)).toBe(10);
  });

  it("take what is known for the whole window, and the calls of now when that is nothing", () => {
    expect(averageCalls(after([8]), STABLE_WINDOW_MS, START)).toBe(8);
    expect(averageCalls(after([8]), STABLE_WINDOW_MS, START + 5_000)).toBe(8);
  });

  it("keep a bounded memory however often the number changes", () => {
    let load = NO_LOAD;
    for (let at = 0; at < 300_000; at += 10) load = observeLoad(load, at % 7, START + at);
    expect(load.steps.length).toBeLessThanOrEqual((2 * STABLE_WINDOW_MS) / 1_000 + 2);
  });

  it("stay between the least and the most of the calls, also over jumps of the clock", () => {
    const change = fc.record({
      calls: fc.nat(1_000),
      passMs: fc.integer({ min: -90_000, max: 90_000 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (changes) => {
        let now = START;
        let load = NO_LOAD;
        for (const { calls, passMs } of changes) load = observeLoad(load, calls, (now += passMs));
        const all = changes.map(({ calls }) => calls);
        for (const windowMs of [PANIC_WINDOW_MS, STABLE_WINDOW_MS]) {
          const average = averageCalls(load, windowMs, now);
          expect(average).toBeGreaterThanOrEqual(Math.min(...all) - 1e-6);
          expect(average).toBeLessThanOrEqual(Math.max(...all) + 1e-6);
        }
      }),
    );
  });
});

describe("drones for a load", () => {
  const drones = (load: Load, ready: number, now: number) =>
    dronesForLoad(load, { perDrone: 10, ready, now });

  it("are not asked for by a spike of a second", () => {
    const load = after([...flat(10, 60), 19, ...flat(10, 3)]);
    expect(drones(load, 1, START + 64_000).drones).toBe(2);
    expect(drones(after([...flat(8, 60), 15, ...flat(8, 3)]), 1, START + 64_000).drones).toBe(1);
  });

  it("are asked for by a lasting rise within seconds, and held while panic lasts", () => {
    const rise = after([...flat(5, 60), ...flat(100, 6)]);
    const panic = drones(rise, 1, START + 66_000);
    expect(panic.drones).toBe(10);
    const fallen = after(flat(5, 50), panic.load, START + 66_000);
    expect(drones(fallen, 10, START + 116_000).drones).toBe(10);
    const over = after(flat(5, 11), fallen, START + 116_000);
    expect(drones(over, 10, START + 127_000).drones).toBeLessThan(3);
  });

  it("follow a steady load exactly, and never flap under one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(200), (calls, before) => {
        let load = after(flat(before, 61));
        const seen = new Set<number>();
        for (let second = 61; second < 300; second++) {
          load = observeLoad(load, calls, START + second * 1_000);
          const want = drones(load, Math.ceil(calls / 10), START + second * 1_000);
          load = want.load;
          if (second > 190) seen.add(want.drones);
        }
        expect([...seen]).toEqual([Math.ceil(calls / 10)]);
      }),
      { numRuns: 30 },
    );
  });

  it("are let go of when the clock jumps back over the panic", () => {
    const panic = drones(after(flat(100, 6)), 1, START + 6_000).load;
    const back = observeLoad(panic, 5, START - 3_600_000);
    expect(drones(back, 1, START - 3_600_000).drones).toBe(1);
  });
});
