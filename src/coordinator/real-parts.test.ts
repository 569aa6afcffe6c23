/** The coordinator on the memory store and the memory launcher of their own rooms, instead of this room's fakes. */
import { expect, it } from "vitest";
import { createMemoryLauncher } from "../launchers/memory.ts";
import { createMemoryStore } from "../store/memory.ts";
import { silentTelemetry } from "../telemetry/index.ts";
import { createCoordinator } from "./coordinator.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { workerSpec } from "./testing/fleet.ts";

const settle = async () => {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

it("wakes, recovers from a crash, streams what happened, sleeps and stops", async () => {
  const clock = createFakeClock(settle);
  const store = createMemoryStore({ clock });
  const launcher = createMemoryLauncher({ clock });
  let ids = 0;
  const coordinator = createCoordinator({
    store,
    launchers: [launcher],
    clock,
    random: () => 0.5,
    newId: (prefix) => `${prefix}-${(ids += 1)}`,
    telemetry: silentTelemetry,
    probe: async (drone) => void (await launcher.connect(drone.handle)),
    node: "here",
    version: "0.0.0-test",
    reload: async () => ({ workers: [] }),
  });
  const drones = async () => (await store.records.list("drone/")).map(({ value }) => value);
  await coordinator.start();
  await coordinator.apply({ workers: [workerSpec("alpha")] });
  const url = "http://localhost/api/v1/workers/alpha/wake";
  expect((await coordinator.fetch(new Request(url, { method: "POST" }))).status).toBe(202);
  await clock.advance(10);
  expect(await drones()).toMatchObject([{ id: "drone-1", phase: "ready", handle: "memory-1" }]);

  launcher.crash("memory-1");
  await clock.advance(10);
  expect(await drones()).toEqual([]);
  await store.records.put("activity/alpha/g1", {
    worker: "alpha",
    gateway: "g1",
    waiting: 1,
    inFlight: {},
    lastCallAtMs: clock.now(),
  });
  await clock.advance(1_000);
  expect(await drones()).toMatchObject([{ id: "drone-2", phase: "ready" }]);

  await store.records.delete("activity/alpha/g1");
  await clock.advance(310_000);
  expect(await drones()).toEqual([]);
  expect(await launcher.list()).toEqual([]);
  const told = await store.events.tail("drones", 100);
  expect(told.map(({ value }) => value)).toContainEqual(expect.objectContaining({ gone: true }));
  const stopped = coordinator.stop();
  await clock.advance(1_000);
  await stopped;
  await store.close();
});
