import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "../policy.ts";
import {
  initialHealth,
  isCrashLoop,
  mayStart,
  nextHealth,
  TRANSITIONS,
  type WakeFacts,
} from "./wake.ts";

const chapters: fc.Arbitrary<WakeFacts & { passMs: number }> = fc.record({
  ready: fc.nat(2),
  starting: fc.nat(2),
  demanded: fc.boolean(),
  readySinceMs: fc.constant<number | undefined>(undefined),
  failures: fc.array(
    fc.record({
      atMs: fc.constant(0),
      reason: fc.constantFrom("exited", "silent"),
      final: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  passMs: fc.nat(400_000),
});

function waits(chance: number): number[] {
  let health = initialHealth("alpha", 0);
  const policy = { ...DEFAULT_POLICY, crashLoopFailures: 100 };
  return Array.from({ length: 12 }, (_, n) => {
    const now = n * 1_000_000;
    const failures = [{ atMs: now, reason: "exited", final: false }];
    const quiet = { ready: 0, starting: 0, demanded: true, readySinceMs: undefined };
    health = nextHealth({ health, facts: { ...quiet, failures, chance }, policy, now });
    return (health.retryAtMs ?? 0) - now;
  });
}

describe("the wake machine", () => {
  it("only makes the transitions it documents, and its promises hold in every state", () => {
    fc.assert(
      fc.property(fc.array(chapters, { maxLength: 40 }), (story) => {
        let now = 1_000_000;
        let health = initialHealth("alpha", now);
        for (const chapter of story) {
          now += chapter.passMs;
          const failures = chapter.failures.map((failure) => ({ ...failure, atMs: now }));
          const readySinceMs = chapter.ready > 0 ? now - chapter.passMs : undefined;
          const next = nextHealth({
            health,
            facts: { ...chapter, failures, readySinceMs },
            policy: DEFAULT_POLICY,
            now,
          });
          if (next.state !== health.state) {
            expect(TRANSITIONS[health.state]).toContain(next.state);
            expect(next.sinceMs).toBe(now);
          }
          // Refused only with a time at which it is tried again, and that time is bounded.
          if (next.state === "backing_off" || next.state === "crash_loop") {
            expect(mayStart(next, now)).toBe(false);
            expect(next.retryAtMs).toBeGreaterThan(now);
            expect(next.retryAtMs).toBeLessThanOrEqual(now + DEFAULT_POLICY.crashLoopRetryMs);
            expect(next.lastError).toBeTruthy();
          }
          if (chapter.ready > 0 && failures.length === 0) expect(next.state).toBe("ready");
          if (next.state === "asleep") expect(chapter.demanded).toBe(false);
          expect(next.recentFailuresMs?.length ?? 0).toBeLessThanOrEqual(
            DEFAULT_POLICY.crashLoopFailures,
          );
          health = next;
        }
      }),
    );
  });

  it("waits longer after each failure, never under the floor, never over the cap", () => {
    expect(waits(0)).toEqual(Array.from({ length: 12 }, () => DEFAULT_POLICY.backoffFloorMs));
    const longest = waits(0.999_999);
    expect(longest.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(longest.toSorted((a, b) => a - b)).toEqual(longest);
    expect(longest.at(-1)).toBe(DEFAULT_POLICY.backoffCapMs);
  });

  it("calls five failures within the window a crash loop, though each drone was ready for a while", () => {
    let health = initialHealth("alpha", 0);
    for (let now = 0; now < 150_000; now += 30_000) {
      const failures = [{ atMs: now, reason: "exited", final: false }];
      const base = { starting: 0, demanded: true, chance: 0.5 };
      const policy = DEFAULT_POLICY;
      health = nextHealth({
        health,
        facts: { ...base, ready: 0, readySinceMs: undefined, failures },
        policy,
        now,
      });
      const later = now + 25_000;
      if (now === 120_000) break;
      health = nextHealth({
        health,
        facts: { ...base, ready: 1, readySinceMs: now + 1_000, failures: [] },
        policy,
        now: later,
      });
      expect(health).toMatchObject({ state: "ready", failures: 0 });
    }
    expect(health.state).toBe("crash_loop");
    expect(isCrashLoop(health, DEFAULT_POLICY, 500_000)).toBe(false);
  });

  it("lifts the verdict when its time is up, so that the next call can wake it", () => {
    const health = {
      ...initialHealth("alpha", 0),
      state: "crash_loop" as const,
      failures: 9,
      retryAtMs: 1_000,
      lastError: "exited",
    };
    const facts = { ready: 0, starting: 0, readySinceMs: undefined, failures: [], chance: 0 };
    const at = (now: number, demanded: boolean) =>
      nextHealth({ health, facts: { ...facts, demanded }, policy: DEFAULT_POLICY, now }).state;
    expect([at(999, true), at(1_000, true), at(1_000, false)]).toEqual([
      "crash_loop",
      "waking",
      "asleep",
    ]);
  });
});
