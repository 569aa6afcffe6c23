/** One drone of the `thread` launcher: a worker thread, its link, and its way to the end. */
import type { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../../../protocol/clock.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import type { Logger } from "../../../telemetry/index.ts";
import type { DroneClaim, DroneOutput, LaunchedDrone } from "../../contract.ts";
import { lost } from "../../decisions.ts";
import type { RosterEntry } from "../../roster.ts";
import { captureOutput } from "../output.node.ts";
import { createPortLink, type PortLink } from "./port-link.node.ts";

export interface ThreadDroneOptions {
  claim: DroneClaim;
  handle: string;
  node: string;
  thread: Worker;
  clock: Clock;
  log: Logger;
  output: DroneOutput;
  onChanged: () => void;
}

export class ThreadDrone implements RosterEntry {
  readonly #options: ThreadDroneOptions;
  readonly #startedAtMs: number;
  readonly #portLink: PortLink;
  readonly #gone = Promise.withResolvers<void>();
  #fault: string | undefined;
  #endReason: string | undefined;
  #exited = false;
  #deadline: { atMs: number; timer: Timer } | undefined;

  constructor(options: ThreadDroneOptions) {
    const { thread, claim, clock, log, output } = options;
    this.#options = options;
    this.#startedAtMs = clock.now();
    this.#portLink = createPortLink({
      thread,
      maxMessageBytes: claim.limits.maxMessageBytes,
      onListenerError: (error) =>
        log.error("launcher.link.listener_failed", {
          worker: claim.worker,
          reason: messageOf(error),
        }),
    });
    captureOutput(thread.stdout, claim, output);
    captureOutput(thread.stderr, claim, output);
    thread.once("error", (error) => {
      this.#fault = faultOf(error);
      output({ worker: claim.worker, claimId: claim.claimId, text: messageOf(error) });
    });
    thread.once("exit", (code) => this.#onExit(code));
    void this.#followLink();
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  view(): LaunchedDrone {
    const { claim, handle, node } = this.#options;
    return {
      claimId: claim.claimId,
      worker: claim.worker,
      revision: claim.revision,
      handle,
      phase: this.#endReason === undefined ? "running" : "ended",
      address: { kind: "link", node, launcher: "thread" },
      startedAtMs: this.#startedAtMs,
      ...(this.#endReason !== undefined && { endReason: this.#endReason }),
    };
  }

  async connect(): Promise<MessageLink> {
    if (this.#endReason !== undefined) throw lost(this.#endReason);
    return this.#portLink.link;
  }

  /** Ends the input, and the thread itself after the grace. True when it is gone. */
  end(graceMs: number): boolean {
    if (this.#exited) return true;
    this.#portLink.link.close();
    const { clock, thread } = this.#options;
    const atMs = clock.monotonicMs() + Math.max(0, graceMs);
    if (this.#deadline !== undefined && this.#deadline.atMs <= atMs) return false;
    this.#deadline?.timer.cancel();
    const timer = clock.after(graceMs, () => void thread.terminate());
    this.#deadline = { atMs, timer };
    return false;
  }

  #onExit(code: number): void {
    this.#exited = true;
    this.#deadline?.timer.cancel();
    this.#portLink.finish(this.#fault ?? `exited with code ${code}`);
    this.#gone.resolve();
    this.#options.onChanged();
  }

  /** A drone is its link: a thread whose link has closed has nobody to serve and is ended. */
  async #followLink(): Promise<void> {
    const { reason } = await this.#portLink.link.closed;
    this.#endReason = reason;
    this.#options.onChanged();
    this.end(this.#options.claim.limits.graceMs);
  }
}

/** The text of the error goes to the drone's output, not into a reason that is stored. */
function faultOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ERR_WORKER_OUT_OF_MEMORY"
    ? "ran out of memory"
    : "stopped by an error of its own";
}
