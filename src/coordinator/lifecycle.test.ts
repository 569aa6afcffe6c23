/** A worker's whole life on fakes: wake, serve, idle, fail, change, go. */
import { describe, expect, it } from "vitest";
import { createStage, type StageOptions } from "./testing/stage.ts";
import { workerSpec } from "./testing/fleet.ts";
import { FlotillaError } from "../protocol/errors.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const stage = (options: Partial<StageOptions> = {}) => createStage({ settle, ...options });
const nothing = (): void => undefined;
const never: Promise<void> = new Promise(() => undefined);

describe("a worker", () => {
  it("sleeps until it is woken, then serves, then sleeps again", async () => {
    const s = stage();
    await s.coordinator.start();
    expect(await s.apply(workerSpec("alpha"))).toEqual(["alpha"]);
    expect(s.drones()).toEqual([]);
    expect(s.health("alpha")?.state).toBe("asleep");

    const wake = await s.api("workers/alpha/wake", { method: "POST", body: { by: "test" } });
    expect(wake).toEqual({ status: 202, body: { worker: "alpha", state: "waking" } });
    await settle();
    expect(s.drones()).toMatchObject([{ phase: "ready", worker: "alpha", handle: "h-drone-1" }]);
    expect(s.health("alpha")?.state).toBe("ready");
    expect(s.store.peek("wake/")).toEqual([]);

    await s.clock.advance(299_000);
    expect(s.drones()).toHaveLength(1);
    await s.clock.advance(5_000);
    expect(s.drones()).toEqual([]);
    expect(s.launcher.alive()).toEqual([]);
    expect(s.health("alpha")?.state).toBe("asleep");
  });

  it("starts one drone for a burst of two hundred calls and wakes", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"));
    let opened = nothing;
    s.probe.run = () => new Promise((resolve) => (opened = resolve));
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        await s.report("alpha", { waiting: i + 1 });
        await s.api("workers/alpha/wake", { method: "POST", body: { by: "g1" } });
      }),
    );
    await settle();
    opened();
    await settle();
    expect(s.launcher.started).toHaveLength(1);
    expect(s.drones()).toMatchObject([{ phase: "ready" }]);
  });

  it("starts as many as the load needs, and no more than it may", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha", { scale: { maxDrones: 3, callsPerDrone: 10 } }));
    await s.report("alpha", { waiting: 15 });
    expect(s.drones()).toHaveLength(2);
    await s.report("alpha", { waiting: 500 });
    expect(s.drones()).toHaveLength(3);
    await s.report("alpha", { waiting: 0 });
    await s.clock.advance(301_000);
    await s.clock.advance(5_000);
    expect(s.drones("alpha").map((d) => d.phase)).not.toContain("ready");
  });

  it("does not sleep while there is demand in the store, even if nobody told it so far", async () => {
    const s = stage({ deafTo: "activity/" });
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"));
    await s.api("workers/alpha/wake", { method: "POST" });
    await s.clock.advance(200_000);
    await s.report("alpha", { waiting: 0 });
    // Idle by what it knows after 300 s, used 150 s ago by what is written.
    await s.clock.advance(150_000);
    expect(s.drones("alpha")).toMatchObject([{ phase: "ready" }]);
    await s.clock.advance(400_000);
    expect(s.drones("alpha")).not.toMatchObject([{ phase: "ready" }]);
  });

  it("backs off after a crash, reports it, and comes back", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha", { scale: { minDrones: 1 } }));
    await settle();
    s.launcher.crash("drone-1", "killed by SIGSEGV");
    await settle();
    expect(s.health("alpha")).toMatchObject({
      state: "backing_off",
      failures: 1,
      lastError: "killed by SIGSEGV",
    });
    const wake = await s.api("workers/alpha/wake", { method: "POST", body: {} });
    expect(wake.body).toEqual({
      worker: "alpha",
      state: "backing_off",
      retryAtMs: s.health("alpha")?.retryAtMs,
      lastError: "killed by SIGSEGV",
    });
    await s.clock.advance(500);
    expect(s.drones()).toMatchObject([{ id: "drone-2", phase: "ready" }]);
    await s.clock.advance(11_000);
    expect(s.health("alpha")).toMatchObject({ state: "ready", failures: 0 });
  });

  it("calls a worker that never stays up a crash loop, and tries it slowly", async () => {
    const s = stage();
    await s.coordinator.start();
    s.probe.run = async () => {
      throw new Error("said hello in the wrong language");
    };
    await s.apply(workerSpec("alpha", { scale: { minDrones: 1 } }));
    await s.clock.advance(60_000);
    expect(s.health("alpha")).toMatchObject({
      state: "crash_loop",
      failures: 5,
      lastError: "said hello in the wrong language",
    });
    await s.clock.advance(100_000);
    expect(s.launcher.started).toHaveLength(5);
    await s.clock.advance(150_000);
    expect(s.launcher.started).toHaveLength(6);
    const { body } = await s.api("events?topic=health&worker=alpha");
    expect(JSON.stringify(body)).toContain("crash_loop");
    // Repaired.
    s.probe.run = async () => undefined;
    await s.clock.advance(300_000);
    expect(s.health("alpha")).toMatchObject({ state: "ready", failures: 0 });
  });

  it("ends a drone that never answers, with the reason", async () => {
    const s = stage();
    await s.coordinator.start();
    s.probe.run = () => never;
    await s.apply(workerSpec("alpha", { limits: { startTimeoutMs: 3_000 } }));
    await s.report("alpha", { waiting: 1 });
    await s.clock.advance(2_900);
    expect(s.drones()).toMatchObject([{ phase: "starting" }]);
    await s.report("alpha", { waiting: 0 });
    await s.clock.advance(200);
    expect(s.launcher.alive()).toEqual([]);
    expect(s.health("alpha")?.lastError).toBe("it did not answer within 3000 ms of its start");
  });

  it("tells at once when its program cannot be started at all", async () => {
    const s = stage();
    await s.coordinator.start();
    s.launcher.faults.push({
      on: "create",
      fail: new FlotillaError("launcher_denied", 'there is no program "alpha"'),
    });
    await s.apply(workerSpec("alpha"));
    await s.report("alpha", { waiting: 1 });
    expect(s.health("alpha")).toMatchObject({
      state: "crash_loop",
      failures: 1,
      lastError: 'there is no program "alpha"',
    });
    expect(s.drones()).toEqual([]);
  });

  it("waits for a launcher that is not ready without blaming the worker", async () => {
    const s = stage();
    await s.coordinator.start();
    const fail = new FlotillaError("launcher_not_ready", "still booting");
    s.launcher.faults.push({ on: "create", fail }, { on: "create", fail });
    await s.apply(workerSpec("alpha"));
    await s.report("alpha", { waiting: 1 });
    expect(s.drones()).toMatchObject([{ phase: "starting", handle: "" }]);
    await s.clock.advance(1_100);
    expect(s.drones()).toMatchObject([{ phase: "ready" }]);
    expect(s.health("alpha")).toMatchObject({ failures: 0 });
  });
});

