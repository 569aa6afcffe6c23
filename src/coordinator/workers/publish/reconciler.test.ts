import { expect, it } from "vitest";
import { drone, NOW, seen, wanted } from "../../testing/seen.ts";
import { workerSpec } from "../../testing/fleet.ts";
import { initialHealth } from "../wake.ts";
import { publishWorker } from "./reconciler.ts";

const spec = workerSpec("alpha");
const { run, catalog: _none, ...shown } = spec;
const record = { ...shown, kind: run.kind };
const health = initialHealth("alpha", 0);

it("publishes a new worker without what must stay secret", () => {
  const { actions } = publishWorker(wanted({ spec }), seen(), NOW);
  expect(actions.map((action) => action.do)).toEqual(["put_health", "put_worker"]);
  expect(actions[1]).toEqual({ do: "put_worker", record });
});

it("does nothing when everything is as wanted", () => {
  expect(publishWorker(wanted({ spec }), seen({ worker: record, health }), NOW).actions).toEqual(
    [],
  );
});

it("wipes the slate for a new revision, but not for a change of scale", () => {
  const failing = { ...health, failures: 3 };
  const revised = publishWorker(
    wanted({ spec: { ...spec, revision: "r2" } }),
    seen({ worker: record, health: failing }),
    NOW,
  );
  expect(revised.actions[0]).toMatchObject({ do: "put_health", record: { failures: 0 } });
  const scaled = publishWorker(
    wanted({ spec: { ...spec, scale: { ...spec.scale, maxDrones: 9 } } }),
    seen({ worker: record, health: failing }),
    NOW,
  );
  expect(scaled.actions.map((action) => action.do)).toEqual(["put_worker"]);
});

it("forgets a removed worker only when its last drone is gone", () => {
  const gone = wanted({ spec: undefined });
  expect(
    publishWorker(gone, seen({ worker: record, health, drones: [drone()] }), NOW).actions,
  ).toEqual([{ do: "delete_worker", worker: "alpha" }]);
  expect(publishWorker(gone, seen({ health, drones: [drone()] }), NOW).actions).toEqual([]);
  expect(publishWorker(gone, seen({ health }), NOW).actions).toEqual([
    { do: "forget_worker", worker: "alpha" },
  ]);
});
