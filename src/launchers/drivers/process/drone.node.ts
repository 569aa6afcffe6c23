/** One drone of the `process` launcher: a child process, its link, and its way to the end. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { sleep, type Clock } from "../../../protocol/clock.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import type { Logger } from "../../../telemetry/index.ts";
import type { DroneClaim, DroneOutput, LaunchedDrone } from "../../contract.ts";
import { lost } from "../../decisions.ts";
import type { RosterEntry } from "../../roster.ts";
import { captureOutput } from "../output.node.ts";
import { createEnding, type Ending } from "./ending.ts";
import type { ProcessGroup } from "./group.node.ts";
import { createLineLink, type LineLink } from "./line-link.node.ts";

/** What the launcher does with its drones, whichever way they came to it. */
export interface EndableDrone extends RosterEntry {
  connect(): Promise<MessageLink>;
  /** One step of ending; resolves to whether nothing is left. */
  end(graceMs: number): Promise<boolean>;
  readonly graceMs: number;
  /** Resolves when nothing is left of it, its traces and its pipes. */
  readonly gone: Promise<void>;
}

export interface DroneOptions {
  claim: DroneClaim;
  handle: string;
  node: string;
  child: ChildProcessWithoutNullStreams;
  group: ProcessGroup;
  clock: Clock;
  log: Logger;
  output: DroneOutput;
  onChanged: () => void;
  /** Removes its traces: guardian, state file. */
  onGone: () => Promise<void>;
}

/** Last messages may still be in the pipe when the exit is told; a stray that holds the pipe open is not waited for. */
const DRAIN_MS = 250;

export class ProcessDrone implements EndableDrone {
  readonly #options: DroneOptions;
  readonly #startedAtMs: number;
  readonly #lineLink: LineLink;
  readonly #ending: Ending;
  readonly #opened = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #phase: LaunchedDrone["phase"] = "starting";
  #exitReason: string | undefined;
  #endReason: string | undefined;

  constructor(options: DroneOptions) {
    const { child, claim, clock, log } = options;
    this.#options = options;
    this.#startedAtMs = clock.now();
    this.#lineLink = createLineLink({
      input: child.stdout,
      output: child.stdin,
      maxMessageBytes: claim.limits.maxMessageBytes,
      onListenerError: (error) =>
        log.error("launcher.link.listener_failed", {
          worker: claim.worker,
          reason: messageOf(error),
        }),
    });
    captureOutput(child.stderr, claim, options.output);
    this.#ending = this.#plannedEnding();
    child.once("exit", (code, signal) => this.#exited(code, signal));
    void this.#followInput();
    void this.#followLink();
  }

  get graceMs(): number {
    return this.#options.claim.limits.graceMs;
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
      phase: this.#phase,
      address: { kind: "link", node, launcher: "process" },
      startedAtMs: this.#startedAtMs,
      ...(this.#endReason !== undefined && { endReason: this.#endReason }),
    };
  }

  /** The gate is open: the program runs. */
  opened(): void {
    if (this.#phase === "starting") this.#phase = "running";
    this.#opened.resolve();
  }

  async connect(): Promise<MessageLink> {
    // Before the gate is open, a message would be taken for the word that opens it.
    await this.#opened.promise;
    if (this.#phase === "ended") throw lost(this.#endReason ?? "it ended");
    return this.#lineLink.link;
  }

  end(graceMs: number): Promise<boolean> {
    return this.#ending.begin(graceMs);
  }

  #plannedEnding(): Ending {
    const { group, log, clock } = this.#options;
    return createEnding(
      {
        closeInput: () => {
          if (this.#exitReason === undefined) this.#lineLink.link.close();
        },
        leaderExited: () => this.#exitReason !== undefined,
        alive: () => group.alive(),
        signal: (name) => group.signal(name),
        onGone: () => this.#cleanUp(),
        onFault: (error) => log.warn("launcher.process.look_failed", { reason: messageOf(error) }),
      },
      clock,
    );
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const reason = signal === null ? `exited with code ${code ?? 0}` : `killed by ${signal}`;
    this.#exitReason = reason;
    // Children it left behind serve nobody. For the link there may still be messages in the pipe.
    if (this.#ending.begun) this.#ending.nudge();
    else void this.#ending.begin(this.graceMs);
    void this.#drained().then(() => this.#lineLink.finish(reason));
  }

  /** A drone that closed its output is lost; its exit, if there is one, tells why within a moment. */
  async #followInput(): Promise<void> {
    await this.#lineLink.inputEnded;
    await sleep(this.#options.clock, DRAIN_MS);
    this.#lineLink.finish(this.#exitReason ?? "closed its output");
  }

  /** A drone is its link: whatever closed it, the processes behind it have nobody to serve and are ended. */
  async #followLink(): Promise<void> {
    const { reason } = await this.#lineLink.link.closed;
    this.#phase = "ended";
    this.#endReason = reason;
    this.#opened.resolve();
    this.#options.onChanged();
    if (!this.#ending.begun) await this.#ending.begin(this.graceMs);
  }

  #drained(): Promise<unknown> {
    return Promise.race([this.#lineLink.inputEnded, sleep(this.#options.clock, DRAIN_MS)]);
  }

  async #cleanUp(): Promise<void> {
    await this.#options.onGone();
    void this.#release();
  }

  async #release(): Promise<void> {
    await this.#drained();
    this.#lineLink.destroy();
    this.#options.child.stderr.destroy();
    this.#gone.resolve();
  }
}