describe("a drain", () => {
  it("waits for the calls of every gateway, then ends the drone", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"));
    await s.report("alpha", { waiting: 1 });
    await s.report("alpha", { inFlight: { "drone-1": 2 } });
    const retired = await s.api("drones/drone-1", { method: "DELETE" });
    expect(retired).toMatchObject({ status: 202, body: { id: "drone-1", phase: "draining" } });
    await s.clock.advance(20_000);
    expect(s.launcher.alive()).toHaveLength(1);
    await s.report("alpha", { inFlight: { "drone-1": 0 } });
    await s.clock.advance(1_000);
    expect(s.launcher.alive()).toEqual([]);
  });

  it("does not wait longer than its deadline", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha", { limits: { graceMs: 1_000 } }));
    await s.report("alpha", { waiting: 1 });
    await s.report("alpha", { inFlight: { "drone-1": 1 }, waiting: 0 });
    await s.api("drones/drone-1", { method: "DELETE" });
    await s.clock.advance(11_900);
    expect(s.launcher.alive().map((d) => d.claimId)).toEqual(["drone-1"]);
    await s.clock.advance(200);
    expect(s.launcher.alive().map((d) => d.claimId)).not.toContain("drone-1");
  });

  it("asks again until nothing of the drone is left", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"));
    await s.api("drones", { method: "POST", body: { worker: "alpha" } });
    await settle();
    s.launcher.faults.push(
      { on: "end", fail: new FlotillaError("launcher_unknown", "hiccup") },
      { on: "end", stubborn: 3 },
    );
    await s.api("workers/alpha/retire", { method: "POST", body: { by: "me" } });
    await s.clock.advance(2_100);
    expect(s.drones()).toMatchObject([{ phase: "ending" }]);
    await s.clock.advance(3_000);
    expect(s.drones()).toEqual([]);
    expect(s.launcher.alive()).toEqual([]);
  });
});

