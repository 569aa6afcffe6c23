/** Tasks that a worker makes itself: the gateway finds the way back to them, for those who may. */
import { beforeEach, describe, expect, test } from "vitest";
import { TASKS_EXTENSION } from "../../protocol/meta.ts";
import type { ClientContext, Endpoint, ListenRequest } from "../call.ts";
import { settle } from "../testing/fake-clock.ts";
import { FakeError, type FakeWorker, fakeWorker } from "../testing/fake-worker.ts";
import { testFleet, type TestFleet } from "../testing/fleet.ts";
import { ask, get, taskClient, told } from "../testing/task-client.ts";

const CAPABILITIES = { tools: {}, extensions: { [TASKS_EXTENSION]: {} } };

const TOOLS = [{ name: "slow", inputSchema: { type: "object" } }];

let fleet: TestFleet;
let other: TestFleet;
let workers: FakeWorker[];
let droneIds: string[];
let status: string;
beforeEach(async () => {
  status = "working";
  workers = [];
  droneIds = [];
  fleet = await testFleet();
  await fleet.addWorker("w");
  await fleet.addCatalog("w", { tools: TOOLS, capabilities: CAPABILITIES });
  for (const _ of [1, 2]) await addDrone();
  other = await testFleet({ beside: fleet, gatewayId: "gw-2" });
});

/** Each drone knows its own tasks alone. */
async function addDrone(): Promise<void> {
  const index = droneIds.length;
  const inner = `inner-${index}`;
  const { id } = await fleet.addDrone("w", () => {
    const worker = fakeWorker({
      era: "modern",
      capabilities: CAPABILITIES,
      tools: TOOLS,
      on({ method, params }) {
        const task = { taskId: inner, status, ttlMs: 60_000, pollIntervalMs: 1_000, n: 1 };
        if (method === "tools/call") return { resultType: "task", ...task };
        if (!method.startsWith("tasks/")) return undefined;
        if (params["taskId"] !== inner) return new FakeError(-32602, "no such task");
        return { resultType: "complete", ...(method === "tasks/get" ? task : {}) };
      },
    });
    workers[index] = worker;
    return worker;
  });
  droneIds.push(id);
}

async function create(): Promise<string> {
  const created = told(await fleet.call("w_slow", { client: taskClient() }));
  expect(created).toMatchObject({ resultType: "task", status: "working", n: 1 });
  expect(created.taskId).not.toContain("inner");
  return created.taskId;
}

const sentTo = (method: string): number[] =>
  droneIds.map((_, index) => workers[index]?.countOf(method) ?? 0);

test("its id leads any gateway to the drone that has it", async () => {
  const ids = [await create(), await create()];
  // Both drones are idle after each answer, so chance did not spread them: the pins must.
  for (const taskId of ids) {
    for (const one of [fleet, other]) expect((await get(one, taskId)).taskId).toBe(taskId);
  }
  const [first = ""] = ids;
  for (const method of ["tasks/update", "tasks/cancel"]) {
    const outcome = await ask(other, method, { taskId: first, inputResponses: { a: 1 } });
    expect(told(outcome)).toEqual({ resultType: "complete" });
  }
  const update = workers.flatMap(({ got }) => got).find(({ method }) => method === "tasks/update");
  expect(update?.params).toMatchObject({ taskId: "inner-0", inputResponses: { a: 1 } });
});

test("a busier drone is asked all the same when it has the task", async () => {
  const taskId = await create();
  const busy = fleet.call("w_slow", { client: taskClient() });
  await busy;
  await get(fleet, taskId);
  expect(sentTo("tasks/get")).toEqual([1, 0]);
});

test("the drone of a task under way is in use until the task is over", async () => {
  const taskId = await create();
  await fleet.clock.advance(1_500);
  const inFlight = async (): Promise<unknown> => {
    await fleet.clock.advance(1_500);
    return (await fleet.store.records.get("activity/w/gw-1"))?.value;
  };
  expect(await inFlight()).toMatchObject({ inFlight: { [droneIds[0] ?? ""]: 1 } });
  status = "completed";
  await get(fleet, taskId);
  expect(await inFlight()).toMatchObject({ inFlight: {} });
});

