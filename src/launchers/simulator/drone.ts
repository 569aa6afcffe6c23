/** One simulated drone: lives, fails and ends as its fate says, on the injected clock. */
import type { Clock, Timer } from "../../protocol/clock.ts";
import type { DroneAddress, MessageLink } from "../../protocol/link.ts";
import { linkPair } from "../../protocol/link-pair.ts";
import type { DroneClaim, LaunchedDrone } from "../contract.ts";
import { lost } from "../decisions.ts";
import type { ServeDrone } from "../memory.ts";
import type { RosterEntry } from "../roster.ts";
import type { Fate } from "./place.ts";

export interface SimulatedDroneOptions {
  claim: DroneClaim;
  fate: Fate;
  handle: string;
  address: DroneAddress;
  clock: Clock;
  serve: ServeDrone | undefined;
  onChanged: (handle: string) => void;
  /** It no longer takes up room. */
  onGone: (drone: SimulatedDrone) => void;
}

export class SimulatedDrone implements RosterEntry {
  readonly handle: string;
  readonly startedAtMs: number;
  readonly #options: SimulatedDroneOptions;
  readonly #link: MessageLink;
  readonly #gone = Promise.withResolvers<void>();
  readonly #timers: Timer[] = [];
  #phase: LaunchedDrone["phase"] = "starting";
  #endReason: string | undefined;
  #goneAtMs: number | undefined;
  #killAtMs = Number.POSITIVE_INFINITY;

  constructor(options: SimulatedDroneOptions) {
    const { claim, clock, fate, serve } = options;
    this.#options = options;
    this.handle = options.handle;
    this.startedAtMs = clock.now();
    const [near, far] = linkPair();
    this.#link = near;
    serve?.(far, (reason = "exited with code 1") => this.fail(reason), claim);
    void near.closed.then(({ reason }) => this.fail(reason));
    this.#later(fate.startMs, () => this.#started());
    this.#later(fate.crashMs, () => this.fail("exited with code 1"));
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  get isGone(): boolean {
    return this.#goneAtMs !== undefined;
  }

  /** Milliseconds it has taken up room so far. */
  get lifetimeMs(): number {
    return (this.#goneAtMs ?? this.#options.clock.now()) - this.startedAtMs;
  }

  view(): LaunchedDrone {
    const { claim, handle, address } = this.#options;
    return {
      claimId: claim.claimId,
      worker: claim.worker,
      revision: claim.revision,
      handle,
      phase: this.#phase,
      address,
      startedAtMs: this.startedAtMs,
      ...(this.#endReason !== undefined && { endReason: this.#endReason }),
    };
  }

  async connect(): Promise<MessageLink> {
    if (this.#endReason !== undefined) throw lost(this.#endReason);
    return this.#link;
  }

  /** By itself: nothing is left that would have to be ended. */
  fail(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#stopServing(reason);
    this.#vanish();
  }

  end(graceMs: number): boolean {
    if (this.isGone) return true;
    const { clock, fate } = this.#options;
    if (this.#endReason === undefined) this.#stopServing("closed by us");
    // Input closed, TERM, KILL: the stubborn wait for the last.
    const takesMs = fate.stubborn ? 2 * graceMs : Math.min(fate.endMs, 2 * graceMs);
    const atMs = clock.monotonicMs() + takesMs;
    if (atMs < this.#killAtMs) {
      this.#killAtMs = atMs;
      this.#later(takesMs, () => this.#vanish());
    }
    return false;
  }

  #started(): void {
    if (this.#phase !== "starting") return;
    this.#phase = "running";
    this.#options.onChanged(this.handle);
  }

  #stopServing(reason: string): void {
    this.#phase = "ended";
    this.#endReason = reason;
    this.#link.close();
    this.#options.onChanged(this.handle);
  }

  #vanish(): void {
    if (this.isGone) return;
    this.#goneAtMs = this.#options.clock.now();
    for (const timer of this.#timers) timer.cancel();
    this.#options.onGone(this);
    this.#gone.resolve();
    this.#options.onChanged(this.handle);
  }

  #later(delayMs: number, fire: () => void): void {
    if (Number.isFinite(delayMs)) this.#timers.push(this.#options.clock.after(delayMs, fire));
  }
}
