import { expect, it } from "vitest";
import { drone, NOW, wanted } from "../../testing/seen.ts";
import type { DroneSeen } from "../../seen.ts";
import { launchDrone } from "./reconciler.ts";

const claim = { phase: "starting", handle: "", createdAtMs: NOW } as const;
const at = (seen: Partial<DroneSeen>, now = NOW, want = wanted()) =>
  launchDrone(want, drone(claim, { launched: { state: "unknown" }, ...seen }), now);
const failure = (code: "launcher_not_ready" | "launcher_denied" | "launcher_unknown") =>
  ({ state: "failed", code, message: "no", retryAtMs: NOW + 500 }) as const;

it("creates a claimed drone, waits for it, and adopts it", () => {
  expect(at({}).actions).toEqual([{ do: "create", drone: "d1" }]);
  expect(at({ create: { state: "running" } }).actions).toEqual([]);
  expect(at({ create: { state: "done" } }).actions).toEqual([{ do: "adopt", drone: "d1" }]);
});

it("adopts what a former self launched, instead of launching it again", () => {
  expect(at({ launched: { state: "alive" } }).actions).toEqual([{ do: "adopt", drone: "d1" }]);
});

it("does not launch what is no longer wanted", () => {
  expect(at({}, NOW, wanted({ spec: undefined })).actions).toMatchObject([{ do: "remove" }]);
  expect(at({}, NOW, wanted({ stopping: true })).actions).toMatchObject([{ do: "remove" }]);
});

it("waits for a launcher that is not ready, for as long as a start may take", () => {
  const create = failure("launcher_not_ready");
  expect(at({ create })).toEqual({ actions: [], lookAgainAtMs: NOW + 500 });
  expect(at({ create }, NOW + 500).actions).toEqual([{ do: "create", drone: "d1" }]);
  expect(at({ create }, NOW + 30_000).actions).toMatchObject([
    { do: "fail", final: false },
    { do: "remove" },
  ]);
});

it("counts a refusal as final, anything else as a failure", () => {
  expect(at({ create: failure("launcher_denied") }).actions[0]).toMatchObject({
    do: "fail",
    reason: "no",
    final: true,
  });
  expect(at({ create: failure("launcher_unknown") }).actions[0]).toMatchObject({
    do: "fail",
    final: false,
  });
});

it("has nothing to do with drones that have a handle or are on their way out", () => {
  expect(launchDrone(wanted(), drone(), NOW).actions).toEqual([]);
  expect(launchDrone(wanted(), drone({ handle: "", phase: "draining" }), NOW).actions).toEqual([]);
});
