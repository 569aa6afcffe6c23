/** Which launcher starts a worker's next drone: the node first, where there are several, then its launcher. */
import type { Launcher } from "../../launchers/contract.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { RunSpec, WorkerSpec } from "../../protocol/fleet.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { type FleetNode, type FleetNodes, launcherKind } from "../nodes.ts";
import { type NodeLoad, rankNodes } from "../workers/place/place.ts";

export interface Places {
  /** Of this process alone. */
  launchers: readonly Launcher[];
  /** The machines of the fleet, this one among them. */
  nodes: FleetNodes | undefined;
  /** All drones on record: what each node has to carry. */
  drones: () => Iterable<DroneRecord>;
}

/** All launchers that a worker may be started by, wherever they are. */
export function ableLaunchers({ launchers, nodes }: Places, { run }: WorkerSpec): Launcher[] {
  const all = (nodes?.all() ?? []).flatMap((node) => fitting(node.launchers, run));
  return all.length > 0 ? all : fitting(launchers, run);
}

export interface ChooseOptions {
  /** In a row: they pass the worker on to what comes next. */
  failures: number;
  /** Whether a launcher has room. Where none has, any will do. */
  fits?: ((launcher: string) => boolean) | undefined;
}

export function chooseLauncher(places: Places, spec: WorkerSpec, options: ChooseOptions): Launcher {
  const { failures, fits = () => true } = options;
  const able = ableLaunchers(places, spec);
  const free = able.filter(({ name }) => fits(name));
  const open = free.length > 0 ? free : able;
  const nodes = (places.nodes?.all() ?? []).filter(({ launchers }) => overlaps(launchers, open));
  if (nodes.length === 0) return pick(open, failures) ?? refuse(spec);
  const ranked = rankNodes(loadsOf(nodes, places.drones(), spec.name), spec.place);
  const best = pick(ranked, failures)?.name;
  const chosen = nodes.find(({ name }) => name === best)?.launchers ?? [];
  const theirs = open.filter((launcher) => chosen.includes(launcher));
  return pick(theirs, failures) ?? refuseNodes(spec, nodes.length);
}

/** Where one is meant by name, handing the worker to another launcher would surprise. */
function fitting(launchers: readonly Launcher[], run: RunSpec): Launcher[] {
  const able = launchers.filter(({ capabilities }) => capabilities.runs.includes(run.kind));
  const meant = able.find(({ name }) => launcherKind(name) === preferredName(run));
  return meant === undefined ? able : [meant];
}

function overlaps(some: readonly Launcher[], others: readonly Launcher[]): boolean {
  return some.some((launcher) => others.includes(launcher));
}

function pick<T>(list: readonly T[], failures: number): T | undefined {
  return list[failures % Math.max(1, list.length)];
}

function loadsOf(
  nodes: readonly FleetNode[],
  drones: Iterable<DroneRecord>,
  worker: string,
): NodeLoad[] {
  const all = [...drones];
  return nodes.map(({ name, labels, leaving, maxDrones, launchers }) => {
    const here = new Set(launchers.map((launcher) => launcher.name));
    const theirs = all.filter(({ launcher }) => here.has(launcher));
    return {
      name,
      labels: { node: name, ...labels },
      leaving,
      ...(maxDrones === undefined ? {} : { maxDrones }),
      drones: theirs.length,
      ofWorker: theirs.filter((drone) => drone.worker === worker).length,
    };
  });
}

function refuse({ run }: WorkerSpec): never {
  const message = `Nothing here can run a worker of kind "${run.kind}".`;
  throw new FlotillaError("launcher_denied", message, {
    hint: "Start Flotilla with a launcher that can, or change how the worker is run.",
  });
}

/** Nodes come and go: what no node takes now may find one later. */
function refuseNodes({ name }: WorkerSpec, count: number): never {
  const message = `No node of ${count} takes a drone of "${name}": wrong labels, full, or about to leave.`;
  throw new FlotillaError("launcher_capacity", message, {
    retryable: true,
    hint: "Look at place.require of the worker, or add a node that fits.",
  });
}

function preferredName(run: RunSpec): string {
  if (run.kind === "module") return run.launcher;
  return run.kind === "command" ? "process" : run.kind;
}
