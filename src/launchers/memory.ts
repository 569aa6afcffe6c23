/** A launcher for tests: drones are objects, failures are scripted, and every call is recorded. */
import type { Clock } from "../protocol/clock.ts";
import type { FlotillaError } from "../protocol/errors.ts";
import type { DroneAddress, MessageLink } from "../protocol/link.ts";
import { linkPair } from "../protocol/link-pair.ts";
import type { DroneClaim, LaunchedDrone, Launcher, LauncherCapabilities } from "./contract.ts";
import { calledOff, denied, lost, noLinks } from "./decisions.ts";
import { createRoster, type Roster, type RosterEntry } from "./roster.ts";

/** Plays the drone: `link` is its side, `crash` makes it fail. */
export type ServeDrone = (
  link: MessageLink,
  crash: (reason?: string) => void,
  claim: DroneClaim,
) => void;

export interface MemoryLauncherOptions {
  clock: Clock;
  node?: string;
  name?: string;
  capabilities?: Partial<LauncherCapabilities>;
  /** What a drone does with its link; nothing when absent. */
  serve?: ServeDrone;
}

export interface RecordedCall {
  method: "create" | "get" | "list" | "end" | "connect" | "close";
  /** Claim id for `create`, handle for the others. */
  subject?: string;
}

export interface MemoryLauncher extends Launcher {
  readonly calls: RecordedCall[];
  /** The next call of this method rejects with this; several are used up in order. */
  failNext(method: RecordedCall["method"], error: FlotillaError): void;
  /** From now on `create` waits until the returned function is called. */
  holdCreates(): () => void;
  /** From now on `end` answers `ending` until the returned function is called. */
  holdEnds(): () => void;
  crash(handle: string, reason?: string): void;
}

export function createMemoryLauncher(options: MemoryLauncherOptions): MemoryLauncher {
  return new ScriptedLauncher(options);
}

const ANY_RUN: LauncherCapabilities = {
  links: true,
  survivesRestart: false,
  runs: ["command", "module"],
};

class ScriptedLauncher implements MemoryLauncher {
  readonly name: string;
  readonly capabilities: LauncherCapabilities;
  readonly calls: RecordedCall[] = [];
  readonly #options: MemoryLauncherOptions;
  readonly #roster: Roster<MemoryDrone> = createRoster();
  readonly #failures: { method: string; error: FlotillaError }[] = [];
  #started = 0;
  #createGate: Promise<void> = Promise.resolve();
  #endsHeld = 0;

  constructor(options: MemoryLauncherOptions) {
    this.#options = options;
    this.name = options.name ?? "memory";
    this.capabilities = { ...ANY_RUN, ...options.capabilities };
  }

  async create(claim: DroneClaim, signal: AbortSignal): Promise<LaunchedDrone> {
    this.#record("create", claim.claimId);
    return this.#roster.create(claim, signal, async () => {
      await this.#createGate;
      if (signal.aborted) throw calledOff();
      if (!this.capabilities.runs.includes(claim.run.kind)) {
        throw denied(
          `The launcher "${this.name}" cannot run a worker of kind "${claim.run.kind}".`,
        );
      }
      this.#started += 1;
      return new MemoryDrone(claim, {
        handle: `${this.name}-${this.#started}`,
        startedAtMs: this.#options.clock.now(),
        address: this.#address(claim),
        serve: this.#options.serve,
        onChanged: (handle) => this.#roster.changed(handle),
      });
    });
  }

  async get(handle: string): Promise<LaunchedDrone | undefined> {
    this.#record("get", handle);
    return this.#roster.find(handle)?.view();
  }

  async list(): Promise<LaunchedDrone[]> {
    this.#record("list");
    return this.#roster.entries().map((drone) => drone.view());
  }

  async end(handle: string, _graceMs: number): Promise<"ending" | "gone"> {
    this.#record("end", handle);
    const drone = this.#roster.find(handle);
    if (drone === undefined) return "gone";
    drone.stop("closed by us");
    if (this.#endsHeld > 0) return "ending";
    this.#roster.forget(handle);
    this.#roster.changed(handle);
    return "gone";
  }

  async connect(handle: string): Promise<MessageLink> {
    this.#record("connect", handle);
    if (!this.capabilities.links) throw noLinks(this.name);
    const drone = this.#roster.find(handle);
    if (drone === undefined) throw lost("nothing is known of it");
    return drone.connect();
  }

  onChange(listener: (handle: string) => void): () => void {
    return this.#roster.onChange(listener);
  }

  async close(): Promise<void> {
    this.#record("close");
    await this.#roster.shut();
    if (this.capabilities.survivesRestart) return;
    for (const drone of this.#roster.entries()) {
      drone.stop("closed by us");
      this.#roster.forget(drone.handle);
    }
  }

  failNext(method: RecordedCall["method"], error: FlotillaError): void {
    this.#failures.push({ method, error });
  }

  holdCreates(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#createGate = gate.promise;
    return gate.resolve;
  }

  holdEnds(): () => void {
    this.#endsHeld += 1;
    return () => {
      this.#endsHeld -= 1;
    };
  }

  crash(handle: string, reason = "exited with code 1"): void {
    this.#roster.find(handle)?.stop(reason);
  }

  #record(method: RecordedCall["method"], subject?: string): void {
    this.calls.push(subject === undefined ? { method } : { method, subject });
    const at = this.#failures.findIndex((failure) => failure.method === method);
    const [failure] = at === -1 ? [] : this.#failures.splice(at, 1);
    if (failure !== undefined) throw failure.error;
  }

  #address(claim: DroneClaim): DroneAddress {
    if (this.capabilities.links) {
      return { kind: "link", node: this.#options.node ?? "here", launcher: this.name };
    }
    return {
      kind: "http",
      url: `http://${claim.claimId}.invalid/mcp`,
      transport: "streamable-http",
    };
  }
}

interface MemoryDroneOptions {
  handle: string;
  startedAtMs: number;
  address: DroneAddress;
  serve: ServeDrone | undefined;
  onChanged: (handle: string) => void;
}

class MemoryDrone implements RosterEntry {
  readonly handle: string;
  readonly #claim: DroneClaim;
  readonly #options: MemoryDroneOptions;
  readonly #link: MessageLink;
  readonly #far: MessageLink;
  #endReason: string | undefined;

  constructor(claim: DroneClaim, options: MemoryDroneOptions) {
    this.#claim = claim;
    this.#options = options;
    this.handle = options.handle;
    [this.#link, this.#far] = linkPair();
    options.serve?.(this.#far, (reason = "exited with code 1") => this.stop(reason), claim);
    void this.#link.closed.then(({ reason }) => this.stop(reason));
  }

  view(): LaunchedDrone {
    const { claimId, worker, revision } = this.#claim;
    const { handle, startedAtMs, address } = this.#options;
    const base = { claimId, worker, revision, handle, address, startedAtMs };
    if (this.#endReason === undefined) return { ...base, phase: "running" };
    return { ...base, phase: "ended", endReason: this.#endReason };
  }

  async connect(): Promise<MessageLink> {
    if (this.#endReason !== undefined) throw lost(this.#endReason);
    return this.#link;
  }

  stop(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#link.close();
    this.#options.onChanged(this.handle);
  }
}
