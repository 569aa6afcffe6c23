import fc from "fast-check";
import { expect, test } from "vitest";
import { createVirtualClock } from "./virtual-clock.ts";

test("fires in order of time, then of being set, and never what was cancelled", () => {
  const timers = fc.array(fc.record({ delayMs: fc.nat(50), cancelled: fc.boolean() }));
  fc.assert(
    fc.property(timers, fc.nat(60), (plan, untilMs) => {
      const clock = createVirtualClock(0);
      const fired: number[] = [];
      const set = plan.map(({ delayMs }, at) => clock.after(delayMs, () => fired.push(at)));
      for (const [at, { cancelled }] of plan.entries()) if (cancelled) set[at]?.cancel();
      clock.advance(untilMs);
      const due = plan
        .map(({ delayMs, cancelled }, at) => ({ delayMs, cancelled, at }))
        .filter((timer) => !timer.cancelled && timer.delayMs <= untilMs)
        .toSorted((left, right) => left.delayMs - right.delayMs || left.at - right.at);
      expect(fired).toEqual(due.map((timer) => timer.at));
      expect(clock.monotonicMs()).toBe(untilMs);
      expect(clock.pending).toBe(plan.filter((timer) => !timer.cancelled).length - due.length);
    }),
  );
});

test("what a timer leads to happens at its own time", async () => {
  const clock = createVirtualClock(0);
  const seen: number[] = [];
  const chain = async (): Promise<void> => {
    await Promise.resolve();
    seen.push(clock.monotonicMs());
    if (seen.length < 5) clock.after(10, () => void chain());
  };
  clock.after(10, () => void chain());
  await clock.run(35);
  expect(seen).toEqual([10, 20, 30]);
  await clock.run(1_000);
  expect(seen).toEqual([10, 20, 30, 40, 50]);
});
