import { afterEach, describe, expect, test } from "vitest";
import { settle } from "./testing/fake-clock.ts";
import { fakeWorker } from "./testing/fake-worker.ts";
import {
  droneRecord,
  mcpRequest,
  testFleet,
  type TestFleet,
  type TestFleetOptions,
} from "./testing/fleet.ts";

let fleets: TestFleet[] = [];
async function fleetOf(options?: TestFleetOptions): Promise<TestFleet> {
  const fleet = await testFleet(options);
  fleets.push(fleet);
  return fleet;
}
afterEach(async () => {
  await Promise.all(fleets.map((fleet) => fleet.router.close()));
  fleets = [];
});

const worker = (name: string) => ({ kind: "worker" as const, worker: name });

const activityOf = (fleet: TestFleet): Record<string, unknown> =>
  fleet.store.puts.findLast(({ key }) => key === "activity/a/gw-1")?.value as Record<
    string,
    unknown
  >;

describe("activity", () => {
  test("says at once that a drain was seen, and that the last call is gone; no new call goes there", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("a");
    await fleet.addCatalog("a", { tools: [{ name: "echo" }] });
    const finish = Promise.withResolvers<unknown>();
    const old = fakeWorker({
      era: "modern",
      on: ({ method }) => (method === "tools/call" ? finish.promise : undefined),
    });
    const drone = await fleet.addDrone("a", () => old);
    const call = fleet.call("a_echo");
    await settle();
    await fleet.putDrone({ ...drone, phase: "draining" });
    expect(activityOf(fleet)).toMatchObject({ waiting: 0, inFlight: { [drone.id]: 1 } });
    const next = fleet.call("a_echo");
    await settle();
    expect(old.countOf("tools/call")).toBe(1);
    expect(activityOf(fleet)).toMatchObject({ waiting: 1 });
    finish.resolve({ content: [], resultType: "complete" });
    expect(await call).toMatchObject({ kind: "result" });
    await settle();
    expect(activityOf(fleet)).toMatchObject({ inFlight: { [drone.id]: 0 } });
    await fleet.addDrone("a", () =>
      fakeWorker({
        era: "modern",
        on: ({ method }) => (method === "tools/call" ? { resultType: "complete" } : undefined),
      }),
    );
    expect(await next).toMatchObject({ kind: "result" });
  });

  test("is written about once a second, renewed before it expires, and taken away at the end", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("a");
    await fleet.addCatalog("a", { tools: [{ name: "echo" }] });
    await fleet.addDrone("a", () =>
      fakeWorker({
        era: "modern",
        on: ({ method }) => (method === "tools/call" ? { resultType: "complete" } : undefined),
      }),
    );
    const writes = (): number =>
      fleet.store.puts.filter(({ key }) => key.startsWith("activity/")).length;
    for (let n = 0; n < 100; n++) await fleet.call("a_echo");
    await fleet.clock.advance(1_000);
    expect(writes()).toBe(1);
    await fleet.clock.advance(60_000);
    expect(writes()).toBe(4);
    const last = fleet.store.puts.findLast(({ key }) => key.startsWith("activity/"));
    expect(last?.options?.expiresAtMs).toBeGreaterThan(fleet.clock.now());
    await fleet.router.close();
    expect(await fleet.store.records.get("activity/a/gw-1")).toBeUndefined();
  });
});

test("a builtin worker needs no drone record", async () => {
  const fleet = await fleetOf();
  await fleet.addWorker("coordinator", { kind: "builtin", naming: "verbatim" });
  await fleet.addCatalog("coordinator", { tools: [{ name: "fleet_status" }] });
  fleet.dialled("builtin-coordinator", () =>
    fakeWorker({
      era: "modern",
      on: ({ method }) => (method === "tools/call" ? { resultType: "complete" } : undefined),
    }),
  );
  expect(await fleet.call("fleet_status")).toMatchObject({ kind: "result" });
  expect(fleet.wakes).toEqual([]);
});

test("a probe makes the connection that calls then use, and gives up when told to", async () => {
  const fleet = await fleetOf();
  await fleet.addWorker("a");
  await fleet.addCatalog("a", { tools: [{ name: "echo" }] });
  let dials = 0;
  const drone = { ...droneRecord("a", "d1"), phase: "starting" as const };
  fleet.dialled("d1", () => {
    dials += 1;
    return fakeWorker({
      era: "legacy",
      on: ({ method }) => (method === "tools/call" ? { content: [] } : undefined),
    });
  });
  await fleet.router.probe(drone, new AbortController().signal);
  await fleet.putDrone({ ...drone, phase: "ready" });
  expect(await fleet.call("a_echo")).toMatchObject({ kind: "result" });
  expect(dials).toBe(1);
  fleet.dialled("d2", () => fakeWorker({ era: "silent", on: () => "never" }));
  const abort = new AbortController();
  const probing = fleet.router.probe({ ...drone, id: "d2" }, abort.signal);
  probing.catch(() => {});
  await settle();
  abort.abort();
  await expect(probing).rejects.toMatchObject({ code: "drone_lost" });
});

test("resource updates reach those who asked, through one subscription at the worker", async () => {
  const fleet = await fleetOf();
  const capabilities = { tools: {}, resources: { subscribe: true } };
  await fleet.addWorker("a");
  await fleet.addCatalog("a", {
    capabilities,
    tools: [{ name: "echo" }],
    resources: [{ name: "r", uri: "a://r" }],
  });
  const drone = fakeWorker({
    era: "legacy",
    capabilities,
    on: ({ method }) =>
      method === "resources/list"
        ? { resources: [{ name: "r", uri: "a://r" }] }
        : method === "tools/call" || method.startsWith("resources/")
          ? {}
          : undefined,
  });
  await fleet.addDrone("a", () => drone);
  const told: unknown[] = [];
  const filter = {
    toolsListChanged: false,
    promptsListChanged: false,
    resourcesListChanged: false,
    resourceSubscriptions: ["a://r", "nobody://x"],
  };
  const { client } = mcpRequest("subscriptions/listen");
  const [one, two] = [new AbortController(), new AbortController()];
  for (const { signal } of [one, two]) {
    const honoured = await fleet.router.listen({
      endpoint: worker("a"),
      client,
      filter: { ...filter, resourceSubscriptions: ["a://r"] },
      signal,
      emit: (method, params) => told.push([method, params]),
    });
    expect(honoured.resourceSubscriptions).toEqual(["a://r"]);
  }
  await fleet.call("a_echo");
  await settle();
  expect(drone.countOf("resources/subscribe")).toBe(1);
  drone.notify("notifications/resources/updated", { uri: "a://r" });
  drone.notify("notifications/resources/updated", { uri: "a://other" });
  await settle();
  expect(told).toEqual(
    Array.from({ length: 2 }, () => ["notifications/resources/updated", { uri: "a://r" }]),
  );
  one.abort();
  await settle();
  expect(drone.countOf("resources/unsubscribe")).toBe(0);
  two.abort();
  await settle();
  expect(drone.countOf("resources/unsubscribe")).toBe(1);
});
