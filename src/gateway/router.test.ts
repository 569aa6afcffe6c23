import { afterEach, describe, expect, test } from "vitest";
import { FakeError, fakeWorker } from "./testing/fake-worker.ts";
import { settle } from "./testing/fake-clock.ts";
import { testFleet, type TestFleet, type TestFleetOptions } from "./testing/fleet.ts";

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

const ok = '{"resultType":"complete","content":[{"type":"text","text":"hi"}],"n":1.0}';
const echo = { tools: [{ name: "echo", inputSchema: { type: "object" } }] };

const hangs = ({ method }: { method: string }): unknown =>
  method === "tools/call" ? "never" : undefined;

const dying = (annotations: object): { tools: { name: string; annotations: object }[] } => ({
  tools: [{ name: "echo", annotations }],
});

describe("a call to a ready drone", () => {
  test("reaches the worker under its own name, and the answer comes back byte for byte", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const worker = fakeWorker({
      era: "modern",
      on: ({ method }) => (method === "tools/call" ? ok : undefined),
    });
    await fleet.addDrone("acme", () => worker);
    const outcome = await fleet.call("acme_echo");
    expect(outcome).toEqual({ kind: "result", result: { text: ok } });
    const call = worker.got.find(({ method }) => method === "tools/call");
    expect(call?.params["name"]).toBe("echo");
    expect(call?.params["_meta"]).toMatchObject({
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    });
    expect(fleet.wakes).toEqual([]);
  });

  test("of a legacy worker gets what a modern result must have", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    const worker = fakeWorker({
      era: "legacy",
      capabilities: { tools: {}, resources: {} },
      on: ({ method }) =>
        method === "tools/call"
          ? '{"content":[],"x":1.0}'
          : method === "resources/read"
            ? '{"contents":[]}'
            : undefined,
    });
    await fleet.addCatalog("acme", { ...echo, capabilities: { tools: {}, resources: {} } });
    await fleet.addDrone("acme", () => worker);
    expect(await fleet.call("acme_echo")).toEqual({
      kind: "result",
      result: { text: '{"content":[],"x":1.0,"resultType":"complete"}' },
    });
    const read = await fleet.handle("resources/read", { params: { uri: "a://b" } });
    expect(read).toMatchObject({ kind: "result" });
    if (read.kind === "result") {
      expect(JSON.parse(read.result.text)).toEqual({
        contents: [],
        resultType: "complete",
        ttlMs: 0,
        cacheScope: "private",
      });
    }
    expect(worker.got.map(({ method }) => method).slice(0, 3)).toEqual([
      "server/discover",
      "initialize",
      "notifications/initialized",
    ]);
    expect(worker.got.find(({ method }) => method === "tools/call")?.params).toEqual({
      name: "echo",
      arguments: {},
    });
  });

  test("with isError passes, and is told as a tool error", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const text = '{"content":[],"isError":true,"resultType":"complete"}';
    await fleet.addDrone("acme", () =>
      fakeWorker({
        era: "modern",
        on: ({ method }) => (method === "tools/call" ? text : undefined),
      }),
    );
    expect(await fleet.call("acme_echo")).toEqual({ kind: "result", result: { text } });
    await fleet.clock.advance(500);
    expect(fleet.store.appended).toMatchObject([
      { topic: "calls", value: { worker: "acme", target: "echo", outcome: "tool_error" } },
    ]);
  });

  test("passes the worker's own error and input_required on", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    const tools = [{ name: "bad" }, { name: "asks" }, { name: "caps" }, { name: "odd" }];
    await fleet.addCatalog("acme", { tools });
    const asks = '{"resultType":"input_required","inputRequests":{},"requestState":"s"}';
    await fleet.addDrone("acme", () =>
      fakeWorker({
        era: "modern",
        tools,
        on: ({ method, params }) => {
          if (method !== "tools/call") return undefined;
          if (params["name"] === "bad") return new FakeError(-32602, "no such thing", { a: 1 });
          if (params["name"] === "caps")
            return new FakeError(-32021, "need", { requiredCapabilities: {} });
          return params["name"] === "odd" ? '{"resultType":"task"}' : asks;
        },
      }),
    );
    expect(await fleet.call("acme_bad")).toEqual({
      kind: "error",
      error: { code: -32602, message: "no such thing", data: { a: 1 } },
    });
    expect(await fleet.call("acme_caps")).toMatchObject({ kind: "error", httpStatus: 400 });
    expect(await fleet.call("acme_asks")).toEqual({
      kind: "input_required",
      result: { text: asks },
    });
    expect(await fleet.call("acme_odd")).toMatchObject({
      kind: "error",
      cause: { code: "drone_protocol" },
    });
  });

  test("goes to the drone with the fewest calls", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const one = fakeWorker({ era: "modern", on: hangs });
    const two = fakeWorker({ era: "modern", on: hangs });
    await fleet.addDrone("acme", () => one);
    await fleet.addDrone("acme", () => two);
    for (let n = 0; n < 6; n++) void fleet.call("acme_echo");
    await settle();
    expect([one.countOf("tools/call"), two.countOf("tools/call")]).toEqual([3, 3]);
  });
});

