/** Hedges, kept answers and the caller's time, through a router and over its drones. */
import { beforeEach, describe, expect, test } from "vitest";
import { settle } from "../testing/fake-clock.ts";
import { testFleet, type TestFleet, workerRecord } from "../testing/fleet.ts";
import {
  begun,
  codeOf,
  countingWorker,
  said,
  textOf,
  type Counting,
} from "../testing/counting-worker.ts";

let fleet: TestFleet;
let w: Counting;
beforeEach(async () => {
  fleet = await testFleet();
  w = await countingWorker(fleet);
});

async function withCalls(calls: object): Promise<void> {
  await fleet.addWorker("w", { ...workerRecord("w"), naming: "verbatim", calls });
}

describe("a slow read with a hedge", () => {
  beforeEach(() => withCalls({ hedgeAfterMs: 200 }));

  test("is made on a second drone; the first answer wins and the other is cancelled", async () => {
    const [one, two] = [await w.addDrone(), await w.addDrone()];
    const { outcome } = await begun(fleet, "read");
    await fleet.clock.advance(199);
    expect(w.runs).toEqual({ read: 1 });
    await fleet.clock.advance(1);
    expect(w.runs).toEqual({ read: 2 });
    expect([one, two].map(({ worker }) => worker().countOf("tools/call"))).toEqual([1, 1]);
    two.answer(said("second"));
    expect(textOf(await outcome)).toContain("second");
    await settle();
    expect(one.worker().countOf("notifications/cancelled")).toBe(1);
    expect(fleet.clock.pending()).toBeLessThan(5);
  });

  test("waits for the other when one is lost", async () => {
    const [one, two] = [await w.addDrone(), await w.addDrone()];
    const { outcome } = await begun(fleet, "read");
    await fleet.clock.advance(200);
    one.kill();
    await settle();
    two.answer(said("survivor"));
    expect(textOf(await outcome)).toContain("survivor");
    expect(w.runs).toEqual({ read: 2 });
  });

  test("wakes and waits for nobody", async () => {
    const only = await w.addDrone();
    const { outcome } = await begun(fleet, "read");
    await fleet.clock.advance(10_000);
    expect(w.runs).toEqual({ read: 1 });
    expect(fleet.wakes).toEqual([]);
    only.answer();
    expect(textOf(await outcome)).toContain("done");
  });

  test.each(["pay", "put"])("is for reads alone: %s is made once", async (tool) => {
    await w.addDrone();
    await w.addDrone();
    const { outcome } = await begun(fleet, tool);
    await fleet.clock.advance(1_000);
    expect(w.runs).toEqual({ [tool]: 1 });
    for (const drone of w.drones) drone.answer();
    expect((await outcome).kind).toBe("result");
  });

  test("ends both when its client leaves", async () => {
    await w.addDrone();
    await w.addDrone();
    const leaves = new AbortController();
    const { outcome } = await begun(fleet, "read", { signal: leaves.signal });
    await fleet.clock.advance(200);
    leaves.abort();
    expect(codeOf(await outcome)).toBe("call_cancelled");
    await settle();
    for (const { worker } of w.drones) expect(worker().countOf("notifications/cancelled")).toBe(1);
  });
});

test("without a hedge configured a slow read is made once", async () => {
  const one = await w.addDrone();
  await w.addDrone();
  const { outcome } = await begun(fleet, "read");
  await fleet.clock.advance(30_000);
  expect(w.runs).toEqual({ read: 1 });
  one.answer();
  w.drones[1]?.answer();
  await outcome;
});

