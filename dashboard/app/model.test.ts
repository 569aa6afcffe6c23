import { expect, test } from "vitest";
import type { CallEvent, FleetEvent } from "../../src/protocol/api.ts";
import { droneOf, workerOf } from "../test/sample-fleet.ts";
import { EMPTY, MAX_CALLS, rateSeries, tally, withEvents, withFleet } from "./model.js";

const call = (offset: string, atMs = 0): FleetEvent => ({
  topic: "calls",
  offset,
  atMs,
  call: { callId: offset, worker: "w", target: "t" } as CallEvent,
});

test("calls come newest first, once each, and only so many", () => {
  const first = withEvents(EMPTY, [call("1"), call("2")]);
  const again = withEvents(first, [call("2"), call("3"), call("3")]);
  expect(again.calls.map(({ call: { callId } }) => callId)).toEqual(["3", "2", "1"]);
  const many = Array.from({ length: 500 }, (_, index) => call(`many-${index}`));
  const full = withEvents(again, many);
  expect(full.calls).toHaveLength(MAX_CALLS);
  expect(full.calls[0]?.call.callId).toBe("many-499");
});

test("the rate counts by second and forgets what is older than a minute", () => {
  const model = withEvents(EMPTY, [call("1", 1_000), call("2", 59_000), call("3", 59_900)]);
  expect(rateSeries(model.rate, 59_999).filter((count) => count > 0)).toEqual([1, 2]);
  const later = withEvents(model, [call("4", 120_000)]);
  expect([...later.rate.keys()]).toEqual([120]);
});

test("news of drones and health asks for the fleet; the fleet's answer settles it", () => {
  const stale = withEvents(EMPTY, [{ topic: "drones", offset: "1", atMs: 0, drone: droneOf("a") }]);
  expect(stale.stale).toBe(true);
  expect(withEvents(EMPTY, [call("1")]).stale).toBe(false);
  const workers = [workerOf("b"), workerOf("a", { health: { state: "backing_off" } })];
  const fleet = withFleet(stale, { version: "1", startedAtMs: 0, leader: "l", workers });
  expect(fleet.stale).toBe(false);
  expect(fleet.workers.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(tally(fleet.workers)).toEqual({ ready: 0, waking: 0, asleep: 1, failing: 1 });
});
