import { expect, test } from "vitest";
import { createSharedTimers } from "./shared-timers.ts";
import { fakeClock } from "./testing/fake-clock.ts";

test("waits of one length share a timer and end each at its time", async () => {
  const clock = fakeClock();
  const timers = createSharedTimers(clock);
  const ended: string[] = [];
  timers.after(100, () => ended.push("first"));
  await clock.advance(60);
  timers.after(100, () => ended.push("second"));
  timers.after(30, () => ended.push("short"));
  expect(clock.pending()).toBe(2);
  await clock.advance(40);
  expect(ended).toEqual(["short", "first"]);
  await clock.advance(59);
  expect(ended).toEqual(["short", "first"]);
  await clock.advance(1);
  expect(ended).toEqual(["short", "first", "second"]);
  expect(clock.pending()).toBe(0);
});

test("a wait that is cancelled does not end, and leaves no timer behind", async () => {
  const clock = fakeClock();
  const timers = createSharedTimers(clock);
  const ended: number[] = [];
  const waits = [0, 1, 2].map((n) => timers.after(50, () => ended.push(n)));
  waits[1]?.cancel();
  waits[1]?.cancel();
  await clock.advance(50);
  expect(ended).toEqual([0, 2]);
  await clock.advance(50);
  expect(clock.pending()).toBe(0);
});

test("a wait begun by the end of another is kept", async () => {
  const clock = fakeClock();
  const timers = createSharedTimers(clock);
  let ends = 0;
  timers.after(10, () => {
    ends += 1;
    timers.after(10, () => (ends += 1));
  });
  await clock.advance(10);
  expect(ends).toBe(1);
  await clock.advance(10);
  expect(ends).toBe(2);
});