describe("a tool that lets its answers be kept", () => {
  test("is asked once by many at a time, and again when its time is over", async () => {
    const drone = await w.addDrone();
    const calls = await Promise.all([1, 2, 3].map(() => begun(fleet, "rate", { args: { a: 1 } })));
    drone.answer(said("1.1"));
    for (const { outcome } of calls) expect(textOf(await outcome)).toContain("1.1");
    const kept = await begun(fleet, "rate", { args: { a: 1 } });
    expect(textOf(await kept.outcome)).toContain("1.1");
    expect(w.runs).toEqual({ rate: 1 });
    await fleet.clock.advance(60_000);
    await begun(fleet, "rate", { args: { a: 1 } });
    expect(w.runs).toEqual({ rate: 2 });
  });

  test("is asked for each principal and each set of arguments", async () => {
    await w.addDrone();
    await begun(fleet, "rate", { principal: "ann" });
    await begun(fleet, "rate", { principal: "bob" });
    await begun(fleet, "rate", { principal: "bob", args: { a: 1 } });
    expect(w.runs).toEqual({ rate: 3 });
  });

  test.each([
    { ...said("no"), isError: true },
    { resultType: "input_required", inputRequests: {}, requestState: "s" },
  ])("keeps no failure and no question", async (result) => {
    const drone = await w.addDrone();
    for (const runs of [1, 2]) {
      const { outcome } = await begun(fleet, "rate");
      drone.answer(result);
      await outcome;
      expect(w.runs).toEqual({ rate: runs });
    }
  });

  test("goes on for those who wait when one leaves, and ends when all have", async () => {
    const drone = await w.addDrone();
    const [one, two] = [new AbortController(), new AbortController()];
    await begun(fleet, "rate", { signal: one.signal });
    await begun(fleet, "rate", { signal: two.signal });
    one.abort();
    await settle();
    expect(drone.worker().countOf("notifications/cancelled")).toBe(0);
    two.abort();
    await settle();
    expect(drone.worker().countOf("notifications/cancelled")).toBe(1);
    await begun(fleet, "rate");
    expect(w.runs).toEqual({ rate: 2 });
  });

  test("may be named by the operator; others are asked each time", async () => {
    await withCalls({ cache: { pay: { ttlMs: 1_000, scope: "public" } } });
    const drone = await w.addDrone();
    for (const principal of ["ann", "bob"]) {
      const { outcome } = await begun(fleet, "pay", { principal });
      drone.answer();
      await outcome;
    }
    expect(w.runs).toEqual({ pay: 1 });
    for (const _ of [1, 2]) {
      const { outcome } = await begun(fleet, "read");
      drone.answer();
      await outcome;
    }
    expect(w.runs).toEqual({ pay: 1, read: 2 });
  });

  test("takes no more memory than it may", async () => {
    fleet = await testFleet({ limits: { resultCacheBytes: 80_000 } });
    w = await countingWorker(fleet);
    const drone = await w.addDrone();
    const call = async (a: number): Promise<void> => {
      const { outcome } = await begun(fleet, "rate", { args: { a } });
      drone.answer(said("x".repeat(3_000)));
      await outcome;
    };
    for (let a = 0; a < 20; a += 1) await call(a);
    expect(w.runs).toEqual({ rate: 20 });
    await begun(fleet, "rate", { args: { a: 19 } });
    expect(w.runs).toEqual({ rate: 20 });
    await begun(fleet, "rate", { args: { a: 0 } });
    expect(w.runs).toEqual({ rate: 21 });
  });
});

const timed = (ms: unknown) => ({
  params: { name: "pay", _meta: { "dev.flotilla/deadlineMs": ms } },
});

describe("a caller's deadline", () => {
  test("ends the call, tells the worker to stop, and is passed on as what is left", async () => {
    const waking = fleet.call("pay", timed(5_000));
    await fleet.clock.advance(2_000);
    const drone = await w.addDrone();
    await settle();
    const sent = drone.worker().got.find(({ method }) => method === "tools/call");
    expect(sent?.params["_meta"]).toMatchObject({ "dev.flotilla/deadlineMs": 3_000 });
    await fleet.clock.advance(3_000);
    expect(await waking).toMatchObject({
      error: { data: { code: "call_timeout", mayHaveRun: true } },
    });
    await settle();
    expect(drone.worker().countOf("notifications/cancelled")).toBe(1);
  });

  test("never lengthens the worker's own", async () => {
    await w.addDrone();
    const outcome = fleet.call("pay", timed(3_600_000));
    await fleet.clock.advance(60_000);
    expect(codeOf(await outcome)).toBe("call_timeout");
  });

  test.each([0, -1, "5s", 1e12])("%j is none", async (ms) => {
    expect(codeOf(await fleet.call("pay", timed(ms)))).toBe("bad_request");
  });
});
