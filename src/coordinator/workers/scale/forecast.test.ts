import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryRecord } from "../../../protocol/records.ts";
import { expectedCalls, LEAD_MS, remember, SLOT_MS } from "./forecast.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday, 00:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5);

/** Watches days of calls, a look per slot. */
function watch(
  days: number,
  calls: (day: number, hour: number) => number,
  before?: HistoryRecord,
): HistoryRecord {
  let history = before;
  for (let now = MONDAY; now < MONDAY + days * DAY; now += SLOT_MS) {
    const since = now - MONDAY;
    const at = { worker: "a", calls: calls(Math.floor(since / DAY), (since % DAY) / HOUR), now };
    history = remember(history, at);
  }
  if (history === undefined) throw new Error("no day was watched");
  return history;
}

const nine = (hour: number): number => (hour >= 9 && hour < 10 ? 20 : 0);

describe("what calls are to be expected", () => {
  it("is learnt from the same minutes of the days before, a lead ahead", () => {
    const history = watch(3, (_day, hour) => nine(hour));
    const at = (ms: number) => expectedCalls(history, MONDAY + 3 * DAY + ms);
    expect(at(9 * HOUR)).toBeGreaterThan(10);
    expect(at(9 * HOUR - LEAD_MS)).toBeGreaterThan(10);
    expect(at(9 * HOUR - LEAD_MS - 1)).toBe(0);
    expect(at(10 * HOUR)).toBe(0);
  });

  it("is nothing before two days are known, and nothing that happened once", () => {
    const first = watch(1, (_day, hour) => nine(hour));
    expect(expectedCalls(first, MONDAY + DAY + 9 * HOUR)).toBe(0);
    const once = watch(4, (day, hour) => (day === 0 && hour === 9 ? 1 : 0));
    expect(expectedCalls(once, MONDAY + 4 * DAY + 9 * HOUR)).toBe(0);
  });

  it("knows the days of the week after two weeks", () => {
    const history = watch(14, (day, hour) => (day % 7 < 5 ? nine(hour) : 0));
    expect(expectedCalls(history, MONDAY + 14 * DAY + 9 * HOUR)).toBeGreaterThan(10);
    expect(expectedCalls(history, MONDAY + 19 * DAY + 9 * HOUR)).toBe(0);
  });

  it("does not take time that nobody watched for time without calls", () => {
    const history = watch(3, (_day, hour) => nine(hour));
    const away = remember(history, { worker: "a", calls: 0, now: MONDAY + 10 * DAY });
    expect(expectedCalls(away, MONDAY + 10 * DAY + 9 * HOUR)).toBeGreaterThan(10);
  });

  it("starts anew from a record that is not one", () => {
    const broken = { ...watch(3, () => 5), daily: [1, 2, 3] };
    expect(remember(broken, { worker: "a", calls: 1, now: MONDAY }).daily).toHaveLength(288);
  });

  it("stays bounded and below the most there was, whatever the clock does", () => {
    const look = fc.record({ calls: fc.nat(500), jumpMs: fc.integer({ min: -DAY, max: 9 * DAY }) });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 40 }), (looks) => {
        let now = MONDAY;
        let history: HistoryRecord | undefined;
        for (const { calls, jumpMs } of looks) {
          history = remember(history, { worker: "a", calls, now: (now += jumpMs) });
        }
        expect(history?.daily).toHaveLength(288);
        expect(history?.weekly).toHaveLength(2_016);
        const most = Math.max(...looks.map(({ calls }) => calls));
        if (history !== undefined) expect(expectedCalls(history, now)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 50 },
    );
  });
});
