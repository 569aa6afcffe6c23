import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBreaker, DEFAULT_BREAKER, type Breaker } from "./breaker.ts";

const { failuresInRow, openMs, maxOpenMs } = DEFAULT_BREAKER;

function call(breaker: Breaker, ok: boolean | undefined, nowMs: number): boolean {
  if (!breaker.allows(nowMs)) return false;
  breaker.began(nowMs);
  breaker.ended(ok, nowMs);
  return true;
}

describe("a breaker", () => {
  it("opens after failures in a row, tries one call later, and closes when it succeeds", () => {
    const breaker = createBreaker();
    for (let n = 1; n < failuresInRow; n += 1) call(breaker, false, 0);
    expect(breaker.state(0)).toBe("closed");
    call(breaker, false, 0);
    expect(breaker.state(0)).toBe("open");
    expect(breaker.allows(openMs - 1)).toBe(false);
    expect(breaker.retryAtMs(1)).toBe(openMs);
    expect(breaker.state(openMs)).toBe("half_open");
    breaker.began(openMs);
    expect(breaker.allows(openMs)).toBe(false);
    breaker.ended(true, openMs + 10);
    expect(breaker.state(openMs + 10)).toBe("closed");
  });

  it("waits twice as long after each failed trial, up to a bound", () => {
    const breaker = createBreaker();
    for (let n = 0; n < failuresInRow; n += 1) call(breaker, false, 0);
    const waits: number[] = [];
    for (let now = openMs; waits.length < 6; now = breaker.retryAtMs(now)) {
      expect(call(breaker, false, now)).toBe(true);
      waits.push(breaker.retryAtMs(now) - now);
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, maxOpenMs, maxOpenMs, maxOpenMs]);
  });

  it("opens when half of many fail, though never in a row, and not for the odd one", () => {
    const bad = createBreaker();
    const good = createBreaker();
    for (let n = 0; n < 60; n += 1) {
      call(bad, n % 2 === 0, 0);
      call(good, n % 10 !== 0, 0);
    }
    expect(bad.state(0)).toBe("open");
    expect(good.state(0)).toBe("closed");
  });

  it("learns nothing from cancelled calls, nor from those sent before it opened", () => {
    const breaker = createBreaker();
    for (let n = 0; n < 100; n += 1) call(breaker, undefined, 0);
    expect(breaker.state(0)).toBe("closed");
    breaker.began(0);
    for (let n = 0; n < failuresInRow; n += 1) call(breaker, false, 0);
    breaker.ended(true, 1);
    expect(breaker.state(1)).toBe("open");
    breaker.began(openMs);
    breaker.ended(undefined, openMs);
    expect(breaker.allows(openMs)).toBe(true);
  });

  it("lets at most one call through at a time while half-open, and always some day another", () => {
    const step = fc.record({
      act: fc.constantFrom("call", "ok", "fail", "cancel"),
      wait: fc.nat(70_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const breaker = createBreaker();
        let now = 0;
        let trials = 0;
        for (const { act, wait } of steps) {
          now += wait;
          if (act === "call") {
            if (!breaker.allows(now)) continue;
            if (breaker.state(now) === "half_open") trials += 1;
            breaker.began(now);
            expect(trials).toBeLessThanOrEqual(1);
          } else {
            breaker.ended(act === "cancel" ? undefined : act === "ok", now);
            trials = 0;
          }
        }
        breaker.ended(undefined, now);
        expect(breaker.allows(now + maxOpenMs)).toBe(true);
      }),
    );
  });
});
