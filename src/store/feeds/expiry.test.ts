import { expect, test } from "vitest";
import { createManualClock } from "../conformance/manual-clock.ts";
import { createExpiry } from "./expiry.ts";

test("fires for the soonest deadline, once, and again when asked", () => {
  const clock = createManualClock();
  const fired: number[] = [];
  const start = clock.now();
  const expiry = createExpiry(clock, () => {
    fired.push(clock.now() - start);
    expiry.next(Infinity);
  });
  expiry.noLaterThan(start + 500);
  expiry.noLaterThan(start + 200);
  expiry.noLaterThan(start + 900);
  clock.pass(1_000);
  expect(fired).toEqual([200]);
  expiry.next(start + 1_500);
  expiry.cancel();
  clock.pass(10_000);
  expect(fired).toEqual([200]);
});

test("looks again within a minute, however far the deadline: the wall clock may jump", () => {
  const clock = createManualClock();
  let fired = 0;
  const deadline = clock.now() + 365 * 24 * 3_600_000;
  const expiry = createExpiry(clock, () => {
    fired += 1;
    expiry.next(deadline);
  });
  expiry.next(deadline);
  clock.pass(10 * 60_000);
  expect(fired).toBe(10);
});
