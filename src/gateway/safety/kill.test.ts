/** What a client is told, and how often its call runs, when a worker or a gateway dies in the middle of it. */
import { beforeEach, describe, expect, test } from "vitest";
import { settle } from "../testing/fake-clock.ts";
import { testFleet, type TestFleet } from "../testing/fleet.ts";
import { ALIVE_MS } from "./alive.ts";
import {
  begun,
  codeOf,
  countingWorker,
  textOf,
  type Counting,
} from "../testing/counting-worker.ts";

let fleet: TestFleet;
let w: Counting;
beforeEach(async () => {
  fleet = await testFleet();
  w = await countingWorker(fleet);
  await w.addDrone();
  await w.addDrone();
});

/** Kills whichever drone has the call. */
async function killBusy(): Promise<void> {
  const busy = w.drones.find(({ worker }) => worker().countOf("tools/call") > 0);
  busy?.kill();
  await settle();
}

describe("a worker that dies in the middle of a call", () => {
  test.each(["pay", "book"])(
    "is not asked again for %s, and the client is told so",
    async (tool) => {
      const { outcome } = await begun(fleet, tool);
      await killBusy();
      expect(await outcome).toMatchObject({
        error: { data: { code: "call_ambiguous", retryable: false, mayHaveRun: true } },
      });
      expect(w.runs).toEqual({ [tool]: 1 });
    },
  );

  test.each(["read", "put"])(
    "is replaced for %s, which says that twice is harmless",
    async (tool) => {
      const { outcome } = await begun(fleet, tool);
      await killBusy();
      expect(w.runs).toEqual({ [tool]: 2 });
      for (const drone of w.drones) drone.answer();
      expect(textOf(await outcome)).toContain("done");
    },
  );

  test("with a key: neither the call nor its repeat runs again", async () => {
    const { outcome } = await begun(fleet, "pay", { key: "k1" });
    await killBusy();
    expect(codeOf(await outcome)).toBe("call_ambiguous");
    const repeat = await begun(fleet, "pay", { key: "k1" });
    expect(codeOf(await repeat.outcome)).toBe("call_ambiguous");
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("with a key that the tool itself honours: it is replaced, and repeats get its answer", async () => {
    const { outcome } = await begun(fleet, "book", { key: "k1" });
    await killBusy();
    for (const drone of w.drones) drone.answer();
    const text = textOf(await outcome);
    expect(text).toContain("done");
    const repeat = await begun(fleet, "book", { key: "k1" });
    expect(textOf(await repeat.outcome)).toBe(text);
    expect(w.runs).toEqual({ book: 2 });
  });
});

test("a time-out after the call was sent says that it may have run, and asks the worker to stop", async () => {
  const { outcome } = await begun(fleet, "pay");
  await fleet.clock.advance(60_000);
  expect(await outcome).toMatchObject({
    error: { data: { code: "call_timeout", mayHaveRun: true } },
  });
  await settle();
  const cancels = w.drones.map(({ worker }) => worker().countOf("notifications/cancelled"));
  expect(cancels.reduce((sum, count) => sum + count)).toBe(1);
});

test("a call that never reached a worker says nothing of the kind", async () => {
  const drones = fleet.shared.store;
  for (const { drone } of w.drones) await drones.records.delete(`drone/${drone}`);
  await settle();
  const { outcome } = await begun(fleet, "pay", { key: "k1" });
  await fleet.clock.advance(60_000);
  const told = await outcome;
  expect(codeOf(told)).toBe("wake_timeout");
  expect(told).not.toMatchObject({ error: { data: { mayHaveRun: true } } });
  // So its repeat runs it.
  const drone = await w.addDrone();
  const repeat = await begun(fleet, "pay", { key: "k1" });
  drone.answer();
  expect(textOf(await repeat.outcome)).toContain("done");
  expect(w.runs).toEqual({ pay: 1 });
});

describe("a gateway that dies in the middle of a call with a key", () => {
  test("leaves a repeat at another gateway that says: may have run", async () => {
    const other = await testFleet({ beside: fleet, gatewayId: "gw-2" });
    await begun(fleet, "pay", { key: "k1" });
    const repeat = await begun(other, "pay", { key: "k1" });
    let isTold = false;
    void repeat.outcome.then(() => (isTold = true));
    await other.clock.advance(2_000);
    expect(isTold).toBe(false);
    // Dead gateways do not renew what shows that they live.
    await fleet.shared.store.records.delete("alive/gw-1");
    await other.clock.advance(2_000);
    expect(codeOf(await repeat.outcome)).toBe("call_ambiguous");
    expect(w.runs).toEqual({ pay: 1 });
  });

  test("leaves a repeat of a harmless call that runs it", async () => {
    const other = await testFleet({ beside: fleet, gatewayId: "gw-2" });
    await begun(fleet, "put", { key: "k1" });
    await fleet.shared.store.records.delete("alive/gw-1");
    const repeat = await begun(other, "put", { key: "k1" });
    for (const drone of w.drones) {
      drone.answer();
      drone.answer();
    }
    expect(textOf(await repeat.outcome)).toContain("done");
    expect(w.runs).toEqual({ put: 2 });
  });

  test("is seen to live for as long as its call runs, and no longer than it must", async () => {
    await begun(fleet, "pay", { key: "k1" });
    await fleet.clock.advance(ALIVE_MS * 2);
    const { records } = fleet.shared.store;
    expect(await records.get("alive/gw-1")).toBeDefined();
    await fleet.clock.advance(60_000);
    await fleet.clock.advance(ALIVE_MS * 2);
    expect(await records.get("alive/gw-1")).toBeUndefined();
  });
});

test("a gateway that closes in order says at once that its calls may have run", async () => {
  const { outcome } = await begun(fleet, "pay", { key: "k1" });
  const other = await testFleet({ beside: fleet, gatewayId: "gw-2" });
  await fleet.router.close();
  expect(codeOf(await outcome)).toBe("call_ambiguous");
  const repeat = await begun(other, "pay", { key: "k1" });
  expect(codeOf(await repeat.outcome)).toBe("call_ambiguous");
  expect(w.runs).toEqual({ pay: 1 });
});
