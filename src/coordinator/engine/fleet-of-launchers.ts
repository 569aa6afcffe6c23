/** All launchers of this coordinator, the one of builtin workers included, and what they were last seen to run. */
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import type { RunSpec, WorkerSpec } from "../../protocol/fleet.ts";
import type { LaunchedDrone, Launcher } from "../../launchers/contract.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { Observation } from "../seen.ts";

export interface Launchers {
  get(name: string): Launcher | undefined;
  names(): string[];
  /** The launchers that a worker may be started by. */
  able(spec: WorkerSpec): readonly Launcher[];
  /** The launcher for a worker. After failures another one takes its turn; one with room goes before a full one. */
  choose(spec: WorkerSpec, failures: number, fits?: (launcher: string) => boolean): Launcher;
  observation(drone: string): Observation;
  /** What the launcher knew by our claim id when it was last asked. */
  known(drone: string): LaunchedDrone | undefined;
  /** Asks the drone's launcher now. Never rejects: no answer is `unknown`. */
  observe(record: DroneRecord): Promise<void>;
  noteGone(drone: string, reason: string): void;
  forget(drone: string): void;
  /** Tells the drone of which a launcher says that something changed. Hints may be missed: the sweep makes up for it. */
  onHint(listener: (drone: string) => void): () => void;
  /** Asks every launcher for all it runs; one that fails is left out. */
  listAll(): Promise<{ name: string; launched: LaunchedDrone[] }[]>;
}

export function createLaunchers(all: readonly Launcher[], log: Logger): Launchers {
  const byName = new Map(all.map((launcher) => [launcher.name, launcher]));
  const notes = createNotes();
  return {
    get: (name) => byName.get(name),
    names: () => [...byName.keys()],
    able: (spec) => ableTo(all, spec),
    choose(spec, failures, fits = () => true) {
      const able = ableTo(all, spec);
      const free = able.filter((launcher) => fits(launcher.name));
      return choose(free.length > 0 ? free : able, spec, failures);
    },
    observation: (drone) => notes.get(drone)?.observation ?? { state: "unknown" },
    known: (drone) => notes.get(drone)?.launched,
    async observe(record) {
      const launcher = byName.get(record.launcher);
      if (launcher === undefined || record.handle === "") return;
      try {
        const launched = await launcher.get(record.handle);
        if (launched !== undefined) notes.add(launcher.name, launched);
        else notes.gone(record.id, "its launcher no longer knows it");
      } catch (error) {
        noAnswer(log, launcher, error);
      }
    },
    noteGone: (drone, reason) => notes.gone(drone, reason),
    forget: (drone) => notes.forget(drone),
    onHint(listener) {
      const stops = all.map((launcher) =>
        launcher.onChange((handle) => {
          const claim = notes.claimOf(launcher.name, handle);
          if (claim !== undefined) listener(claim);
        }),
      );
      return () => stops.forEach((stop) => stop());
    },
    async listAll() {
      const answers = await Promise.all(all.map((launcher) => ask(launcher, log)));
      for (const { name, launched } of answers.flat()) {
        for (const drone of launched) notes.add(name, drone);
      }
      return answers.flat();
    },
  };
}

async function ask(
  launcher: Launcher,
  log: Logger,
): Promise<{ name: string; launched: LaunchedDrone[] }[]> {
  try {
    return [{ name: launcher.name, launched: await launcher.list() }];
  } catch (error) {
    noAnswer(log, launcher, error);
    return [];
  }
}

function noAnswer(log: Logger, launcher: Launcher, error: unknown): void {
  log.warn("launcher did not answer", { launcher: launcher.name, error: messageOf(error) });
}

interface Note {
  observation: Observation;
  launched?: LaunchedDrone;
  handleKey?: string;
}

const handleKey = (launcher: string, handle: string): string => `${launcher} ${handle}`;

/** What launchers said last, by claim. */
function createNotes() {
  const notes = new Map<string, Note>();
  const claims = new Map<string, string>();
  return {
    get: (claim: string): Note | undefined => notes.get(claim),
    claimOf: (launcher: string, handle: string) => claims.get(handleKey(launcher, handle)),
    add(launcher: string, launched: LaunchedDrone): void {
      const key = handleKey(launcher, launched.handle);
      claims.set(key, launched.claimId);
      const observation: Observation =
        launched.phase === "ended"
          ? { state: "ended", reason: launched.endReason ?? "it ended" }
          : { state: "alive" };
      notes.set(launched.claimId, { observation, launched, handleKey: key });
    },
    gone(claim: string, reason: string): void {
      const before = notes.get(claim);
      if (before?.observation.state === "ended") return;
      notes.set(claim, { ...before, observation: { state: "ended", reason } });
    },
    forget(claim: string): void {
      claims.delete(notes.get(claim)?.handleKey ?? "");
      notes.delete(claim);
    },
  };
}

/** Where one is meant by name, handing the worker to another launcher would surprise. */
function ableTo(all: readonly Launcher[], spec: WorkerSpec): readonly Launcher[] {
  const able = all.filter((launcher) => launcher.capabilities.runs.includes(spec.run.kind));
  const meant = able.find((launcher) => launcher.name === preferredName(spec.run));
  return meant === undefined ? able : [meant];
}

function choose(able: readonly Launcher[], spec: WorkerSpec, failures: number): Launcher {
  const choice = able[failures % Math.max(1, able.length)];
  if (choice !== undefined) return choice;
  const message = `Nothing here can run a worker of kind "${spec.run.kind}".`;
  throw new FlotillaError("launcher_denied", message, {
    hint: "Start Flotilla with a launcher that can, or change how the worker is run.",
  });
}

function preferredName(run: RunSpec): string {
  if (run.kind === "module") return run.launcher;
  return run.kind === "command" ? "process" : run.kind;
}
