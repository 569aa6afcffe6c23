/** What every case of the suite needs: a fresh launcher, claims, and waiting for conditions instead of for time. */
import { expect } from "vitest";
import { isFlotillaError } from "../../protocol/errors.ts";
import { DEFAULT_LIMITS } from "../../protocol/fleet.ts";
import type { DroneClaim, LaunchedDrone, Launcher } from "../contract.ts";
import type { LauncherConformanceOptions, LauncherSubject, MakeLauncher } from "./subject.ts";

export interface Launch {
  /** The launcher of this test; made on first use. */
  launcher(): Promise<Launcher>;
  claim(over?: Partial<DroneClaim>): DroneClaim;
  /** A started drone. */
  drone(over?: Partial<DroneClaim>): Promise<LaunchedDrone>;
  /** Ends it until nothing is left. */
  endFully(handle: string, graceMs?: number): Promise<void>;
  /** The outcome of `promise`, letting time pass until there is one. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Repeats `probe` while time passes until it returns something true. */
  until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>>;
  dispose(): Promise<void>;
}

export const neverAborted = (): AbortSignal => new AbortController().signal;

/** Rounds before a condition counts as never coming; with real time about ten seconds. */
const MAX_ROUNDS = 2_000;
const ROUND_MS = 5;

export function createLaunch(
  makeLauncher: MakeLauncher,
  options: LauncherConformanceOptions,
): Launch {
  let subject: LauncherSubject | undefined;
  let claims = 0;

  const settle = (): Promise<void> =>
    subject?.settle?.() ?? new Promise((resolve) => setTimeout(resolve, ROUND_MS));

  const until: Launch["until"] = async (what, probe) => {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const result = await probe();
      if (result) return result;
      await settle();
    }
    throw new Error(`Never happened: ${what}.`);
  };

  const launch: Launch = {
    async launcher() {
      subject ??= await makeLauncher();
      return subject.launcher;
    },
    claim(over = {}) {
      claims += 1;
      const limits = { ...DEFAULT_LIMITS, graceMs: 200, maxMessageBytes: 1_048_576 };
      const base = { worker: "echo", revision: "r1", run: options.run, limits };
      return { claimId: `claim-${claims}`, ...base, ...over };
    },
    async drone(over) {
      const launcher = await launch.launcher();
      return launch.settled(launcher.create(launch.claim(over), neverAborted()));
    },
    async endFully(handle, graceMs = 100) {
      const launcher = await launch.launcher();
      await until("gone", async () => (await launcher.end(handle, graceMs)) === "gone");
    },
    async settled(promise) {
      let done = false;
      const mark = (): void => {
        done = true;
      };
      promise.then(mark, mark);
      await until("settled", () => done);
      return promise;
    },
    until,
    async dispose() {
      if (subject === undefined) return;
      await launch.settled(subject.launcher.close());
      await subject.dispose?.();
      subject = undefined;
    },
  };
  return launch;
}

/** The code of what a promise rejects with; fails when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => expect.unreachable("It should have been refused."),
    (rejection: unknown) => rejection,
  );
  return isFlotillaError(error) ? error.code : `not ours: ${String(error)}`;
}
