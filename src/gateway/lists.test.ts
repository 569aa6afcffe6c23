import { afterEach, describe, expect, test } from "vitest";
import type { McpOutcome } from "./call.ts";
import { settle } from "./testing/fake-clock.ts";
import { fakeWorker } from "./testing/fake-worker.ts";
import { mcpRequest, testFleet, type TestFleet, type TestFleetOptions } from "./testing/fleet.ts";

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

type Listed = {
  tools: { name: string }[];
  ttlMs: number;
  nextCursor?: string;
  capabilities: Record<string, unknown>;
};
function listed(outcome: McpOutcome): Listed {
  if (outcome.kind !== "result") throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.result.text);
}
const namesOf = (outcome: McpOutcome): string[] => listed(outcome).tools.map(({ name }) => name);
const worker = (name: string) => ({ kind: "worker" as const, worker: name });

describe("lists", () => {
  test("are answered while everything sleeps, and neither they nor discovery wake anything", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("beta");
    await fleet.addWorker("alpha", { naming: "verbatim" });
    await fleet.addCatalog("beta", { tools: [{ name: "z" }, { name: "a" }] });
    await fleet.addCatalog("alpha", { tools: [{ name: "z" }] });
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["z", "beta_z", "beta_a"]);
    expect(namesOf(await fleet.handle("tools/list", { endpoint: worker("beta") }))).toEqual([
      "z",
      "a",
    ]);
    expect(listed(await fleet.handle("server/discover")).capabilities).toEqual({
      tools: { listChanged: true },
      extensions: { "io.modelcontextprotocol/tasks": {} },
    });
    expect(fleet.wakes).toEqual([]);
  });

  test("meet unknown workers at once and together, and keep what they say", async () => {
    const fleet: TestFleet = await fleetOf({
      async onWake(name) {
        await fleet.addDrone(name, () =>
          fakeWorker({ era: "legacy", tools: [{ name: `of-${name}` }] }),
        );
        return Response.json({ worker: name, state: "waking" }, { status: 202 });
      },
    });
    for (const name of ["a", "b", "c"]) await fleet.addWorker(name);
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["a_of-a", "b_of-b", "c_of-c"]);
    expect(fleet.wakes.toSorted()).toEqual(["a", "b", "c"]);
    expect((await fleet.store.records.get("catalog/b"))?.value).toMatchObject({
      source: "drone",
      revision: "r1",
    });
  });

  test("wait for unknown workers no longer than the bound, and tell of them when they come", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("slow");
    await fleet.addWorker("known");
    await fleet.addCatalog("known", { tools: [{ name: "x" }] });
    const told: string[] = [];
    const filter = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: false,
      resourceSubscriptions: [],
    };
    const { client } = mcpRequest("subscriptions/listen");
    const stop = new AbortController();
    await fleet.router.listen({
      endpoint: { kind: "aggregate" },
      client,
      filter,
      signal: stop.signal,
      emit: (method) => told.push(method),
    });
    const list = fleet.handle("tools/list");
    await fleet.clock.advance(14_999);
    let isDone = false;
    void list.then(() => (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    await fleet.clock.advance(1);
    expect(namesOf(await list)).toEqual(["known_x"]);
    expect(listed(await list).ttlMs).toBeLessThanOrEqual(1_000);
    // It is still tried, but nobody waits for it a second time.
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["known_x"]);
    await fleet.addDrone("slow", () => fakeWorker({ era: "modern", tools: [{ name: "late" }] }));
    await fleet.clock.advance(100);
    expect(told).toEqual(["notifications/tools/list_changed"]);
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["known_x", "slow_late"]);
    stop.abort();
  });

  test("follow a worker that says they changed, read once for a burst", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("a");
    await fleet.addCatalog("a", { tools: [{ name: "echo" }] });
    const tools = [{ name: "echo" }];
    const drone = fakeWorker({
      era: "legacy",
      tools,
      on: ({ method }) => (method === "tools/call" ? { content: [] } : undefined),
    });
    await fleet.addDrone("a", () => drone);
    await fleet.call("a_echo");
    await settle();
    const before = drone.countOf("tools/list");
    tools.push({ name: "new" });
    for (let n = 0; n < 10; n++) drone.notify("notifications/tools/list_changed");
    await fleet.clock.advance(1_000);
    expect(drone.countOf("tools/list") - before).toBe(1);
    expect(namesOf(await fleet.handle("tools/list"))).toEqual(["a_echo", "a_new"]);
  });

  test("come in pages whose cursors are refused elsewhere", async () => {
    const fleet = await fleetOf({ limits: { pageEntries: 2 } });
    await fleet.addWorker("a");
    await fleet.addCatalog("a", { tools: [{ name: "1" }, { name: "2" }, { name: "3" }] });
    const first = listed(await fleet.handle("tools/list"));
    expect(first.tools).toHaveLength(2);
    const rest = await fleet.handle("tools/list", { params: { cursor: first.nextCursor } });
    expect(namesOf(rest)).toEqual(["a_3"]);
    const elsewhere = { params: { cursor: first.nextCursor }, endpoint: worker("a") };
    expect(await fleet.handle("tools/list", elsewhere)).toMatchObject({
      kind: "error",
      error: { code: -32602 },
    });
  });
});

