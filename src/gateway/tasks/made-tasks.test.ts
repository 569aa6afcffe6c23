/** Calls that take long, as clients of the Tasks extension see them. */
import { beforeEach, describe, expect, test } from "vitest";
import type { McpOutcome, McpRequest } from "../call.ts";
import {
  begun,
  countingWorker,
  said,
  type Counting,
  type CountingDrone,
} from "../testing/counting-worker.ts";
import { settle } from "../testing/fake-clock.ts";
import { testFleet, type TestFleet, workerRecord } from "../testing/fleet.ts";
import { ask, get, taskClient, told, until } from "../testing/task-client.ts";

let fleet: TestFleet;
let other: TestFleet;
let w: Counting;
let drone: CountingDrone;
beforeEach(async () => {
  const gateways = new Map<string, TestFleet>();
  const elsewhere = async (owner: string, request: McpRequest): Promise<McpOutcome | undefined> =>
    gateways.get(owner)?.router.handle(request);
  fleet = await testFleet({ elsewhere });
  w = await countingWorker(fleet);
  drone = await w.addDrone();
  other = await testFleet({ beside: fleet, gatewayId: "gw-2", elsewhere });
  gateways.set("gw-1", fleet).set("gw-2", other);
});

const call = (change: Partial<McpRequest> = {}): Promise<McpOutcome> =>
  fleet.call("pay", { client: taskClient(), ...change });

/** A call that has become a task. */
async function task(change: Partial<McpRequest> = {}): Promise<string> {
  const outcome = call(change);
  await fleet.clock.advance(10_000);
  const created = told(await outcome);
  expect(created).toMatchObject({ resultType: "task", status: "working" });
  return created.taskId;
}

