import { expect, test } from "vitest";
import type { FleetEvent, FleetStatus } from "../../src/protocol/api.ts";
import { workerOf } from "../test/sample-fleet.ts";
import { createStore } from "./store.js";

const line: FleetEvent = {
  topic: "logs",
  offset: "1",
  atMs: 0,
  log: { level: "info", source: "coordinator", message: "drone started" },
};

test("events that come while the fleet is being read are kept", async () => {
  const asked = Promise.withResolvers<FleetStatus>();
  const flushes: (() => void)[] = [];
  const store = createStore({
    api: {
      fleet: () => asked.promise,
      wake: () => Promise.reject(new Error("not asked")),
      retire: () => Promise.reject(new Error("not asked")),
    },
    now: () => 0,
    after: (_ms, fire) => void flushes.push(fire),
  });
  const reading = store.refresh();
  store.receive([line]);
  flushes.shift()?.();
  asked.resolve({ version: "1", startedAtMs: 0, leader: "here", workers: [workerOf("a")] });
  await reading;
  expect(store.model.value.workers.map(({ name }) => name)).toEqual(["a"]);
  expect(store.model.value.logs).toHaveLength(1);
});
