import { beforeEach, describe, expect, test } from "vitest";
import { settle } from "../testing/fake-clock.ts";
import { testFleet, type TestFleet } from "../testing/fleet.ts";
import {
  begun,
  codeOf,
  countingWorker,
  said,
  textOf,
  type Counting,
  type CountingDrone,
} from "../testing/counting-worker.ts";

let fleet: TestFleet;
let other: TestFleet;
let w: Counting;
let drone: CountingDrone;
beforeEach(async () => {
  fleet = await testFleet();
  w = await countingWorker(fleet);
  drone = await w.addDrone();
  other = await testFleet({ beside: fleet, gatewayId: "gw-2" });
});

const key = "k1";

describe("calls with one key", () => {
  test("that come at once, at several gateways, run once and get one answer", async () => {
    const calls = await Promise.all(
      [fleet, other, fleet, other].map((one) => begun(one, "pay", { key })),
    );
    drone.answer();
    const texts = await Promise.all(calls.map(async ({ outcome }) => textOf(await outcome)));
    expect(new Set(texts).size).toBe(1);
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("get the same bytes later, until the key is forgotten", async () => {
    const first = await begun(fleet, "pay", { key });
    // What no JSON round trip keeps.
    drone.answer('{"resultType":"complete",  "n": 12345678901234567890, "content":[]}');
    const text = textOf(await first.outcome);
    expect(text).toContain("12345678901234567890");
    await fleet.clock.advance(3_000_000);
    const repeat = await begun(other, "pay", { key });
    expect(textOf(await repeat.outcome)).toBe(text);
    await fleet.clock.advance(3_600_000);
    await begun(other, "pay", { key });
    expect(w.runs).toEqual({ pay: 2 });
  });

  test("belong to their principal", async () => {
    await begun(fleet, "pay", { key, principal: "ann" });
    await begun(fleet, "pay", { key, principal: "bob" });
    expect(w.runs).toEqual({ pay: 2 });
  });

  test.each([
    ["book", {}],
    ["pay", { amount: 2 }],
  ])("are refused for another call", async (tool, args) => {
    await begun(fleet, "pay", { key });
    const wrong = await begun(other, tool, { key, args });
    expect(codeOf(await wrong.outcome)).toBe("bad_request");
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("share a tool's failure and a worker's error: both are answers", async () => {
    const first = await begun(fleet, "pay", { key });
    drone.answer({ ...said("no money"), isError: true });
    await first.outcome;
    const repeat = await begun(fleet, "pay", { key });
    expect(textOf(await repeat.outcome)).toContain("no money");
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("go on without the client that made the first, whose repeat finds the answer", async () => {
    const leaves = new AbortController();
    await begun(fleet, "pay", { key, signal: leaves.signal });
    leaves.abort();
    await settle();
    drone.answer();
    await settle();
    const repeat = await begun(other, "pay", { key });
    expect(textOf(await repeat.outcome)).toContain("done");
    expect(drone.worker().countOf("notifications/cancelled")).toBe(0);
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("tell a repeat whose own time is over to come again", async () => {
    const first = await begun(fleet, "pay", { key });
    // A worker that reports progress may take longer than its repeat would wait.
    const repeat = await begun(other, "pay", { key });
    await fleet.clock.advance(60_000);
    expect(["call_timeout", "call_ambiguous"]).toContain(codeOf(await repeat.outcome));
    await first.outcome;
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("whose answer is too large to keep are told that it ran", async () => {
    const first = await begun(fleet, "pay", { key });
    drone.answer(said("x".repeat(300_000)));
    expect(textOf(await first.outcome)).toContain("xxx");
    const repeat = await begun(fleet, "pay", { key });
    expect(codeOf(await repeat.outcome)).toBe("call_already_ran");
    expect(w.runs).toEqual({ pay: 1 });
  });
});

test("questions are asked alike to repeats, and the answers run the call once", async () => {
  const asking = { resultType: "input_required", inputRequests: {}, requestState: "s1" };
  const first = await begun(fleet, "pay", { key });
  drone.answer(asking);
  const text = textOf(await first.outcome);
  const repeat = await begun(other, "pay", { key });
  expect(textOf(await repeat.outcome)).toBe(text);
  expect(w.runs).toEqual({ pay: 1 });
  const params = {
    name: "pay",
    arguments: {},
    requestState: "s1",
    inputResponses: { a: { action: "accept" } },
    _meta: { "dev.flotilla/idempotencyKey": key },
  };
  const answers = [fleet.call("pay", { params }), other.call("pay", { params })];
  await settle();
  drone.answer();
  for (const outcome of answers) expect(textOf(await outcome)).toContain("done");
  expect(w.runs).toEqual({ pay: 2 });
});

test("a store that cannot be asked: the call is not made", async () => {
  fleet.store.records.get = () => Promise.reject(new Error("disk"));
  const { outcome } = await begun(fleet, "pay", { key });
  expect((await outcome).kind).toBe("error");
  expect(w.runs).toEqual({});
});

test.each(["", "x".repeat(256), 7, null])("%j is no key", async (wrong) => {
  const params = { name: "pay", _meta: { "dev.flotilla/idempotencyKey": wrong } };
  expect(codeOf(await fleet.call("pay", { params }))).toBe("bad_request");
  expect(w.runs).toEqual({});
});