describe("a call that takes long", () => {
  test("becomes a task that any gateway can be asked about; the call runs once", async () => {
    const taskId = await task();
    for (const one of [fleet, other]) expect((await get(one, taskId)).status).toBe("working");
    drone.answer(said("paid"));
    for (const one of [fleet, other]) {
      const over = await until(one, taskId, "completed");
      expect(over["result"]).toEqual(said("paid"));
      expect(over).toMatchObject({ resultType: "complete", ttlMs: 3_600_000 });
    }
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("is stored before its id is given out", async () => {
    const outcome = call();
    let isTold = false;
    void outcome.then(() => (isTold = true));
    const written = Promise.withResolvers<void>();
    const put = fleet.store.records.put.bind(fleet.store.records);
    fleet.store.records.put = async (key, value, options) => {
      if (key.startsWith("task/")) await written.promise;
      return put(key, value, options);
    };
    await fleet.clock.advance(10_000);
    expect(isTold).toBe(false);
    written.resolve();
    const { taskId } = told(await outcome);
    expect((await get(other, taskId)).status).toBe("working");
  });

  test("outlives its client, and may last longer than a call", async () => {
    const leaves = new AbortController();
    const taskId = await task({ signal: leaves.signal });
    leaves.abort();
    await fleet.clock.advance(300_000);
    expect((await get(fleet, taskId)).status).toBe("working");
    drone.answer();
    expect((await until(fleet, taskId, "completed")).status).toBe("completed");
  });

  test("stays a call while it is quick, for others, and where it was told not to", async () => {
    const quick = call();
    await settle();
    drone.answer(said("quick"));
    expect(told(await quick)).toEqual(said("quick"));
    const plain = await begun(fleet, "pay");
    await fleet.clock.advance(30_000);
    drone.answer(said("plain"));
    expect(told(await plain.outcome)).toEqual(said("plain"));
    await fleet.addWorker("w", {
      ...workerRecord("w"),
      naming: "verbatim",
      calls: { tasks: "never" },
    });
    const never = call();
    await fleet.clock.advance(30_000);
    drone.answer(said("never"));
    expect(told(await never)).toEqual(said("never"));
    expect(fleet.store.puts.filter(({ key }) => key.startsWith("task/"))).toEqual([]);
  });

  test("is cancelled at the worker by whoever holds its id, at any gateway", async () => {
    const taskId = await task();
    expect(told(await ask(other, "tasks/cancel", { taskId }))).toEqual({ resultType: "complete" });
    await until(other, taskId, "cancelled");
    expect(drone.worker().countOf("notifications/cancelled")).toBe(1);
    drone.answer();
    await settle();
    expect((await get(fleet, taskId)).status).toBe("cancelled");
  });

  test("fails with the worker's own error, and completes with a tool's failure", async () => {
    const one = await task();
    drone.answer({ ...said("no"), isError: true });
    expect(await until(fleet, one, "completed")).toMatchObject({ result: { isError: true } });
    const two = await task();
    drone.kill();
    expect(await until(fleet, two, "failed")).toMatchObject({
      error: { data: { code: "call_ambiguous" } },
    });
    expect(w.runs).toEqual({ pay: 2 });
  });

  test("whose result is too large to keep says that it ran", async () => {
    const taskId = await task();
    drone.answer(said("x".repeat(1_100_000)));
    expect(await until(fleet, taskId, "failed")).toMatchObject({
      error: { data: { code: "message_too_large", mayHaveRun: true } },
    });
  });

  test("with too many tasks under way stays a call", async () => {
    fleet = await testFleet({ beside: fleet, gatewayId: "gw-3", limits: { maxTasks: 1 } });
    await task();
    const second = call();
    await fleet.clock.advance(20_000);
    drone.answer();
    drone.answer(said("call"));
    expect(told(await second)).toEqual(said("call"));
  });

  test("whose record cannot be written stays a call, with a call's time", async () => {
    fleet.store.records.put = () => Promise.reject(new Error("disk"));
    const outcome = call();
    await fleet.clock.advance(60_000);
    expect(await outcome).toMatchObject({ error: { data: { code: "call_timeout" } } });
    expect(drone.worker().countOf("notifications/cancelled")).toBe(1);
  });
});

test("a worker that has to be started gives a task soon", async () => {
  await fleet.shared.store.records.delete(`drone/${drone.drone}`);
  await settle();
  const outcome = call();
  await fleet.clock.advance(2_000);
  const { taskId } = told(await outcome);
  drone = await w.addDrone();
  await settle();
  drone.answer(said("warm"));
  expect((await until(fleet, taskId, "completed"))["result"]).toEqual(said("warm"));
});

test("a caller's deadline makes the task sooner instead of ending the call", async () => {
  const outcome = call({ params: { name: "pay", _meta: { "dev.flotilla/deadlineMs": 5_000 } } });
  await fleet.clock.advance(4_000);
  expect(told(await outcome)).toMatchObject({ resultType: "task" });
});

const round = (keys: string[], state: string) => ({
  resultType: "input_required",
  inputRequests: Object.fromEntries(
    keys.map((key) => [key, { method: "elicitation/create", params: { message: key } }]),
  ),
  requestState: state,
});

describe("what a call asks once it is a task", () => {
  test("is answered by tasks/update, in parts, from any gateway, round by round", async () => {
    const taskId = await task();
    drone.answer(round(["a", "b"], "s1"));
    const asking = await until(other, taskId, "input_required");
    expect(Object.keys(asking["inputRequests"] as object)).toEqual(["a", "b"]);
    const update = (inputResponses: object) =>
      ask(other, "tasks/update", { taskId, inputResponses });
    expect(told(await update({ a: 1, stranger: 2 }))).toEqual({ resultType: "complete" });
    const left = await until(fleet, taskId, "input_required");
    expect(Object.keys(left["inputRequests"] as object)).toEqual(["b"]);
    await update({ a: "again", b: 3 });
    await settle();
    const retry = drone
      .worker()
      .got.filter(({ method }) => method === "tools/call")
      .at(-1);
    expect(retry?.params).toMatchObject({ inputResponses: { a: 1, b: 3 }, requestState: "s1" });
    // The worker uses its key again; the task must not.
    drone.answer(round(["a"], "s2"));
    const again = await until(fleet, taskId, "input_required");
    expect(Object.keys(again["inputRequests"] as object)).toEqual(["a-2"]);
    await update({ "a-2": 4 });
    await settle();
    drone.answer(said("thanks"));
    expect((await until(other, taskId, "completed"))["result"]).toEqual(said("thanks"));
  });

  test("and nobody answers, ends the call", async () => {
    const taskId = await task();
    drone.answer(round(["a"], "s1"));
    await until(fleet, taskId, "input_required");
    await fleet.clock.advance(300_000);
    expect(await until(fleet, taskId, "failed")).toMatchObject({
      error: { data: { code: "call_ambiguous" } },
    });
  });
});

describe("a gateway that ends", () => {
  test("without a word: its tasks have failed, and may have run", async () => {
    const taskId = await task();
    expect((await get(other, taskId)).status).toBe("working");
    await fleet.shared.store.records.delete("alive/gw-1");
    const lost = await get(other, taskId);
    expect(lost).toMatchObject({ status: "failed", error: { data: { code: "call_ambiguous" } } });
    // Should it only have been slow: what was told stays, and the worker's call is ended.
    drone.answer();
    await settle();
    expect((await get(fleet, taskId)).status).toBe("failed");
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("in order: its tasks say so at once", async () => {
    const taskId = await task();
    await fleet.router.close();
    expect(await get(other, taskId)).toMatchObject({ status: "failed" });
  });

  test("with tasks that were over: they are there for whoever comes next", async () => {
    const taskId = await task();
    drone.answer(said("paid"));
    await until(fleet, taskId, "completed");
    await fleet.router.close();
    expect(await get(other, taskId)).toMatchObject({ status: "completed", result: said("paid") });
    await fleet.clock.advance(3_600_000);
    expect(await ask(other, "tasks/get", { taskId })).toMatchObject({ error: { code: -32602 } });
  });
});
