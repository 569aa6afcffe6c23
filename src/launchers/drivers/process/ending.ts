/**
 * How one drone is brought to an end: its input is closed, then its whole process group is asked (TERM), then it is
 * killed, each step after the grace given. It is over when nothing of the group is left, not when the program exits.
 */
import type { Clock, Timer } from "../../../protocol/clock.ts";

export interface EndingSubject {
  closeInput(): void;
  /** The program itself has exited; what is left of its group has nobody to serve. */
  leaderExited(): boolean;
  /** Whether anything is left, strays outside the group included. */
  alive(): Promise<boolean>;
  signal(name: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Called exactly once; it counts as over when this has resolved. */
  onGone(): Promise<void>;
  /** A look failed (no file descriptor left, say); the next one follows. */
  onFault(error: unknown): void;
}

export interface Ending {
  /** Starts it, or shortens the grace of one under way. Resolves to whether it is over. */
  begin(graceMs: number): Promise<boolean>;
  /** Something happened that may have moved it on: look now instead of at the next tick. */
  nudge(): void;
  readonly begun: boolean;
}

const FIRST_LOOK_MS = 5;
const SLOWEST_LOOK_MS = 200;
/** A process that a KILL does not end waits for the kernel (a dead disk or network mount). */
const KILL_AGAIN_MS = 1_000;

export function createEnding(subject: EndingSubject, clock: Clock): Ending {
  return new GroupEnding(subject, clock);
}

class GroupEnding implements Ending {
  readonly #subject: EndingSubject;
  readonly #clock: Clock;
  #stage: "idle" | "input" | "term" | "kill" | "over" = "idle";
  #graceMs = Number.POSITIVE_INFINITY;
  #sinceMs = 0;
  #lookMs = FIRST_LOOK_MS;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;

  constructor(subject: EndingSubject, clock: Clock) {
    this.#subject = subject;
    this.#clock = clock;
  }

  get begun(): boolean {
    return this.#stage !== "idle";
  }

  async begin(graceMs: number): Promise<boolean> {
    this.#graceMs = Math.min(this.#graceMs, Math.max(0, graceMs));
    this.#lookMs = FIRST_LOOK_MS;
    if (this.#stage === "idle") {
      this.#stage = "input";
      this.#sinceMs = this.#clock.monotonicMs();
      this.#subject.closeInput();
    }
    await this.#look();
    return this.#stage === "over";
  }

  nudge(): void {
    if (this.begun) void this.#look();
  }

  /** One look at a time; the next one is planned when it is done. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce();
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    this.#timer?.cancel();
    try {
      await this.#advance();
    } catch (error) {
      this.#subject.onFault(error);
    }
    this.#looking = undefined;
    if (this.#stage === "over") return;
    this.#timer = this.#clock.after(this.#lookMs, () => void this.#look());
    this.#lookMs = Math.min(this.#lookMs * 2, SLOWEST_LOOK_MS);
  }

  async #advance(): Promise<void> {
    if (this.#stage === "over") return;
    const exited = this.#subject.leaderExited();
    if (exited && !(await this.#subject.alive())) {
      this.#stage = "over";
      await this.#subject.onGone();
      return;
    }
    const waitedMs = this.#clock.monotonicMs() - this.#sinceMs;
    const patient = waitedMs < this.#graceMs;
    if (this.#stage === "input" && (exited || !patient)) await this.#enter("term");
    else if (this.#stage === "term" && !patient) await this.#enter("kill");
    else if (this.#stage === "kill" && waitedMs >= KILL_AGAIN_MS) await this.#enter("kill");
  }

  async #enter(stage: "term" | "kill"): Promise<void> {
    this.#stage = stage;
    this.#sinceMs = this.#clock.monotonicMs();
    this.#lookMs = FIRST_LOOK_MS;
    await this.#subject.signal(stage === "term" ? "SIGTERM" : "SIGKILL");
  }
}
