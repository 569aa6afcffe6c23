/** What a driver hands to the suite, and what a promise of the contract is in it. */
import type { Clock } from "../../protocol/clock.ts";
import type { Store } from "../contract.ts";
import type { Bench } from "./bench.ts";

/** A store of its own for one test, over a backend that nobody else writes to. */
export interface StoreSubject {
  store: Store;
  /** A further handle on the same backend, as another process would have it. Drivers that are `shared` give it. */
  connect?: () => Promise<Store>;
  /** The same backend opened again, after `store.close()`. Drivers that are `durable` give it. */
  reopen?: () => Promise<Store>;
  dispose?: () => Promise<void>;
}

/** `clock` is the suite's own and passes when told to; with `time: "real"` it is the machine's. */
export type MakeStore = (given: { clock: Clock }) => StoreSubject | Promise<StoreSubject>;

export interface StoreConformanceOptions {
  /** Shown in the titles. */
  name: string;
  /** `real`: expiry is decided by the backend's own clock, so the suite waits. Default `injected`. */
  time?: "injected" | "real";
  /** What the driver's own `capabilities` say: they decide which promises apply. Default false. */
  durable?: boolean;
  shared?: boolean;
  /** Promises that this driver cannot keep, by id, with the reason, which is shown. */
  cannot?: Readonly<Record<string, string>>;
  /** Runs of each property test; default 50. */
  runs?: number;
}

export interface StoreCase {
  /** Stable: `cannot` and planted faults name it. */
  id: string;
  /** The promise, as a sentence about the driver. */
  title: string;
  needs?: "durable" | "shared" | "injected-time";
  /** Rejects when the promise is broken. */
  run: (bench: Bench) => Promise<void>;
}
