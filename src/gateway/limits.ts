/** Bounds of the router. Per-worker limits live in the worker's record; these are the gateway's own. */

export interface RouterLimits {
  /** Calls that may wait for one worker to wake; more are refused with `overloaded`. */
  maxWaitingPerWorker: number;
  /** The same over all workers. */
  maxWaiting: number;
  /** How long the first list waits for workers nobody has met yet. */
  firstListWaitMs: number;
  /** Progress moves a call's deadline, up to so many times its time-out. */
  progressExtension: number;
  /** Entries of one page of a list. Large, because many clients never ask for the second page. */
  pageEntries: number;
  /** JSON characters of one page. */
  pageChars: number;
  /** How long others may keep a list of ours. */
  listTtlMs: number;
  /** A broken drone is not chosen again for so long, unless its record changes. */
  cooldownMs: number;
  /** Call events kept for the next write; beyond it the oldest go, and are counted. */
  maxPendingEvents: number;
  /** Open `listen` requests. */
  maxListeners: number;
  /** Calls held open because their worker asked something; each holds a place on its drone. */
  maxParked: number;
  /** How long such a call waits for its client. */
  parkMs: number;
  /** How long the outcome of a call with an idempotency key is remembered. */
  idempotencyKeepMs: number;
  /** Repeats that may wait for their first call at a time. */
  maxRepeatsWaiting: number;
  /** For answers that tools allow to be kept. */
  resultCacheBytes: number;
  /** Tasks under way at a time; further calls stay calls. */
  maxTasks: number;
  /** How long the call of a task may run. */
  taskRunMs: number;
  /** How long a task can be asked about, from its creation. */
  taskTtlMs: number;
}

export const DEFAULT_ROUTER_LIMITS: RouterLimits = {
  maxWaitingPerWorker: 1_000,
  maxWaiting: 10_000,
  firstListWaitMs: 15_000,
  progressExtension: 10,
  pageEntries: 1_000,
  pageChars: 4 * 1024 * 1024,
  listTtlMs: 60_000,
  cooldownMs: 2_000,
  maxPendingEvents: 2_000,
  maxListeners: 10_000,
  maxParked: 1_000,
  // A person who reads, thinks and types; most workers give up sooner by themselves.
  parkMs: 300_000,
  idempotencyKeepMs: 3_600_000,
  maxRepeatsWaiting: 1_000,
  resultCacheBytes: 32 * 1024 * 1024,
  maxTasks: 1_000,
  taskRunMs: 1_800_000,
  taskTtlMs: 3_600_000,
};