test("a drone that is gone: whoever is there now says whether it knows the task", async () => {
  const taskId = await create();
  await fleet.store.records.delete(`drone/${droneIds[0]}`);
  await settle();
  expect(await ask(fleet, "tasks/get", { taskId })).toMatchObject({ error: { code: -32602 } });
  expect(sentTo("tasks/get")).toEqual([0, 1]);
});

describe("nobody gets at a task", () => {
  const cases: [string, { client?: ClientContext; endpoint?: Endpoint }][] = [
    ["of another principal", { client: taskClient("mallory") }],
    ["through another endpoint", { endpoint: { kind: "worker", worker: "w" } }],
  ];
  test.each(cases)("%s", async (_name, change) => {
    const taskId = await create();
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      expect(await ask(fleet, method, { taskId, ...change })).toMatchObject({
        error: { code: -32602 },
      });
    }
    expect(
      workers.flatMap(({ got }) => got).filter(({ method }) => method.startsWith("tasks/")),
    ).toEqual([]);
  });

  test.each(["inner-0", "", "x".repeat(70_000), 7, undefined])("by the id %j", async (taskId) => {
    await create();
    expect(await ask(fleet, "tasks/get", { taskId })).toMatchObject({ error: { code: -32602 } });
  });
});

describe("a client that does not declare the extension", () => {
  const client: ClientContext = { ...taskClient(), capabilities: {} };

  test("is told so by every method of it", async () => {
    const taskId = await create();
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      expect(await ask(fleet, method, { taskId, client })).toMatchObject({
        error: {
          code: -32021,
          data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
        },
        httpStatus: 400,
      });
    }
  });

  test("is given no task, whatever the worker says; nor is a legacy one", async () => {
    for (const one of [client, { ...taskClient(), era: "legacy" as const, capabilities: {} }]) {
      const outcome = await fleet.call("w_slow", { client: one });
      expect(outcome).toMatchObject({ error: { data: { code: "drone_protocol" } } });
    }
    const calls = workers.flatMap(({ got }) => got).filter(({ method }) => method === "tools/call");
    expect(calls).toHaveLength(2);
    expect(JSON.stringify(calls)).not.toContain(TASKS_EXTENSION);
  });
});

test.each(["tasks/list", "tasks/result", "tasks/other"])("%s does not exist", async (method) => {
  expect(await ask(fleet, method, { taskId: "x" })).toMatchObject({ error: { code: -32601 } });
});

function listen(taskIds: string[], client = taskClient()) {
  const heard: Record<string, unknown>[] = [];
  const end = new AbortController();
  const request: ListenRequest = {
    endpoint: { kind: "aggregate" },
    client,
    filter: {
      toolsListChanged: false,
      promptsListChanged: false,
      resourcesListChanged: false,
      resourceSubscriptions: [],
      taskIds,
    },
    signal: end.signal,
    emit(method, params) {
      expect(method).toBe("notifications/tasks");
      heard.push(params);
    },
  };
  return { heard, end, honoured: other.router.listen(request) };
}

describe("listening", () => {
  test("tells how the task is, and each change, to its end", async () => {
    const taskId = await create();
    const { heard, honoured } = listen([taskId, "stranger"]);
    expect((await honoured).taskIds).toEqual([taskId]);
    await settle();
    expect(heard).toEqual([
      { taskId, status: "working", ttlMs: 60_000, pollIntervalMs: 1_000, n: 1 },
    ]);
    await fleet.clock.advance(3_000);
    expect(heard).toHaveLength(1);
    status = "completed";
    await fleet.clock.advance(1_000);
    expect(heard.map((task) => task["status"])).toEqual(["working", "completed"]);
    const asked = sentTo("tasks/get");
    await fleet.clock.advance(60_000);
    expect(sentTo("tasks/get")).toEqual(asked);
  });

  test("ends with its listener", async () => {
    const taskId = await create();
    const { end, honoured } = listen([taskId]);
    await honoured;
    await settle();
    end.abort();
    await settle();
    const asked = sentTo("tasks/get");
    await fleet.clock.advance(60_000);
    expect(sentTo("tasks/get")).toEqual(asked);
  });

  test("to another's task is not granted", async () => {
    const taskId = await create();
    expect((await listen([taskId], taskClient("mallory")).honoured).taskIds).toEqual([]);
  });
});
