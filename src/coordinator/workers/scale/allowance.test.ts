import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { workerSpec } from "../../testing/fleet.ts";
import { DEFAULT_POLICY } from "../../policy.ts";
import { createStartGuard } from "../../engine/start-guard.ts";
import { nextTokenAtMs, refill, roomLeft, take, type Bucket } from "./allowance.ts";

const rule = { burst: 5, perMinute: 60 };

describe("the guard against storms of starts", () => {
  it("lets no more through than the burst and what time gives back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }), (waits) => {
        let now = 0;
        let started = 0;
        let bucket: Bucket | undefined;
        for (const waitMs of waits) {
          now += waitMs;
          bucket = refill(bucket, rule, now);
          if (bucket.tokens < 1) continue;
          bucket = take(bucket);
          started += 1;
        }
        expect(started).toBeLessThanOrEqual(rule.burst + (now * rule.perMinute) / 60_000 + 1e-6);
      }),
    );
  });

  it("says when the next start is let through, and keeps the word", () => {
    const empty = { tokens: 0.25, atMs: 1_000 };
    expect(nextTokenAtMs(empty, rule)).toBe(1_750);
    expect(refill(empty, rule, 1_749).tokens).toBeLessThan(1);
    expect(refill(empty, rule, 1_750).tokens).toBe(1);
  });

  it("is not fooled by a clock that jumps back", () => {
    const back = refill({ tokens: 0, atMs: 1_000_000 }, rule, 0);
    expect(back.tokens).toBe(0);
    expect(refill(back, rule, 1_000).tokens).toBe(1);
  });

  it("holds one worker back without the others, and all by what the fleet may", () => {
    const guard = createStartGuard({
      ...DEFAULT_POLICY,
      workerStartBurst: 1,
      fleetStartBurst: 4,
      fleetStartsPerMinute: 60,
    });
    const [a, b] = [workerSpec("a"), workerSpec("b")];
    for (let start = 0; start < 3; start++) guard.take(a, 0);
    expect(guard.look(a, 0).tokens).toBe(0);
    expect(guard.look(b, 0).tokens).toBe(1);
    guard.take(b, 0);
    expect(guard.look(b, 0)).toEqual({ tokens: 0, nextTokenAtMs: 1_000 });
  });
});

describe("room", () => {
  const room = { maxDrones: 10, memoryBytes: 1_000 };
  it.each([
    [{ drones: 0, memoryBytes: 0 }, 0, 10],
    [{ drones: 9, memoryBytes: 0 }, 0, 1],
    [{ drones: 12, memoryBytes: 0 }, 0, 0],
    [{ drones: 2, memoryBytes: 700 }, 100, 3],
    [{ drones: 2, memoryBytes: 1_200 }, 100, 0],
  ])("beside %o for drones of %i bytes is %i", (placed, bytes, left) => {
    expect(roomLeft(placed, room, bytes)).toBe(left);
  });
});
