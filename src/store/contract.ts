/**
 * What is remembered: four small contracts. A driver implements all four over one backend and owns its connection;
 * no connection, client or transaction type shows here. Values are plain JSON.
 * Every method may reject with `store_unreadable` (backend broken) or `not_supported` (see `capabilities`).
 */

export interface Store {
  readonly records: RecordStore;
  readonly leases: LeaseStore;
  readonly queue: WorkQueue;
  readonly events: EventLog;
  readonly capabilities: StoreCapabilities;
  /** Ends watches and subscriptions (their iterations finish) and frees the backend. Idempotent. */
  close(): Promise<void>;
}

export interface StoreCapabilities {
  driver: string;
  /** Survives the end of the process. */
  durable: boolean;
  /** May be used from several processes at once. */
  shared: boolean;
}

// --- Records -----------------------------------------------------------------------------------

export interface StoredRecord {
  key: string;
  value: unknown;
  /** Grows with every change of the key, also across delete and re-creation. */
  version: number;
}

export interface PutOptions {
  /** Write only if the key's version is this one, or `absent`. Without it the last writer wins. */
  ifVersion?: number | "absent";
  /** The record disappears (and watchers are told) at or soon after this wall-clock time. */
  expiresAtMs?: number;
  /**
   * Write only while this fencing token is the newest of its lease: a paused leader cannot act. A lease that ended
   * still fences until somebody else takes it; a day after its end it may be forgotten, and its token is refused.
   */
  fence?: Fence;
}

export type PutOutcome =
  | { ok: true; version: number }
  /** `conflict`: another version is there (or none). `fenced`: the token is no longer the newest. */
  | { ok: false; reason: "conflict" | "fenced" };

/** Keys are `/`-separated printable ASCII without spaces, at most 512 bytes; values at most 4 MiB of JSON. */
export interface RecordStore {
  /** The record as of now: a put that has resolved is seen. */
  get(key: string): Promise<StoredRecord | undefined>;
  /** All live records under a prefix, ordered by key. At most 100,000; more is refused, not cut. */
  list(prefix: string): Promise<StoredRecord[]>;
  /** Atomic per key. A refused write changes nothing. */
  put(key: string, value: unknown, options?: PutOptions): Promise<PutOutcome>;
  /** True when a record was removed. With `ifVersion` or `fence`: only if they hold. Idempotent. */
  delete(key: string, options?: Pick<PutOptions, "ifVersion" | "fence">): Promise<boolean>;
  /**
   * The state under a prefix, then its changes, until `signal` aborts or the store closes. Level-based: between two
   * reads several changes of one key are told as its last one (after one batch that may be on its way already); none
   * is lost. A key that came and went between two reads may go untold: what waits for a slow reader is bounded by what
   * is stored. The first yield is the snapshot.
   */
  watch(prefix: string, signal: AbortSignal): AsyncIterable<RecordBatch>;
}

export interface RecordBatch {
  /** True exactly once, first: `changes` holds all live records and everything else known before is gone. */
  snapshot: boolean;
  changes: RecordChange[];
}
export type RecordChange = { kind: "put"; record: StoredRecord } | { kind: "delete"; key: string };

// --- Leases ------------------------------------------------------------------------------------

export interface Lease {
  name: string;
  holder: string;
  /** Strictly larger than every token given out before for this name. */
  token: number;
  expiresAtMs: number;
}
export type Fence = Pick<Lease, "name" | "token">;

export interface LeaseStore {
  /** The lease, if it is free, expired, or already held by `holder` (then with a new token). Never waits. */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** The same lease with a later expiry, or undefined when it was lost; then stop acting at once. */
  renew(lease: Lease, ttlMs: number): Promise<Lease | undefined>;
  /** Frees it if this token still holds it. Idempotent. */
  release(lease: Lease): Promise<void>;
  /** Who holds it now, if anyone. */
  get(name: string): Promise<Lease | undefined>;
}

// --- Queue -------------------------------------------------------------------------------------

export interface QueueItem {
  /** A key. Pushing an id that is waiting, claimed, or done or dead within the last day changes nothing. */
  id: string;
  payload: unknown;
  notBeforeMs?: number;
  /** Claims before the item is dead; default 1 (never handed out twice). */
  maxAttempts?: number;
}

export interface ClaimedItem {
  id: string;
  payload: unknown;
  /** 1 for the first claim. */
  attempt: number;
  /** Proof of this claim, worthless (stale) from `visibleUntilMs` on and after any answer with it. */
  receipt: string;
  visibleUntilMs: number;
}

export interface QueueFailure {
  /** One sentence for people; kept, never given to a claimant. At most its first 2,000 characters are. */
  error: string;
  /** Absent, or with all attempts used up: the item is dead. */
  retryAtMs?: number;
}

/** At-least-once up to `maxAttempts`; first pushed, first out among items that are due. */
export interface WorkQueue {
  /** How many were new. */
  push(queue: string, items: readonly QueueItem[]): Promise<number>;
  /** Up to `max` (at most 1,000) due items, hidden from others for `visibilityMs`. Never waits. */
  claim(queue: string, max: number, visibilityMs: number): Promise<ClaimedItem[]>;
  /** Hides it longer. False when the receipt is stale. */
  extend(queue: string, receipt: string, visibilityMs: number): Promise<boolean>;
  /** Done for good. False when the receipt is stale. */
  complete(queue: string, receipt: string): Promise<boolean>;
  /** Hands it out again at `retryAtMs`, or makes it dead. False when the receipt is stale. */
  fail(queue: string, receipt: string, failure: QueueFailure): Promise<boolean>;
  /** Counts right now. Dead items are counted for a day, then forgotten. */
  stats(queue: string): Promise<{ waiting: number; claimed: number; dead: number }>;
}

// --- Events ------------------------------------------------------------------------------------

export interface StoredEvent {
  /** Sortable text, growing within a topic. */
  offset: string;
  atMs: number;
  value: unknown;
}

export interface EventLog {
  /** Appends in order, atomically; returns the last offset. An empty list is refused with `bad_request`. */
  append(topic: string, values: readonly unknown[]): Promise<string>;
  /** Events after `after` (from the oldest kept when absent), oldest first, at most `limit` (and 10,000). */
  read(topic: string, options: { after?: string; limit: number }): Promise<StoredEvent[]>;
  /** The newest `limit` events, oldest first. */
  tail(topic: string, limit: number): Promise<StoredEvent[]>;
  /**
   * Events as they come, after `after`, or from about when the iteration begins: to miss none, read first and go on
   * from the last offset. A reader that lags by 10,000 loses none, by more it may lose the oldest.
   */
  subscribe(topic: string, signal: AbortSignal, after?: string): AsyncIterable<StoredEvent[]>;
  /** Keeps the newest `keep` events; returns how many went. */
  trim(topic: string, keep: number): Promise<number>;
}
