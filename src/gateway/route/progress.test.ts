import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { mcpRequest } from "../testing/fleet.ts";
import { startDeadline } from "./deadline.ts";
import { createCallProgress } from "./progress.ts";

test("values grow for the client whatever was told of waking and whatever the worker says", async () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, min: -10, max: 1_000 }),
    fc.integer({ min: 0, max: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(5), fc.array(value, { maxLength: 20 }), async (seconds, values) => {
      const clock = fakeClock();
      const told: number[] = [];
      const request = {
        ...mcpRequest("tools/call"),
        wantsProgress: true,
        notify: (_method: string, params: Record<string, unknown>) =>
          told.push(Number(params["progress"])),
      };
      const progress = createCallProgress(request, clock, () => {});
      progress.waking("acme");
      await clock.advance(seconds * 1_000);
      progress.woken();
      for (const one of values) progress.notify("notifications/progress", { progress: one });
      expect(told).toHaveLength(1 + seconds + values.length);
      for (const [index, one] of told.entries()) {
        if (index > 0) expect(one).toBeGreaterThan(told[index - 1] ?? Infinity);
      }
    }),
    { numRuns: 20 },
  );
});

test("a deadline moves with progress, but not beyond its hard cap", async () => {
  const clock = fakeClock();
  const client = new AbortController();
  const deadline = startDeadline({ clock, timeoutMs: 100, hardCapMs: 250, client: client.signal });
  for (let n = 0; n < 4; n++) {
    await clock.advance(60);
    deadline.extend();
  }
  expect(deadline.signal.aborted).toBe(false);
  await clock.advance(10);
  expect([deadline.signal.aborted, deadline.timedOut()]).toEqual([true, true]);
  deadline.clear();
});

test("a client that leaves ends the call without a time-out", () => {
  const clock = fakeClock();
  const client = new AbortController();
  const deadline = startDeadline({ clock, timeoutMs: 100, hardCapMs: 250, client: client.signal });
  client.abort();
  expect([deadline.signal.aborted, deadline.timedOut()]).toEqual([true, false]);
  deadline.clear();
  expect(clock.pending()).toBe(0);
});
