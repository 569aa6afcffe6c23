import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVirtualClock } from "../../simulator.ts";
import { createEnding } from "./ending.ts";

interface Drone {
  /** When (virtual) the leader exits after its input closed, TERM, or not at all. */
  leavesOnInputMs: number;
  leavesOnTermMs: number;
  /** Its child ignores TERM. */
  stubbornChild: boolean;
}

function subject(drone: Drone) {
  const clock = createVirtualClock(0);
  const events: string[] = [];
  let leader = true;
  let child = drone.stubbornChild;
  const leaveIn = (ms: number): void => {
    if (Number.isFinite(ms)) clock.after(ms, () => (leader = false));
  };
  const ending = createEnding(
    {
      closeInput() {
        events.push("input");
        leaveIn(drone.leavesOnInputMs);
      },
      leaderExited: () => !leader,
      alive: async () => leader || child,
      async signal(name) {
        events.push(`${name}@${clock.monotonicMs()}`);
        if (name === "SIGTERM") leaveIn(drone.leavesOnTermMs);
        else leader = child = false;
      },
      async onGone() {
        events.push("gone");
      },
      onFault: (error) => events.push(`fault ${String(error)}`),
    },
    clock,
  );
  return { clock, events, ending };
}

const NEVER = Number.POSITIVE_INFINITY;

describe("ending", () => {
  test("a polite drone only sees its input end", async () => {
    const { clock, events, ending } = subject({
      leavesOnInputMs: 50,
      leavesOnTermMs: NEVER,
      stubbornChild: false,
    });
    expect(await ending.begin(1_000)).toBe(false);
    await clock.run(300);
    expect(await ending.begin(1_000)).toBe(true);
    expect(events).toEqual(["input", "gone"]);
    expect(clock.pending).toBe(0);
  });

  test("TERM after the grace, KILL after another", async () => {
    const { clock, events, ending } = subject({
      leavesOnInputMs: NEVER,
      leavesOnTermMs: NEVER,
      stubbornChild: true,
    });
    void ending.begin(1_000);
    await clock.run(3_000);
    expect(events.map((event) => event.replace(/@.*/, ""))).toEqual([
      "input",
      "SIGTERM",
      "SIGKILL",
      "gone",
    ]);
    const [term, kill] = [events[1], events[2]].map((event) => Number(event?.split("@")[1]));
    expect(term).toBeGreaterThanOrEqual(1_000);
    expect(kill).toBeGreaterThanOrEqual((term ?? 0) + 1_000);
  });

  test("a child left behind gets no grace for calls it cannot have", async () => {
    const { clock, events, ending } = subject({
      leavesOnInputMs: 0,
      leavesOnTermMs: NEVER,
      stubbornChild: true,
    });
    void ending.begin(1_000);
    await clock.run(500);
    expect(events.some((event) => event.startsWith("SIGTERM"))).toBe(true);
  });

  test("a shorter grace later shortens what is under way, a longer one does not lengthen it", async () => {
    const { clock, events, ending } = subject({
      leavesOnInputMs: NEVER,
      leavesOnTermMs: NEVER,
      stubbornChild: false,
    });
    await ending.begin(3_600_000);
    await clock.run(1_000);
    await ending.begin(0);
    await ending.begin(9_999_999);
    await clock.run(1_000);
    expect(events.at(-1)).toBe("gone");
  });

  test("a look that fails is followed by another", async () => {
    const clock = createVirtualClock(0);
    let looks = 0;
    const faults: unknown[] = [];
    const ending = createEnding(
      {
        closeInput() {},
        leaderExited: () => true,
        async alive() {
          looks += 1;
          if (looks < 3) throw new Error("no file descriptor left");
          return false;
        },
        signal: async () => {},
        onGone: async () => {},
        onFault: (error) => faults.push(error),
      },
      clock,
    );
    expect(await ending.begin(100)).toBe(false);
    await clock.run(1_000);
    expect(await ending.begin(100)).toBe(true);
    expect(faults).toHaveLength(2);
  });

  test("every drone is gone in the end, told once, signals only ever grow, within the bound", async () => {
    const when = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant(NEVER));
    const drones = fc.record({
      leavesOnInputMs: when,
      leavesOnTermMs: when,
      stubbornChild: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(drones, fc.nat(2_000), async (drone, graceMs) => {
        const { clock, events, ending } = subject(drone);
        void ending.begin(graceMs);
        // Both graces, and a look of at most 200 ms late for each step.
        await clock.run(2 * graceMs + 1_000);
        const order = events.map((event) => event.replace(/@.*/, ""));
        expect(order.filter((event) => event === "gone")).toHaveLength(1);
        expect(
          ["input", "SIGTERM", "SIGKILL", "gone"].filter((step) => order.includes(step)),
        ).toEqual(order);
      }),
      { numRuns: 50 },
    );
  });
});
