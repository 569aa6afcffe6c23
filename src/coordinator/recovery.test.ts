/** Starting from whatever a former self, or another coordinator, left in the store. */
import { describe, expect, it } from "vitest";
import { FlotillaError } from "../protocol/errors.ts";
import { createStage, type StageOptions } from "./testing/stage.ts";
import { workerSpec } from "./testing/fleet.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const stage = (options: Partial<StageOptions> = {}) => createStage({ settle, ...options });
const fleet = { workers: [workerSpec("alpha")] };

/** What a former self wrote before it was killed. */
async function leave(
  s: ReturnType<typeof stage>,
  change: Record<string, unknown> = {},
): Promise<void> {
  await s.store.records.put("drone/drone-old", {
    id: "drone-old",
    worker: "alpha",
    revision: "r1",
    launcher: "process",
    handle: "h-drone-old",
    phase: "ready",
    address: { kind: "link", node: "here", launcher: "process" },
    createdAtMs: 1,
    readyAtMs: 1,
    reason: "it answered",
    ...change,
  });
}
async function launchOld(s: ReturnType<typeof stage>): Promise<void> {
  const [spec] = fleet.workers;
  if (spec === undefined) return;
  const { run, limits, revision } = spec;
  await s.launcher.create(
    { claimId: "drone-old", worker: "alpha", revision, run, limits },
    new AbortController().signal,
  );
}

describe("after kill -9", () => {
  it.each([
    ["its launcher's", {}],
    ["a link's", { survivesRestart: true, linksEndWithUs: true as const }],
  ])(
    "removes records of drones that died with the process (%s), and ends what is left",
    async (_, options) => {
      const s = stage(options);
      await leave(s);
      await launchOld(s);
      await s.coordinator.start();
      await s.coordinator.apply(fleet);
      await s.clock.advance(1_000);
      expect(s.drones()).toEqual([]);
      expect(s.launcher.alive()).toEqual([]);
      // A restart is not the worker's failure.
      expect(s.health("alpha")).toMatchObject({ state: "asleep", failures: 0 });
    },
  );

  it("keeps drones that live on, without touching them", async () => {
    const s = stage({ survivesRestart: true });
    await leave(s);
    await launchOld(s);
    await s.coordinator.apply(fleet);
    await s.coordinator.start();
    await settle();
    expect(s.drones()).toMatchObject([{ id: "drone-old", phase: "ready" }]);
    expect(s.launcher.started).toEqual(["drone-old"]);
  });

  it("adopts a drone that was launched but not noted", async () => {
    const s = stage({ survivesRestart: true });
    await leave(s, { phase: "starting", handle: "", readyAtMs: undefined });
    await launchOld(s);
    await s.coordinator.apply(fleet);
    await s.coordinator.start();
    await settle();
    expect(s.drones()).toMatchObject([{ id: "drone-old", handle: "h-drone-old", phase: "ready" }]);
    expect(s.launcher.started).toEqual(["drone-old"]);
  });

  it("goes on with a wake that was accepted", async () => {
    const s = stage();
    await s.store.records.put("wake/alpha", { worker: "alpha", by: "cli", atMs: s.clock.now() });
    await s.coordinator.apply(fleet);
    await s.coordinator.start();
    await settle();
    expect(s.drones()).toMatchObject([{ phase: "ready" }]);
    expect(s.store.peek("wake/")).toEqual([]);
  });

  it("does not take the fleet for unwanted before it was told what is wanted", async () => {
    const s = stage({ survivesRestart: true });
    await leave(s);
    await launchOld(s);
    await s.coordinator.start();
    await s.clock.advance(30_000);
    expect(s.drones()).toMatchObject([{ id: "drone-old", phase: "ready" }]);
    await s.coordinator.apply({ workers: [] });
    await s.clock.advance(30_000);
    expect(s.drones()).toEqual([]);
    expect(s.launcher.alive()).toEqual([]);
  });

  it("ends orphans later too, and over errors", async () => {
    const s = stage({ survivesRestart: true });
    await s.coordinator.apply(fleet);
    await s.coordinator.start();
    await launchOld(s);
    const fail = new FlotillaError("launcher_unknown", "hiccup");
    s.launcher.faults.push({ on: "list", fail }, { on: "end", fail }, { on: "end", stubborn: 2 });
    await s.clock.advance(60_000);
    expect(s.launcher.alive()).toEqual([]);
  });
});

