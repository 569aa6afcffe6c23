/** What a driver hands to the conformance suite. */
import type { RunSpec } from "../../protocol/fleet.ts";
import type { Launcher } from "../contract.ts";

/** A launcher of its own for one test. */
export interface LauncherSubject {
  launcher: Launcher;
  /** Lets time pass where the clock is injected; real time when absent. */
  settle?: () => Promise<void>;
  dispose?: () => Promise<void>;
}

export interface LauncherConformanceOptions {
  /** Its drones have an address of their own: `connect` refuses, and they cannot be told to fail. */
  dialled?: boolean;
  name: string;
  /** Starts a drone that behaves like `echoBehaviour` (any drone, where there are no links). */
  run: RunSpec;
  /** An order this launcher has to refuse for good. */
  deniedRun: RunSpec;
}

export type MakeLauncher = () => LauncherSubject | Promise<LauncherSubject>;