describe("waking", () => {
  test("200 first calls make one wake, registered before it is asked for, and all succeed", async () => {
    const demand: unknown[] = [];
    const fleet = await fleetOf({
      onWake(_worker, { store }) {
        demand.push(store.puts.findLast(({ key }) => key === "activity/acme/gw-1")?.value);
        return Response.json({ worker: "acme", state: "waking" }, { status: 202 });
      },
    });
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const calls = Array.from({ length: 200 }, () => fleet.call("acme_echo"));
    await settle();
    expect(fleet.wakes).toEqual(["acme"]);
    expect(demand).toMatchObject([{ waiting: expect.any(Number) }]);
    expect((demand[0] as { waiting: number }).waiting).toBeGreaterThan(0);
    const worker = fakeWorker({
      era: "legacy",
      on: ({ method }) => (method === "tools/call" ? ok : undefined),
    });
    await fleet.addDrone("acme", () => worker);
    const outcomes = await Promise.all(calls);
    expect(outcomes.every(({ kind }) => kind === "result")).toBe(true);
    expect(worker.countOf("initialize")).toBe(1);
    expect(worker.countOf("tools/call")).toBe(200);
    await fleet.clock.advance(2_000);
    expect(
      fleet.store.puts.findLast(({ key }) => key === "activity/acme/gw-1")?.value,
    ).toMatchObject({
      waiting: 0,
      inFlight: {},
    });
  });

  test("is refused at once for a worker that backs off, with reason and time", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    await fleet.store.records.put("health/acme", {
      worker: "acme",
      state: "backing_off",
      failures: 2,
      lastError: "exited with code 1",
      retryAtMs: fleet.clock.now() + 4_000,
      sinceMs: 0,
    });
    await settle();
    const outcome = await fleet.call("acme_echo");
    expect(outcome).toMatchObject({
      kind: "error",
      cause: { code: "worker_unavailable", retryAfterMs: 4_000, data: { worker: "acme" } },
    });
    expect(fleet.wakes).toEqual([]);
    const list = await fleet.handle("tools/list");
    expect(list.kind === "result" && JSON.parse(list.result.text).tools).toEqual([
      {
        name: "acme_echo",
        inputSchema: { type: "object" },
        _meta: {
          "dev.flotilla/health": {
            state: "backing_off",
            lastError: "exited with code 1",
            retryAtMs: fleet.clock.now() + 4_000,
          },
        },
      },
    ]);
  });

  test("that fails while calls wait fails them all with the reason", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const call = fleet.call("acme_echo");
    await settle();
    await fleet.store.records.put("health/acme", {
      worker: "acme",
      state: "crash_loop",
      failures: 5,
      lastError: "boom",
      sinceMs: 0,
    });
    expect(await call).toMatchObject({ kind: "error", cause: { code: "worker_crash_loop" } });
  });

  test("that never ends times the call out, and tells progress meanwhile", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const told: number[] = [];
    const call = fleet.call("acme_echo", {
      wantsProgress: true,
      notify: (_method, params) => told.push(Number(params["progress"])),
    });
    await fleet.clock.advance(59_000);
    expect(told.length).toBeGreaterThan(50);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(new Set(told).size).toBe(told.length);
    expect(told.at(-1)).toBeLessThan(0.001);
    await fleet.clock.advance(1_000);
    expect(await call).toMatchObject({ kind: "error", cause: { code: "wake_timeout" } });
    // Asked again now and then, in case the coordinator lost the first request.
    expect(fleet.wakes.length).toBe(6);
  });

  test("has a waiting room with a bound", async () => {
    const fleet = await fleetOf({ limits: { maxWaitingPerWorker: 2 } });
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    void fleet.call("acme_echo");
    void fleet.call("acme_echo");
    expect(await fleet.call("acme_echo")).toMatchObject({
      kind: "error",
      cause: { code: "overloaded" },
    });
  });

  test("is given up by a client that leaves", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const client = new AbortController();
    const call = fleet.call("acme_echo", { signal: client.signal });
    await settle();
    client.abort();
    expect(await call).toMatchObject({ kind: "error", cause: { code: "call_cancelled" } });
    await fleet.clock.advance(30_000);
    expect(fleet.wakes).toEqual(["acme"]);
  });
});

