import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keys } from "../../protocol/records.ts";
import type { McpOutcome } from "../call.ts";
import { settle } from "../testing/fake-clock.ts";
import { fakeWorker, type FakeWorker } from "../testing/fake-worker.ts";
import { mcpRequest, testFleet, type TestFleet } from "../testing/fleet.ts";
import type { WorkerCatalog } from "../../protocol/fleet.ts";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});
afterEach(() => fleet.router.close());

interface Listed {
  tools: { name: string }[];
  ttlMs: number;
  cacheScope: string;
}
function listed(outcome: McpOutcome): Listed {
  if (outcome.kind !== "result") throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.result.text);
}
const namesOf = (outcome: McpOutcome): string[] => listed(outcome).tools.map(({ name }) => name);
const as = (principal: string) => ({ client: { ...mcpRequest("x").client, principal } });
const fresh = (ttlMs: number, cacheScope: "public" | "private"): Partial<WorkerCatalog> => ({
  capabilities: { tools: {} },
  freshness: { tools: { ttlMs, cacheScope } },
});

/** Every answer to `tools/list` names its number, so that a test sees which reading a list comes from. */
function counting(scope: "public" | "private", ttlMs = 10_000): FakeWorker {
  let count = 0;
  return fakeWorker({
    era: "modern",
    on: ({ method }) => {
      if (method !== "tools/list") return undefined;
      count += 1;
      const tools = [{ name: `t${count}`, inputSchema: { type: "object" } }];
      return { resultType: "complete", tools, ttlMs, cacheScope: scope };
    },
  });
}

describe("how long a list may be kept", () => {
  test("is the shortest time of its parts, and private when one of them is", async () => {
    for (const name of ["a", "b", "c"]) await fleet.addWorker(name);
    await fleet.addCatalog("a", { tools: [{ name: "x" }], ...fresh(30_000, "public") });
    await fleet.addCatalog("b", { tools: [{ name: "y" }], ...fresh(7_000, "public") });
    await fleet.addCatalog("c", { tools: [{ name: "z" }] });
    expect(listed(await fleet.handle("tools/list"))).toMatchObject({
      ttlMs: 7_000,
      cacheScope: "public",
    });
    await fleet.addCatalog("c", { tools: [{ name: "z" }], ...fresh(90_000, "private") });
    expect(listed(await fleet.handle("tools/list"))).toMatchObject({
      ttlMs: 7_000,
      cacheScope: "private",
    });
    // A private neighbour does not make a public worker's own list private.
    const own = await fleet.handle("tools/list", { endpoint: { kind: "worker", worker: "a" } });
    expect(listed(own)).toMatchObject({ ttlMs: 30_000, cacheScope: "public" });
  });
});

describe("a list past its time", () => {
  test("is answered at once and read again behind the answer, once", async () => {
    const worker = counting("public");
    await fleet.addWorker("w");
    await fleet.addDrone("w", () => worker);
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["w_t1"]);
    await fleet.clock.advance(9_000);
    await fleet.handle("tools/list");
    expect(worker.countOf("tools/list")).toBe(1);
    await fleet.clock.advance(4_000);
    const both = await Promise.all([fleet.handle("tools/list"), fleet.handle("tools/list")]);
    expect(both.map(namesOf)).toEqual([["w_t1"], ["w_t1"]]);
    await settle();
    expect(worker.countOf("tools/list")).toBe(2);
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["w_t2"]);
  });

  test("wakes nobody", async () => {
    await fleet.addWorker("w");
    const catalog = { tools: [{ name: "x" }], ...fresh(0, "public") };
    await fleet.addCatalog("w", catalog);
    await fleet.clock.advance(100_000);
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["w_x"]);
    await settle();
    expect(fleet.wakes).toEqual([]);
  });
});

