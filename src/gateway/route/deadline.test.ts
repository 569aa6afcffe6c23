import { expect, test } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { type Deadline, startDeadline } from "./deadline.ts";

function started(client = new AbortController().signal): {
  deadline: Deadline;
  clock: ReturnType<typeof fakeClock>;
} {
  const clock = fakeClock();
  const deadline = startDeadline({ clock, timeoutMs: 100, hardCapMs: 250, client });
  return { deadline, clock };
}

test("the time is over after its length, and progress gives more up to the cap", async () => {
  const { deadline, clock } = started();
  await clock.advance(90);
  deadline.extend();
  await clock.advance(90);
  deadline.extend();
  await clock.advance(69);
  expect(deadline.signal.aborted).toBe(false);
  await clock.advance(1);
  expect([deadline.signal.aborted, deadline.timedOut()]).toEqual([true, true]);
});

test("while it is paused no time passes, and afterwards there is all of it, the cap moved along", async () => {
  const { deadline, clock } = started();
  await clock.advance(90);
  deadline.pause();
  deadline.pause();
  await clock.advance(10_000);
  deadline.resume();
  deadline.resume();
  await clock.advance(99);
  expect(deadline.signal.aborted).toBe(false);
  deadline.extend();
  // 189 of 250 are used; the rest is 61.
  await clock.advance(60);
  expect(deadline.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(deadline.timedOut()).toBe(true);
});

test("it follows the client of the day, and no longer the one before", () => {
  const [first, second, gone] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  const { deadline } = started(first.signal);
  deadline.follow(undefined);
  first.abort();
  expect(deadline.signal.aborted).toBe(false);
  deadline.follow(second.signal);
  second.abort();
  expect([deadline.signal.aborted, deadline.timedOut()]).toEqual([true, false]);
  gone.abort();
  expect(started(gone.signal).deadline.signal.aborted).toBe(true);
});

test("ended or cleared it holds no timer, paused or not", () => {
  const { deadline, clock } = started();
  deadline.end();
  expect([deadline.signal.aborted, deadline.timedOut()]).toEqual([true, false]);
  deadline.clear();
  expect(clock.pending()).toBe(0);
  const other = started();
  other.deadline.pause();
  expect(other.clock.pending()).toBe(0);
  other.deadline.clear();
});
