/** What a lockfile says about who needs whom. */
import { InputProblem } from "flotilla/worker/review";
import { installedOf } from "../lock/model.ts";
import type { Lock, Locked } from "../lock/model.ts";
import { readLock } from "../lock/read.ts";
import { askersOf, circlesOf, reachOf, severalOf, waysTo } from "../lock/ways.ts";
import type { Asker, Reach, Several } from "../lock/ways.ts";
import { drawDependencies } from "./picture.ts";

export interface GraphInput {
  why?: string[];
  picture?: "auto" | "none";
  include?: "all" | "production";
  edges?: boolean;
}

export interface Why {
  /** As asked. */
  asked: string;
  packages: {
    id: string;
    depth: number;
    production: boolean;
    askedBy: Asker[];
    /** From a project down to the package; the shortest first. */
    ways: string[][];
  }[];
}

export interface GraphAnswer {
  format: string;
  formatVersion: string;
  projects: { id: string; prod: number; dev: number; optional: number }[];
  packages: number;
  production: number;
  needs: number;
  maxDepth: number;
  deepest: string[];
  duplicates: Several[];
  cycles: string[][];
  /** Packages that most others need. */
  hubs: { id: string; neededBy: number; brings: number }[];
  /** Direct dependencies by how many packages only they bring. */
  heaviest: { id: string; brings: number; alone: number }[];
  unreached: string[];
  unmet: { id: string; name: string; range: string; kind: string }[];
  why: Why[];
  nodes?: { id: string; depth: number; production: boolean }[];
  edges?: [string, string][];
  picture?: string;
}

const MAX_LISTED = 100;
const MAX_WAYS = 5;
const MAX_EDGES = 5_000;

export function dependencyGraph(
  { why = [], picture = "auto", include = "all", edges = false }: GraphInput,
  files: Readonly<Record<string, string>>,
): GraphAnswer {
  const whole = readLock(files);
  const lock = include === "production" ? onlyProduction(whole) : whole;
  const reach = reachOf(lock);
  const askers = askersOf(lock);
  const installed = installedOf(lock);
  const duplicates = severalOf(lock);
  const asked = why.map((name) => whyOf(name, { lock, reach, askers }));
  const drawn =
    picture === "none" ? undefined : drawDependencies(lock, { reach, duplicates, asked });
  const maxDepth = Math.max(0, ...reach.depth.values());
  const deep = installed.find(({ id }) => reach.depth.get(id) === maxDepth);
  return {
    format: lock.format,
    formatVersion: lock.formatVersion,
    projects: lock.projects.slice(0, MAX_LISTED).map((id) => projectOf(lock, id)),
    packages: installed.length,
    production: installed.filter(({ id }) => reach.production.has(id)).length,
    needs: [...lock.packages.values()].reduce((sum, { needs }) => sum + needs.length, 0),
    maxDepth,
    deepest:
      deep === undefined
        ? []
        : (waysTo(deep.id, { projects: lock.projects, askers, max: 1 })[0] ?? []),
    duplicates: duplicates.slice(0, MAX_LISTED),
    cycles: circlesOf(lock).slice(0, MAX_LISTED),
    hubs: hubsOf(lock, askers),
    heaviest: heaviestOf(lock),
    unreached: installed
      .flatMap(({ id }) => (reach.depth.has(id) ? [] : [id]))
      .slice(0, MAX_LISTED),
    unmet: unmetOf(lock).slice(0, MAX_LISTED),
    why: asked,
    ...(edges ? listed(lock, reach) : {}),
    ...(drawn === undefined ? {} : { picture: drawn }),
  };
}

function onlyProduction(lock: Lock): Lock {
  const { production } = reachOf(lock);
  const kept = [...lock.packages].filter(([id]) => production.has(id));
  return {
    ...lock,
    packages: new Map(
      kept.map(([id, one]) => [
        id,
        { ...one, needs: one.needs.filter(({ kind }) => kind !== "dev") },
      ]),
    ),
  };
}

