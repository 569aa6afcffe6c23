/**
 * The bookkeeping that every launcher needs: drones by handle and by claim, one start per claim at a time, and the
 * listeners for changes. What a drone is stays with the driver.
 */
import type { DroneClaim, LaunchedDrone } from "./contract.ts";
import { asDecision, calledOff, closedLauncher } from "./decisions.ts";

/** Ended drones kept for somebody to ask why; beyond it the oldest is forgotten. */
const MAX_ENDED_KEPT = 1_000;

export interface RosterEntry {
  /** The drone as it is now. */
  view(): LaunchedDrone;
}

export interface Roster<Entry extends RosterEntry> {
  /** Runs `start` once per claim however often it is asked; a claim that has a drone gets that one. */
  create(
    claim: DroneClaim,
    signal: AbortSignal,
    start: () => Promise<Entry>,
  ): Promise<LaunchedDrone>;
  /** Makes an entry known before `create` is done with it, or one that was found. */
  add(entry: Entry): void;
  find(handle: string): Entry | undefined;
  entries(): Entry[];
  forget(handle: string): void;
  changed(handle: string): void;
  onChange(listener: (handle: string) => void): () => void;
  /** Refuses new drones from now on and resolves when no start is under way. */
  shut(): Promise<void>;
}

export function createRoster<Entry extends RosterEntry>(): Roster<Entry> {
  return new EntryRoster();
}

class EntryRoster<Entry extends RosterEntry> implements Roster<Entry> {
  readonly #byHandle = new Map<string, Entry>();
  readonly #handleOfClaim = new Map<string, string>();
  readonly #starting = new Map<string, Promise<LaunchedDrone>>();
  readonly #listeners = new Set<(handle: string) => void>();
  readonly #everKnown = new WeakSet<Entry>();
  #shut = false;

  async create(
    claim: DroneClaim,
    signal: AbortSignal,
    start: () => Promise<Entry>,
  ): Promise<LaunchedDrone> {
    const { claimId } = claim;
    const running = this.#starting.get(claimId);
    if (running !== undefined) return running;
    const existing = this.#byHandle.get(this.#handleOfClaim.get(claimId) ?? "");
    if (existing !== undefined) return existing.view();
    if (this.#shut) throw closedLauncher();
    if (signal.aborted) throw calledOff();
    const attempt = this.#startOnce(start).finally(() => this.#starting.delete(claimId));
    this.#starting.set(claimId, attempt);
    return attempt;
  }

  async #startOnce(start: () => Promise<Entry>): Promise<LaunchedDrone> {
    try {
      const entry = await start();
      // A driver that made it known itself may have seen it end and be forgotten since.
      if (!this.#everKnown.has(entry)) this.add(entry);
      return entry.view();
    } catch (error) {
      throw asDecision(error);
    }
  }

  add(entry: Entry): void {
    const { claimId, handle } = entry.view();
    this.#everKnown.add(entry);
    this.#byHandle.set(handle, entry);
    this.#handleOfClaim.set(claimId, handle);
    this.#prune();
  }

  find(handle: string): Entry | undefined {
    return this.#byHandle.get(handle);
  }

  entries(): Entry[] {
    return [...this.#byHandle.values()];
  }

  forget(handle: string): void {
    const entry = this.#byHandle.get(handle);
    if (entry === undefined) return;
    this.#byHandle.delete(handle);
    this.#handleOfClaim.delete(entry.view().claimId);
  }

  changed(handle: string): void {
    for (const listener of this.#listeners) listener(handle);
  }

  onChange(listener: (handle: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async shut(): Promise<void> {
    this.#shut = true;
    await Promise.allSettled(this.#starting.values());
  }

  #prune(): void {
    if (this.#byHandle.size <= MAX_ENDED_KEPT) return;
    for (const [handle, entry] of this.#byHandle) {
      if (entry.view().phase !== "ended") continue;
      this.forget(handle);
      if (this.#byHandle.size <= MAX_ENDED_KEPT) return;
    }
  }
}
