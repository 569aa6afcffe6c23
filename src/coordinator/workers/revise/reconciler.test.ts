import { expect, it } from "vitest";
import { drone, seen, wanted } from "../../testing/seen.ts";
import { workerSpec } from "../../testing/fleet.ts";
import { reviseDrones } from "./reconciler.ts";

const spec = workerSpec("alpha", { revision: "r2" });
const old = drone({ id: "old", revision: "r1" });
const drained = (step: ReturnType<typeof reviseDrones>) =>
  step.actions.flatMap((action) => (action.do === "drain" ? [action.drone] : []));

const at = (drones: ReturnType<typeof drone>[], desired: number) =>
  drained(reviseDrones(wanted({ spec }), seen({ drones, demand: { desired } })));

it("keeps the old revision while calls come and the new one is not ready", () => {
  const starting = drone({ id: "new", revision: "r2", phase: "starting" });
  expect(at([old], 1)).toEqual([]);
  expect(at([old, starting], 1)).toEqual([]);
  expect(at([old, drone({ id: "new", revision: "r2" })], 1)).toEqual(["old"]);
  expect(at([old], 0)).toEqual(["old"]);
  expect(at([drone({ id: "old", revision: "r1", phase: "starting" })], 1)).toEqual(["old"]);
});

it("drains what a leaving node has, and nothing else", () => {
  const drones = [
    drone({ id: "a", revision: "r2" }, { leaving: true }),
    drone({ id: "b", revision: "r2" }),
  ];
  expect(at(drones, 2)).toEqual(["a"]);
});

it("leaves drones of the wanted revision alone", () => {
  const drones = [drone({ id: "new", revision: "r2" })];
  expect(drained(reviseDrones(wanted({ spec }), seen({ drones })))).toEqual([]);
});

it("drains all of a removed worker, and at the end those that cannot live on", () => {
  const drones = [drone({ id: "a" }), drone({ id: "b" }, { outlivesUs: true })];
  expect(drained(reviseDrones(wanted({ spec: undefined }), seen({ drones })))).toEqual(["a", "b"]);
  expect(drained(reviseDrones(wanted({ stopping: true }), seen({ drones })))).toEqual(["a"]);
});