describe("losing a drone", () => {
  test("in the middle of a call says that the call may have run", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", dying({ readOnlyHint: false }));
    const worker = fakeWorker({
      era: "modern",
      on: ({ method }) => (method === "tools/call" ? "never" : undefined),
    });
    await fleet.addDrone("acme", () => worker);
    const call = fleet.call("acme_echo");
    await settle();
    worker.end.close();
    expect(await call).toMatchObject({ kind: "error", cause: { code: "call_ambiguous" } });
    expect(worker.countOf("tools/call")).toBe(1);
  });

  test.each([{ readOnlyHint: true }, { idempotentHint: true }])(
    "is made good once for a tool with %o",
    async (hint) => {
      const fleet = await fleetOf();
      await fleet.addWorker("acme");
      await fleet.addCatalog("acme", dying(hint));
      // Re-reading the lists must not take the annotation away before the call is made.
      const tools = { resultType: "complete", ...dying(hint) };
      const first = fakeWorker({
        era: "modern",
        on: ({ method }) =>
          method === "tools/call" ? "never" : method === "tools/list" ? tools : undefined,
      });
      const second = fakeWorker({
        era: "modern",
        on: ({ method }) =>
          method === "tools/call" ? ok : method === "tools/list" ? tools : undefined,
      });
      const drone = await fleet.addDrone("acme", () => first);
      const call = fleet.call("acme_echo");
      await settle();
      first.end.close();
      await settle();
      expect(fleet.wakes).toEqual(["acme"]);
      await fleet.store.records.delete(`drone/${drone.id}`);
      await fleet.addDrone("acme", () => second);
      expect(await call).toMatchObject({ kind: "result" });
    },
  );

  test("that refuses to be dialled is dialled again for the next call", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    let dials = 0;
    await fleet.addDrone("acme", () => {
      dials += 1;
      throw new Error("not yet");
    });
    const call = fleet.call("acme_echo");
    await settle();
    await fleet.clock.advance(61_000);
    expect(await call).toMatchObject({ kind: "error", cause: { code: "wake_timeout" } });
    const before = dials;
    void fleet.call("acme_echo");
    await settle();
    expect(dials).toBe(before + 1);
  });

  test("before anything was sent uses another one, whatever the tool", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    await fleet.addDrone("acme", () => {
      throw new Error("gone");
    });
    await fleet.addDrone("acme", () =>
      fakeWorker({ era: "modern", on: ({ method }) => (method === "tools/call" ? ok : undefined) }),
    );
    expect(await fleet.call("acme_echo")).toMatchObject({ kind: "result" });
  });

  test("whose record stays ready is reported, so that a call does not wait for it in vain", async () => {
    const fleet = await fleetOf();
    await fleet.addWorker("acme");
    await fleet.addCatalog("acme", echo);
    const worker = fakeWorker({ era: "modern", on: hangs });
    const drone = await fleet.addDrone("acme", () => worker);
    const call = fleet.call("acme_echo");
    await settle();
    for (let n = 0; n < 1_000; n++) await worker.end.send("garbage");
    expect(await call).toMatchObject({ kind: "error", cause: { code: "drone_protocol" } });
    expect(fleet.retired).toEqual([]);
    await fleet.clock.advance(2_000);
    expect(fleet.retired).toEqual([drone.id]);
  });
});
