/** All launchers of this coordinator, the one of builtin workers included, and what they were last seen to run. */
import { messageOf } from "../../protocol/errors.ts";
import type { WorkerSpec } from "../../protocol/fleet.ts";
import type { LaunchedDrone, Launcher } from "../../launchers/contract.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { FleetNodes } from "../nodes.ts";
import type { Observation } from "../seen.ts";
import { ableLaunchers, chooseLauncher, type Places } from "./choose-launcher.ts";

export interface Launchers {
  get(name: string): Launcher | undefined;
  names(): string[];
  /** The launchers that a worker may be started by. */
  able(spec: WorkerSpec): readonly Launcher[];
  /** The launcher for a worker. After failures another one takes its turn; one with room goes before a full one. */
  choose(spec: WorkerSpec, failures: number, fits?: (launcher: string) => boolean): Launcher;
  /** The drone's machine is about to go. */
  isLeaving(record: DroneRecord): boolean;
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

export interface LaunchersOptions extends Places {
  log: Logger;
}

export function createLaunchers(options: LaunchersOptions): Launchers {
  const { log, nodes } = options;
  const all = (): readonly Launcher[] => [
    ...options.launchers,
    ...(nodes?.all() ?? []).flatMap(({ launchers }) => launchers),
  ];
  const get = (name: string): Launcher | undefined => all().find((each) => each.name === name);
  const notes = createNotes();
  return {
    get,
    names: () => all().map((launcher) => launcher.name),
    isLeaving: ({ launcher }) =>
      nodes
        ?.all()
        .some(({ leaving, launchers }) => leaving && launchers.some((l) => l.name === launcher)) ??
      false,
    able: (spec) => ableLaunchers(options, spec),
    choose: (spec, failures, fits) => chooseLauncher(options, spec, { failures, fits }),
    observation: (drone) => notes.get(drone)?.observation ?? { state: "unknown" },
    known: (drone) => notes.get(drone)?.launched,
    async observe(record) {
      const launcher = get(record.launcher);
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
    onHint: (listener) =>
      hearAll({ all, nodes }, ({ name }, handle) => {
        const claim = notes.claimOf(name, handle);
        if (claim !== undefined) listener(claim);
      }),
    async listAll() {
      const answers = await Promise.all(all().map((launcher) => ask(launcher, log)));
      for (const { name, launched } of answers.flat()) {
        for (const drone of launched) notes.add(name, drone);
      }
      return answers.flat();
    },
  };
}

interface Hearable {
  all: () => readonly Launcher[];
  nodes: FleetNodes | undefined;
}

/** Of launchers that come later too. */
function hearAll(
  { all, nodes }: Hearable,
  hear: (launcher: Launcher, handle: string) => void,
): () => void {
  const stops = new Map<Launcher, () => void>();
  const follow = (): void => {
    const present = new Set(all());
    for (const [launcher, stop] of stops) {
      if (present.has(launcher)) continue;
      stop();
      stops.delete(launcher);
    }
    for (const launcher of present) {
      if (stops.has(launcher)) continue;
      const stop = launcher.onChange((handle) => hear(launcher, handle));
      stops.set(launcher, stop);
    }
  };
  follow();
  const stopFollowing = nodes?.onChange(follow);
  return () => {
    stopFollowing?.();
    for (const stop of stops.values()) stop();
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
