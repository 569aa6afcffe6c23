import { expect, it } from "vitest";
import type { DronePhase } from "../../../protocol/records.ts";
import { drone, wanted } from "../../testing/seen.ts";
import { droneLiveness } from "./reconciler.ts";

const at = (phase: DronePhase, launched: "alive" | "unknown" | "ended") =>
  droneLiveness(
    wanted(),
    drone(
      { phase },
      {
        launched:
          launched === "ended"
            ? { state: "ended", reason: "exited with code 1" }
            : { state: launched },
      },
    ),
  ).actions.map((action) => action.do);

it.each([
  ["starting", ["fail", "end"]],
  ["ready", ["fail", "end"]],
  ["draining", ["end"]],
  ["ending", []],
] as const)("answers the end of a %s drone with %j", (phase, actions) => {
  expect(at(phase, "ended")).toEqual(actions);
});

it("concludes nothing from a living drone or from silence", () => {
  expect(at("ready", "alive")).toEqual([]);
  expect(at("ready", "unknown")).toEqual([]);
});