describe("a change of the fleet", () => {
  it("lets the old revision serve until the new one can, and leaves others alone", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"), workerSpec("beta"));
    await s.report("alpha", { waiting: 1 });
    await s.report("beta", { waiting: 1 });
    const [alpha] = s.drones("alpha");
    const [beta] = s.drones("beta");
    await s.report("alpha", { inFlight: { [alpha?.id ?? ""]: 1 } });
    let opened = nothing;
    s.probe.run = () => new Promise((resolve) => (opened = resolve));
    expect(await s.apply(workerSpec("alpha", { revision: "r2" }), workerSpec("beta"))).toEqual([
      "alpha",
    ]);
    await settle();
    expect(s.drones("alpha").map((d) => [d.revision, d.phase])).toEqual([
      ["r1", "ready"],
      ["r2", "starting"],
    ]);
    opened();
    await settle();
    expect(s.drones("alpha").map((d) => [d.revision, d.phase])).toEqual([
      ["r1", "draining"],
      ["r2", "ready"],
    ]);
    await s.report("alpha", { inFlight: { [alpha?.id ?? ""]: 0 } });
    await s.clock.advance(2_100);
    expect(s.drones("alpha")).toMatchObject([{ revision: "r2", phase: "ready" }]);
    expect(s.drones("beta")).toEqual([beta]);
  });

  it("drains the drones of a removed worker and forgets everything about it", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("alpha"));
    await s.api("drones", { method: "POST", body: { worker: "alpha" } });
    await settle();
    expect(await s.apply()).toEqual(["alpha"]);
    expect(s.store.peek("worker/")).toEqual([]);
    await s.clock.advance(3_000);
    for (const prefix of ["drone/", "health/", "catalog/", "wake/"])
      expect(s.store.peek(prefix)).toEqual([]);
    expect(s.launcher.alive()).toEqual([]);
  });

  it("publishes workers without their secrets, and shipped catalogues", async () => {
    const s = stage();
    await s.coordinator.start();
    const catalog = {
      serverInfo: { name: "a", version: "1" },
      capabilities: {},
      protocolVersion: "2026-07-28",
      tools: [{ name: "t" }],
      prompts: [],
      resources: [],
      resourceTemplates: [],
    };
    await s.apply(workerSpec("alpha", { catalog }));
    await settle();
    expect(JSON.stringify(s.store.peek(""))).not.toMatch(/hush|secret-argument/);
    expect(s.store.peek("catalog/alpha")[0]?.value).toMatchObject({
      source: "shipped",
      revision: "r1",
      catalog,
    });
    const { body } = await s.api("workers/alpha");
    expect(body).toMatchObject({ offers: { tools: 1, prompts: 0, resources: 0 } });
  });
});

describe("the builtin worker", () => {
  it("always has one ready drone", async () => {
    const s = stage();
    await s.coordinator.start();
    await s.apply(workerSpec("coordinator", { run: { kind: "builtin" }, origin: "builtin" }));
    await settle();
    expect(s.drones()).toMatchObject([
      {
        phase: "ready",
        launcher: "builtin",
        address: { kind: "link", node: "here", launcher: "builtin" },
      },
    ]);
    await s.clock.advance(1_000_000);
    expect(s.drones()).toHaveLength(1);
    await s.coordinator.stop();
  });
});
