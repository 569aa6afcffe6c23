/**
 * How a drone comes to be. A launcher drives one place where drones run; the coordinator decides, a launcher obeys.
 * Every action is idempotent per claim id and may be repeated after a crash. A launcher rejects with four decisions
 * and no more: `launcher_capacity` (try elsewhere), `launcher_not_ready` (wait), `launcher_denied` (stop, tell the
 * operator), `launcher_unknown` (back off).
 */
import type { LimitSpec, RunSpec } from "../protocol/fleet.ts";
import type { DroneAddress, MessageLink } from "../protocol/link.ts";

export interface Launcher {
  /** `process`, `thread`, `remote`, `docker`, … Stored in drone records. */
  readonly name: string;
  readonly capabilities: LauncherCapabilities;
  /**
   * Starts a drone for a claim and resolves as soon as it exists (not when it is ready). The same claim id again
   * returns the same drone. Aborting `signal` leaves nothing behind.
   */
  create(claim: DroneClaim, signal: AbortSignal): Promise<LaunchedDrone>;
  /** The drone as it is now; undefined when it is gone and forgotten. */
  get(handle: string): Promise<LaunchedDrone | undefined>;
  /** Every drone this launcher is responsible for, also those it started before a crash of Flotilla. */
  list(): Promise<LaunchedDrone[]>;
  /**
   * Asks it to stop, gently first, by force after `graceMs`. Resolves at once with `ending` or, when nothing of it
   * is left (children included), with `gone`. Repeat until `gone`.
   */
  end(handle: string, graceMs: number): Promise<"ending" | "gone">;
  /**
   * The message link to a drone whose address is `link`; the same link each time while it lives. Rejects with
   * `not_supported` where `capabilities.links` is false, `drone_lost` when the drone is gone.
   */
  connect(handle: string): Promise<MessageLink>;
  /** A hint that some drone changed (exited, became reachable). May be late or doubled, never relied on alone. */
  onChange(listener: (handle: string) => void): () => void;
  /** Ends what cannot outlive this process and frees resources. Idempotent. */
  close(): Promise<void>;
}

export interface LauncherCapabilities {
  /** Drones are reached by `connect` unless their address is a URL. */
  links: boolean;
  /** Drones live on when Flotilla dies and are found again by `list`. */
  survivesRestart: boolean;
  /** Except those reached by `connect`, which end with this process. */
  linksEndWithUs?: true;
  /** Which `RunSpec` kinds it can start. */
  runs: readonly RunSpec["kind"][];
}

/** An order for one drone. Environment values may be secrets: they go to the drone and nowhere else. */
export interface DroneClaim {
  claimId: string;
  worker: string;
  revision: string;
  run: RunSpec;
  limits: LimitSpec;
}

export interface LaunchedDrone {
  claimId: string;
  worker: string;
  revision: string;
  handle: string;
  phase: "starting" | "running" | "ended";
  address: DroneAddress;
  startedAtMs: number;
  /** Set in phase `ended`: "exited with code 1", "killed by SIGKILL". */
  endReason?: string;
}

/** Where a launcher puts what its drones write to stderr. Lines come complete, cut at 8 KiB, without the newline. */
export type DroneOutput = (line: { worker: string; claimId: string; text: string }) => void;