describe("stop", () => {
  it("drains and ends drones that cannot live on, then frees the lease", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"));
    await s.report("alpha", { waiting: 1 });
    await s.report("alpha", { inFlight: { "drone-1": 1 } });
    const stopped = s.coordinator.stop();
    await s.clock.advance(1_000);
    expect(s.drones()).toMatchObject([{ phase: "draining", reason: "Flotilla is stopping" }]);
    const refused = await s.api("workers/alpha/wake", { method: "POST" });
    expect(refused).toMatchObject({ status: 503, body: { error: { code: "overloaded" } } });
    await s.clock.advance(6_000);
    await stopped;
    expect(s.drones()).toEqual([]);
    expect(s.launcher.alive()).toEqual([]);
    expect(await s.store.leases.get("coordinator/leader")).toBeUndefined();
  });

  it("is bounded even when a drone will not end", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha", { scale: { minDrones: 1 } }));
    s.launcher.faults.push({ on: "end", stubborn: 1_000_000 });
    const stopped = s.coordinator.stop();
    await s.clock.advance(20_000);
    await expect(stopped).resolves.toBeUndefined();
  });

  it("leaves drones alone that live on", async () => {
    const s = stage({ survivesRestart: true });
    await s.coordinator.start();
    await s.apply(workerSpec("alpha", { scale: { minDrones: 1 } }));
    await settle();
    await s.coordinator.stop();
    expect(s.drones()).toMatchObject([{ phase: "ready" }]);
    expect(s.launcher.alive()).toHaveLength(1);
  });
});

describe("two coordinators", () => {
  it("act one at a time; the second takes over and the first can change nothing any more", async () => {
    const s = stage({ shared: true, survivesRestart: true });
    await s.coordinator.start();
    await s.apply(workerSpec("alpha", { scale: { minDrones: 1 } }));
    await settle();
    const second = s.another({ node: "there" });
    await second.apply(s.fleet.spec);
    await second.start();
    await settle();
    expect(s.launcher.started).toHaveLength(1);

    // The store holds the first one's lease for lost (a long pause), the second gets it.
    await s.store.leases.release({ ...(await leaseOf(s)) });
    await s.clock.advance(3_000);
    expect((await leaseOf(s)).holder).toBe("there");
    s.launcher.crash("drone-1");
    await s.clock.advance(3_000);
    expect(s.drones()).toMatchObject([{ phase: "ready" }]);
    expect(s.launcher.started).toHaveLength(2);
    // The first knows: it refuses to act, and says where to turn.
    expect(await s.api("drones/drone-2", { method: "DELETE" })).toMatchObject({
      status: 503,
      body: { error: { code: "lease_lost" } },
    });
    await second.stop();
    await s.clock.advance(3_000);
    expect((await leaseOf(s)).holder).toBe("here");
  });
});

it("a leader that was paused changes nothing when it wakes up", async () => {
  const s = stage();
  await s.coordinator.start();
  await s.apply(workerSpec("alpha", { scale: { minDrones: 1 } }));
  await settle();
  // It still believes in its lease; the store has given it to somebody else meanwhile.
  await s.store.leases.release(await leaseOf(s));
  await s.store.leases.acquire("coordinator/leader", "there", 60_000);
  const before = s.store.peek("");
  expect(await s.api("drones/drone-1", { method: "DELETE" })).toMatchObject({
    status: 503,
    body: { error: { code: "lease_lost" } },
  });
  s.launcher.crash("drone-1");
  await s.clock.advance(20_000);
  expect(s.store.peek("")).toEqual(before);
});

async function leaseOf(s: ReturnType<typeof stage>) {
  const lease = await s.store.leases.get("coordinator/leader");
  if (lease === undefined) throw new Error("nobody leads");
  return lease;
}