describe("private lists", () => {
  test("are read for each caller, kept for that caller, and shown to no other", async () => {
    const worker = counting("private");
    await fleet.addWorker("mail");
    await fleet.addDrone("mail", () => worker);
    await fleet.addWorker("open");
    await fleet.addCatalog("open", { tools: [{ name: "x" }] });
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["mail_t1", "open_x"]);
    expect(namesOf(await fleet.handle("tools/list", as("ann")))).toEqual(["mail_t2", "open_x"]);
    expect(namesOf(await fleet.handle("tools/list", as("bob")))).toEqual(["mail_t3", "open_x"]);
    expect(namesOf(await fleet.handle("tools/list", as("ann")))).toEqual(["mail_t2", "open_x"]);
    expect(worker.countOf("tools/list")).toBe(3);
    expect((await fleet.store.records.get(keys.catalog("mail")))?.value).toMatchObject({
      catalog: { tools: [{ name: "t1" }] },
    });
  });

  test("are read again for each caller after the worker says that they changed", async () => {
    const worker = counting("private");
    await fleet.addWorker("mail");
    await fleet.addDrone("mail", () => worker);
    await fleet.handle("tools/list");
    expect(namesOf(await fleet.handle("tools/list", as("ann")))).toEqual(["mail_t2"]);
    worker.notify("notifications/tools/list_changed");
    await settle();
    await fleet.clock.advance(1_000);
    await fleet.handle("tools/list", as("ann"));
    await settle();
    const [latest] = namesOf(await fleet.handle("tools/list", as("ann")));
    expect(latest).toBe("mail_t4");
  });

  test("of another caller name no tool that can be called", async () => {
    const worker = counting("private");
    await fleet.addWorker("mail");
    await fleet.addDrone("mail", () => worker);
    await fleet.handle("tools/list");
    await fleet.handle("tools/list", as("ann"));
    await fleet.handle("tools/list", as("bob"));
    const refused = await fleet.call("mail_t2", as("bob"));
    expect(refused).toMatchObject({ kind: "error", error: { code: -32602 } });
  });

  test("that cannot be read leave the rest in place", async () => {
    const worker = counting("private");
    await fleet.addWorker("mail");
    const drone = await fleet.addDrone("mail", () => worker);
    await fleet.addWorker("open");
    await fleet.addCatalog("open", { tools: [{ name: "x" }] });
    await fleet.handle("tools/list");
    await fleet.store.records.delete(keys.drone(drone.id));
    await settle();
    const pending = fleet.handle("tools/list", as("ann"));
    await settle();
    await fleet.clock.advance(15_000);
    const answer = listed(await pending);
    expect(answer.tools).toEqual([{ name: "open_x" }]);
    expect(answer.ttlMs).toBe(1_000);
  });
});

describe("a first list over many workers", () => {
  test("meets some dozens at a time and waits for the slow ones no longer than its bound", async () => {
    let meeting = 0;
    let most = 0;
    const slow = new Set(["w7", "w150"]);
    await fleet.router.close();
    fleet = await testFleet({
      async onWake(name) {
        meeting += 1;
        most = Math.max(most, meeting);
        if (!slow.has(name)) {
          await settle();
          meeting -= 1;
          await fleet.addDrone(name, () => fakeWorker({ era: "modern", tools: [{ name: "t" }] }));
        }
        return Response.json({ worker: name, state: "waking" }, { status: 202 });
      },
    });
    for (let n = 0; n < 200; n += 1) await fleet.addWorker(`w${n}`);
    const pending = fleet.handle("tools/list");
    for (let turn = 0; turn < 400 && fleet.wakes.length < 200; turn += 1) await settle();
    for (let turn = 0; turn < 50; turn += 1) await settle();
    await fleet.clock.advance(15_000);
    const answer = listed(await pending);
    expect(answer.tools).toHaveLength(198);
    expect(answer.ttlMs).toBe(1_000);
    expect(most).toBeLessThanOrEqual(64);
  });
});
