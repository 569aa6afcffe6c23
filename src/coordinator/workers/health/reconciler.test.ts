import { expect, it } from "vitest";
import { drone, NOW, seen, wanted } from "../../testing/seen.ts";
import { initialHealth } from "../wake.ts";
import { judgeHealth } from "./reconciler.ts";

const health = initialHealth("alpha", 0);

it("writes nothing when nothing changed", () => {
  expect(judgeHealth(wanted(), seen({ health }), NOW)).toEqual({ actions: [] });
});

it("takes failures into the verdict and says how many it used", () => {
  const failures = [{ atMs: NOW, reason: "exited with code 1", final: false }];
  const step = judgeHealth(wanted(), seen({ health, failures }), NOW);
  expect(step.actions).toMatchObject([
    {
      do: "put_health",
      used: 1,
      record: {
        state: "backing_off",
        failures: 1,
        lastError: "exited with code 1",
        retryAtMs: NOW + 250,
      },
    },
  ]);
  expect(step.lookAgainAtMs).toBe(NOW + 250);
});

it("looks again when a drone that followed failures may be called stable", () => {
  const failing = {
    ...health,
    state: "ready" as const,
    failures: 2,
    recentFailuresMs: [NOW - 20_000],
  };
  const drones = [drone({ readyAtMs: NOW - 4_000 })];
  expect(judgeHealth(wanted(), seen({ health: failing, drones }), NOW)).toEqual({
    actions: [],
    lookAgainAtMs: NOW + 6_000,
  });
  const [action] = judgeHealth(wanted(), seen({ health: failing, drones }), NOW + 6_000).actions;
  expect(action).toMatchObject({ record: { failures: 0 } });
});

it("does not call a stopping fleet's demand a reason to wake", () => {
  const step = judgeHealth(
    wanted({ stopping: true }),
    seen({ health, demand: { desired: 1 } }),
    NOW,
  );
  expect(step.actions).toEqual([]);
});
