/** The numbers the control plane lives by. Each says where it comes from; a test or a large fleet may hand in others. */

/** What one launcher may hold, over all workers. */
export interface LauncherRoom {
  maxDrones: number;
  /** Sum of what is set aside for drones (`scale.memoryBytes`). */
  memoryBytes: number;
}

export interface CoordinatorPolicy {
  /** First wait after a failure; doubles with each further one. A crashed drone is usually fine when started again. */
  backoffBaseMs: number;
  /** Longest wait while a worker is merely backing off. */
  backoffCapMs: number;
  /** No two starts of a failing worker are closer than this, whatever the dice say. */
  backoffFloorMs: number;
  /** So many failures in a row, or within `crashWindowMs`, are a crash loop. */
  crashLoopFailures: number;
  crashWindowMs: number;
  /** Wait between two tries of a crash-looping worker: slow enough to cost nothing. */
  crashLoopRetryMs: number;
  /** A drone ready for so long has proved itself; failures are forgotten. */
  stableMs: number;
  /** Starts at a time over the whole fleet: more would only slow each other down. */
  maxStarts: number;
  /** A start holds its place among `maxStarts` no longer than this, so that hanging workers do not stop others. */
  startSlotMs: number;
  /** Calls get `graceMs` times this to finish on a draining drone: by default the length of the longest call. */
  drainGraces: number;
  /**
   * No drone that ever took calls ends earlier than this after it was asked to: a gateway never heard of before may
   * have sent it one just then, and its report comes within a second. Twice that.
   */
  drainSettleMs: number;
  /** The same when Flotilla ends: its own front is closed by then, and a person waits at the terminal. */
  stopSettleMs: number;
  /** How often an ending drone is asked again when its launcher gives no hint. */
  endPollMs: number;
  /** How often launchers are asked for everything they run. */
  sweepMs: number;
  /** A wake nobody served or refused is forgotten after this. */
  wakeTtlMs: number;
  /** Lease times: short where a stand-by waits to take over, long where nobody else can (one process, one file). */
  leaseTtlSharedMs: number;
  leaseTtlAloneMs: number;
  /** Worker passes at a time. They wait for the store, not for the processor. */
  concurrency: number;
  /**
   * Guards against storms of starts that no failure explains (drones that come and go). Of one worker: twice its
   * `maxDrones` and so many more at once, then so many a minute, or `maxDrones` if that is more.
   */
  workerStartBurst: number;
  workerStartsPerMinute: number;
  /** Of all together: a whole fleet may start at once, and one after another on the hour; not for ever. */
  fleetStartBurst: number;
  fleetStartsPerMinute: number;
  /** What a launcher may hold when nothing else is said. */
  launcherRoom: LauncherRoom;
  /** By launcher name, where it differs. */
  launcherRooms: Readonly<Record<string, Partial<LauncherRoom>>>;
}

export const DEFAULT_POLICY: CoordinatorPolicy = {
  backoffBaseMs: 500,
  backoffCapMs: 60_000,
  backoffFloorMs: 100,
  crashLoopFailures: 5,
  crashWindowMs: 300_000,
  crashLoopRetryMs: 300_000,
  stableMs: 10_000,
  maxStarts: 16,
  startSlotMs: 3_000,
  drainGraces: 12,
  drainSettleMs: 2_000,
  stopSettleMs: 200,
  endPollMs: 250,
  sweepMs: 15_000,
  wakeTtlMs: 120_000,
  leaseTtlSharedMs: 2_400,
  leaseTtlAloneMs: 30_000,
  concurrency: 16,
  workerStartBurst: 10,
  workerStartsPerMinute: 30,
  fleetStartBurst: 2_000,
  fleetStartsPerMinute: 3_000,
  launcherRoom: { maxDrones: 20_000, memoryBytes: Number.POSITIVE_INFINITY },
  launcherRooms: {},
};
