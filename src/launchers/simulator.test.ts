import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../protocol/fleet.ts";
import { echoBehaviour, launcherConformance } from "./conformance.ts";
import type { DroneClaim } from "./contract.ts";
import {
  createSimulator,
  createVirtualClock,
  seededRandom,
  type PlaceBehaviour,
  type Simulator,
  type VirtualClock,
} from "./simulator.ts";

const run = { kind: "command" as const, command: "any", args: [], env: {} };
const claim = (claimId: string): DroneClaim => ({
  claimId,
  worker: "w",
  revision: "r",
  run,
  limits: { ...DEFAULT_LIMITS, graceMs: 100 },
});

launcherConformance(
  () => {
    const clock = createVirtualClock();
    const launcher = createSimulator({
      clock,
      random: seededRandom(7),
      serve: (link, crash) => echoBehaviour(link, crash),
    });
    return { launcher, settle: () => clock.run(10) };
  },
  { name: "simulator", run, deniedRun: { kind: "builtin" } },
);

function world(seed: number, behaviour: Partial<PlaceBehaviour>): [Simulator, VirtualClock] {
  const clock = createVirtualClock();
  return [createSimulator({ clock, random: seededRandom(seed), behaviour }), clock];
}

/** Orders `count` drones one virtual second apart and writes down all that happens. */
async function history(seed: number, count: number): Promise<string[]> {
  const [simulator, clock] = world(seed, {
    capacity: count / 2,
    createFailures: { denied: 0.05, unknown: 0.1 },
    hangRate: 0.05,
    stubbornRate: 0.2,
    earlyCrashRate: 0.1,
    crashEveryMs: 30_000,
    price: { perStart: 0.01, perHour: 1 },
  });
  const lines: string[] = [];
  simulator.onChange((handle) => lines.push(`${clock.now()} ${handle}`));
  for (let at = 0; at < count; at += 1) {
    const order = simulator.create(claim(`claim-${at}`), new AbortController().signal);
    void order.then(
      (drone) => lines.push(`${clock.now()} created ${drone.handle}`),
      (error: { code: string }) => lines.push(`${clock.now()} refused ${error.code}`),
    );
    await clock.run(1_000);
  }
  return [...lines, JSON.stringify(simulator.stats())];
}

describe("simulator", () => {
  test("the same seed gives the same history, another seed another", async () => {
    const first = await history(1, 200);
    expect(first.length).toBeGreaterThan(400);
    expect(await history(1, 200)).toEqual(first);
    expect(await history(2, 200)).not.toEqual(first);
  });

  test("never holds more than fit, however the orders come", async () => {
    const [simulator, clock] = world(3, { capacity: 10 });
    const orders = Array.from({ length: 50 }, (_, at) =>
      simulator.create(claim(`claim-${at}`), new AbortController().signal),
    );
    const outcomes = Promise.allSettled(orders);
    await clock.run(1_000);
    const refused = (await outcomes).filter((outcome) => outcome.status === "rejected");
    expect(refused).toHaveLength(40);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "launcher_capacity" });
    expect(simulator.stats()).toMatchObject({ alive: 10, peak: 10, refused: 40 });
  });

  test("a hung drone never runs, and still ends", async () => {
    const [simulator, clock] = world(4, { hangRate: 1 });
    const order = simulator.create(claim("claim-1"), new AbortController().signal);
    await clock.run(3_600_000);
    const { handle } = await order;
    expect((await simulator.get(handle))?.phase).toBe("starting");
    expect(await simulator.end(handle, 100)).toBe("ending");
    await clock.run(1_000);
    expect(await simulator.end(handle, 100)).toBe("gone");
    expect(clock.pending).toBe(0);
  });

  test("a stubborn drone takes twice its grace", async () => {
    const [simulator, clock] = world(5, { stubbornRate: 1 });
    const order = simulator.create(claim("claim-1"), new AbortController().signal);
    await clock.run(1_000);
    const { handle } = await order;
    await simulator.end(handle, 100);
    await clock.run(199);
    expect(await simulator.end(handle, 100)).toBe("ending");
    await clock.run(1);
    expect(await simulator.end(handle, 100)).toBe("gone");
  });

  test("counts what was spent to the hour", async () => {
    const [simulator, clock] = world(6, { price: { perStart: 1, perHour: 10 }, createMs: [0, 0] });
    const order = simulator.create(claim("claim-1"), new AbortController().signal);
    await clock.run(1_800_000);
    await order;
    expect(simulator.stats().spent).toBeCloseTo(6, 6);
  });

  test("an outage fails every call and no drone", async () => {
    const [simulator, clock] = world(8, {});
    const order = simulator.create(claim("claim-1"), new AbortController().signal);
    await clock.run(1_000);
    const { handle } = await order;
    simulator.outage(true);
    await expect(simulator.list()).rejects.toMatchObject({ code: "launcher_unknown" });
    await expect(simulator.end(handle, 1)).rejects.toMatchObject({ code: "launcher_unknown" });
    simulator.outage(false);
    expect(await simulator.list()).toMatchObject([{ handle, phase: "running" }]);
    expect(simulator.crashSome(1)).toBe(1);
    expect(simulator.stats()).toMatchObject({ alive: 0, crashed: 1 });
  });

  test("runs ten thousand drones", async () => {
    const [simulator, clock] = world(9, { crashEveryMs: 600_000 });
    const orders = Array.from({ length: 10_000 }, (_, at) =>
      simulator.create(claim(`claim-${at}`), new AbortController().signal),
    );
    await clock.run(1_000);
    await Promise.all(orders);
    await clock.run(300_000);
    const { started, alive, crashed } = simulator.stats();
    expect(started).toBe(10_000);
    expect(alive + crashed).toBe(10_000);
    // exp(-0.5) of them are expected to live.
    expect(alive).toBeGreaterThan(5_800);
    expect(alive).toBeLessThan(6_300);
  });
});