describe("names", () => {
  test("that do not exist are refused with near ones", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", { tools: [{ name: "search_files" }] });
    expect(await fleet.call("search_files")).toMatchObject({
      kind: "error",
      error: { code: -32602, message: expect.stringContaining("acme_search_files") },
    });
    expect(await fleet.handle("tools/list", { endpoint: worker("acne") })).toMatchObject({
      kind: "error",
      error: { code: -32602, message: expect.stringContaining("acme") },
    });
    expect(await fleet.handle("tools/delete")).toMatchObject({
      error: { code: -32601 },
      httpStatus: 404,
    });
    expect(await fleet.call("")).toMatchObject({ error: { code: -32602 } });
    expect(fleet.wakes).toEqual([]);
  });

  test("of prompts, resources and references are led to their worker", async () => {
    const fleet = await fleetOf();
    const capabilities = { tools: {}, prompts: {}, resources: {}, completions: {} };
    for (const id of ["a", "b"]) {
      const offered: Record<string, { name: string; [key: string]: unknown }[]> = {
        prompts: [{ name: "hello" }],
        resources: [
          { name: "shared", uri: "x://shared" },
          { name: "own", uri: `${id}://own/1` },
        ],
        resourceTemplates: [{ name: "t", uriTemplate: `${id}t://{id}` }],
      };
      await fleet.addWorker(id);
      await fleet.addCatalog(id, { capabilities, ...offered });
      await fleet.addDrone(id, () =>
        fakeWorker({
          era: "modern",
          capabilities,
          on: ({ method, params }) =>
            method === "server/discover"
              ? undefined
              : {
                  resultType: "complete",
                  id,
                  params,
                  ...(method.endsWith("/list") ? offered : {}),
                },
        }),
      );
    }
    const answers: Record<string, unknown> = {};
    const ask = async (method: string, params: Record<string, unknown>): Promise<unknown> => {
      const outcome = await fleet.handle(method, { params });
      return outcome.kind === "result" ? JSON.parse(outcome.result.text) : outcome;
    };
    const asked: [string, Record<string, unknown>, string][] = [
      ["prompts/get", { name: "b_hello" }, "b"],
      ["resources/read", { uri: "x://shared" }, "a"],
      ["resources/read", { uri: "b://own/1" }, "b"],
      ["resources/read", { uri: "bt://7" }, "b"],
      ["resources/read", { uri: "a://own/2" }, "a"],
      ["completion/complete", { ref: { type: "ref/prompt", name: "b_hello" }, argument: {} }, "b"],
      [
        "completion/complete",
        { ref: { type: "ref/resource", uri: "at://{id}" }, argument: {} },
        "a",
      ],
    ];
    for (const [method, params, expected] of asked) {
      answers[JSON.stringify(params)] = await ask(method, params);
      expect(answers[JSON.stringify(params)], JSON.stringify(params)).toMatchObject({
        id: expected,
      });
    }
    expect(answers[JSON.stringify(asked[0]?.[1])]).toMatchObject({ params: { name: "hello" } });
    expect(answers[JSON.stringify(asked[5]?.[1])]).toMatchObject({
      params: { ref: { name: "hello" } },
    });
  });
});
