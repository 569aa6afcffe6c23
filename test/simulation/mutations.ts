/**
 * Bugs that can be planted into the real code while it is loaded (`--plant NAME`). They prove that the invariants can
 * fail: a simulation that does not find them proves nothing. Each is one replacement in one file, under `src/`.
 */

export interface Mutation {
  file: string;
  find: string;
  put: string;
  /** What the run must complain of. */
  found: RegExp;
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  /** A drone that drains is ended at once: its calls are cut off. */
  drain_without_asking: {
    file: "coordinator/drones/drain/reconciler.ts",
    find: "const allSayNone = activity.every((report) => report.inFlight[record.id] === 0);",
    put: "const allSayNone = true || activity.every((report) => report.inFlight[record.id] === 0);",
    found: /was ended under/,
  },
  /** The sweep ends nothing: what a killed coordinator was about to start runs for ever. */
  sweep_is_blind: {
    file: "coordinator/drones/sweep/reconciler.ts",
    find: ".filter((drone) => !owned.has(drone.claimId))",
    put: ".filter((drone) => !owned.has(drone.claimId) && drone.claimId === '')",
    found: /belongs to nobody|was left running/,
  },
  /** Drones that fail are chosen like all others. */
  breaker_is_ignored: {
    file: "gateway/place/balance.ts",
    find: "candidates.filter((one) => loadOf(one).breaker.allows(nowMs))",
    put: "candidates.filter((one) => loadOf(one).breaker.allows(nowMs) || true)",
    found: /against its breaker/,
  },
  /** Starting drones are not counted: each pass starts more. */
  starts_are_forgotten: {
    file: "coordinator/seen.ts",
    find: 'return drone.record.phase === "starting" || drone.record.phase === "ready";',
    put: 'return drone.record.phase === "ready";',
    found: /serve, at most/,
  },
  /** A coordinator that no longer leads goes on writing. */
  writes_without_fence: {
    file: "coordinator/engine/ledger.ts",
    find: "{ ...options, fence: leadership.fence() }",
    put: "{ ...options }",
    found: /does not lead/,
  },
  /** Room is not looked at when a launcher is chosen: one place is overfilled while the other is free. */
  room_is_ignored: {
    file: "coordinator/engine/choose-launcher.ts",
    find: "able.filter(({ name }) => fits(name))",
    put: "able",
    found: /drones are at/,
  },
};
