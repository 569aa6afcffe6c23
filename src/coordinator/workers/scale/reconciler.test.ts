import { describe, expect, it } from "vitest";
import { drone, NOW, seen, wanted } from "../../testing/seen.ts";
import { workerSpec } from "../../testing/fleet.ts";
import { initialHealth } from "../wake.ts";
import { heldBack, scaleWorker } from "./reconciler.ts";

const spec = workerSpec("alpha", { scale: { maxDrones: 4, minDrones: 0, idleMs: 1_000 } });
const done = (step: { actions: { do: string }[] }) => step.actions.map((action) => action.do);
const health = initialHealth("alpha", 0);

describe("scaling", () => {
  it("starts what is missing, counting drones that are starting", () => {
    const drones = [drone({ phase: "starting" })];
    expect(
      done(scaleWorker(wanted({ spec }), seen({ drones, demand: { desired: 3 } }), NOW)),
    ).toEqual(["claim", "claim"]);
  });

  it("waits for the retry time, then tries with one drone only", () => {
    const failing = { ...health, failures: 2, retryAtMs: NOW + 500 };
    const at = (now: number) =>
      scaleWorker(wanted({ spec }), seen({ health: failing, demand: { desired: 3 } }), now);
    expect(at(NOW)).toEqual({ actions: [], lookAgainAtMs: NOW + 500 });
    expect(done(at(NOW + 500))).toEqual(["claim"]);
  });

  it("waits for a start slot", () => {
    const step = scaleWorker(
      wanted({ spec }),
      seen({ startSlots: 1, demand: { desired: 3 } }),
      NOW,
    );
    expect(done(step)).toEqual(["claim", "await_slot"]);
  });

  it.each([
    [
      "the guard",
      { tokens: 1, nextTokenAtMs: NOW + 700, room: 9 },
      { atMs: NOW + 700, note: /too many drones/ },
    ],
    [
      "the room",
      { tokens: 9, nextTokenAtMs: NOW, room: 1 },
      { atMs: NOW + 5_000, note: /no room/ },
    ],
  ])(
    "starts what %s lets through, says so, and looks again",
    (_what, allowance, { atMs, note }) => {
      const facts = seen({ allowance, demand: { desired: 3 } });
      const step = scaleWorker(wanted({ spec }), facts, NOW);
      expect(done(step)).toEqual(["claim"]);
      expect(step.lookAgainAtMs).toBe(atMs);
      expect(heldBack(wanted({ spec }), facts, NOW)).toMatch(note);
      expect(heldBack(wanted({ spec }), seen({ demand: { desired: 3 } }), NOW)).toBeUndefined();
    },
  );

  it("keeps history once per slot, and looks again when demand changes by time alone", () => {
    const history = { worker: "alpha", sinceMs: 0, slot: 7, peak: 1, daily: [], weekly: [] };
    const demand = { history, lookAgainAtMs: NOW + 50 };
    const step = scaleWorker(wanted({ spec }), seen({ demand }), NOW);
    expect(step).toEqual({
      actions: [{ do: "put_history", record: history }],
      lookAgainAtMs: NOW + 50,
    });
    expect(scaleWorker(wanted({ spec }), seen({ demand, history }), NOW).actions).toEqual([]);
  });

  it("lets draining drones not pile up", () => {
    const drones = Array.from({ length: 7 }, (_, i) => drone({ id: `d${i}`, phase: "draining" }));
    expect(
      done(scaleWorker(wanted({ spec }), seen({ drones, demand: { desired: 4 } }), NOW)),
    ).toEqual(["claim"]);
  });

  it("retires idle drones, the newest first, and never one with calls or below the minimum", () => {
    const drones = [
      drone({ id: "old", createdAtMs: 1 }),
      drone({ id: "busy", createdAtMs: 2 }),
      drone({ id: "new", createdAtMs: 3 }),
    ];
    const activity = [
      { worker: "alpha", gateway: "g", waiting: 0, inFlight: { busy: 1 }, lastCallAtMs: 0 },
    ];
    const idle = { desired: 1, wantedAtMs: [NOW, NOW - 1_000, NOW - 5_000] };
    expect(
      scaleWorker(wanted({ spec }), seen({ drones, activity, demand: idle }), NOW).actions,
    ).toMatchObject([
      { do: "drain", drone: "new", ifIdle: true },
      { do: "drain", drone: "old", ifIdle: true },
    ]);
    const kept = workerSpec("alpha", { scale: { maxDrones: 4, minDrones: 3, idleMs: 1_000 } });
    expect(
      scaleWorker(wanted({ spec: kept }), seen({ drones, demand: idle }), NOW).actions,
    ).toEqual([]);
  });

  it("looks again when the next drone turns idle", () => {
    const step = scaleWorker(
      wanted({ spec }),
      seen({ drones: [drone()], demand: { wantedAtMs: [NOW - 400] } }),
      NOW,
    );
    expect(step).toEqual({ actions: [], lookAgainAtMs: NOW + 600 });
  });

  it("settles a wake once it is served or refused, not before", () => {
    const wake = { worker: "alpha", by: "cli", atMs: NOW };
    const settled = (drones: ReturnType<typeof drone>[], retryAtMs?: number) =>
      done(
        scaleWorker(
          wanted({ spec }),
          seen({
            wake,
            drones,
            health: retryAtMs === undefined ? health : { ...health, retryAtMs },
            demand: { desired: 1, wantedAtMs: [NOW] },
          }),
          NOW,
        ),
      ).includes("clear_wake");
    expect(settled([drone({ phase: "starting" })])).toBe(false);
    expect(settled([drone()])).toBe(true);
    expect(settled([], NOW + 1)).toBe(true);
    expect(settled([])).toBe(false);
  });
});