function projectOf(lock: Lock, id: string): GraphAnswer["projects"][number] {
  const needs = lock.packages.get(id)?.needs ?? [];
  const count = (kind: string): number => needs.filter((need) => need.kind === kind).length;
  return { id, prod: count("prod"), dev: count("dev"), optional: count("optional") };
}

function whyOf(
  asked: string,
  { lock, reach, askers }: { lock: Lock; reach: Reach; askers: ReadonlyMap<string, Asker[]> },
): Why {
  const found = installedOf(lock).filter(
    ({ id, name, version }) => asked === name || asked === `${name}@${version}` || asked === id,
  );
  if (found.length === 0)
    throw new InputProblem(`why: "${asked.slice(0, 200)}" is not in ${lock.file}.`, {
      hint: "Give a package's name, or name@version.",
    });
  return {
    asked,
    packages: found.slice(0, MAX_LISTED).map(({ id }) => ({
      id,
      depth: reach.depth.get(id) ?? -1,
      production: reach.production.has(id),
      askedBy: (askers.get(id) ?? []).slice(0, MAX_LISTED),
      ways: waysTo(id, { projects: lock.projects, askers, max: MAX_WAYS }),
    })),
  };
}

/** All that a package brings, itself not counted. */
function broughtBy(lock: Lock, start: string): Set<string> {
  const seen = new Set<string>([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const { to } of lock.packages.get(id)?.needs ?? []) {
      if (to === undefined || seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  seen.delete(start);
  return seen;
}

function hubsOf(lock: Lock, askers: ReadonlyMap<string, Asker[]>): GraphAnswer["hubs"] {
  return installedOf(lock)
    .map(({ id }) => ({ id, neededBy: askers.get(id)?.length ?? 0 }))
    .filter(({ neededBy }) => neededBy > 1)
    .toSorted((a, b) => b.neededBy - a.neededBy || (a.id < b.id ? -1 : 1))
    .slice(0, 10)
    .map(({ id, neededBy }) => ({ id, neededBy, brings: broughtBy(lock, id).size }));
}

/** The direct dependencies that bring most, and what would go if no project asked for them. */
function heaviestOf(lock: Lock): GraphAnswer["heaviest"] {
  const direct = new Set(
    lock.projects.flatMap((id) =>
      (lock.packages.get(id)?.needs ?? []).flatMap(({ to }) => to ?? []),
    ),
  );
  const weighed = [...direct]
    .filter((id) => lock.packages.get(id)?.project === false)
    .map((id) => ({ id, brings: broughtBy(lock, id).size }))
    .toSorted((a, b) => b.brings - a.brings || (a.id < b.id ? -1 : 1))
    .slice(0, 20);
  const all = reachedWithout(lock, undefined);
  return weighed.map(({ id, brings }) => ({
    id,
    brings,
    alone: Math.max(0, all - reachedWithout(lock, id) - 1),
  }));
}

/** How much is there when no project asks for `gone` any more; others may still need it. */
function reachedWithout(lock: Lock, gone: string | undefined): number {
  const projects = new Set(lock.projects);
  const seen = new Set(projects);
  const queue = [...projects];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const { to } of lock.packages.get(id)?.needs ?? []) {
      if (to === undefined || seen.has(to) || (to === gone && projects.has(id))) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return seen.size;
}

function unmetOf(lock: Lock): GraphAnswer["unmet"] {
  return [...lock.packages.values()].flatMap(({ id, needs }: Locked) =>
    needs
      .filter(({ to, kind }) => to === undefined && kind !== "optional")
      .map(({ name, range, kind }) => ({ id, name, range, kind })),
  );
}

function listed(lock: Lock, reach: Reach): Pick<GraphAnswer, "nodes" | "edges"> {
  return {
    nodes: [...lock.packages.keys()].slice(0, MAX_EDGES).map((id) => ({
      id,
      depth: reach.depth.get(id) ?? -1,
      production: reach.production.has(id),
    })),
    edges: [...lock.packages.values()]
      .flatMap(({ id, needs }) =>
        needs.flatMap(({ to }) => (to === undefined ? [] : [[id, to] satisfies [string, string]])),
      )
      .slice(0, MAX_EDGES),
  };
}
