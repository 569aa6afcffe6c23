/** Ways through a lockfile's graph: who is there for production, how deep, and why. */
import { components } from "flotilla/worker/draw";
import { installedOf } from "./model.ts";
import type { Lock, Locked } from "./model.ts";

const MAX_STEPS = 200_000;

export interface Reach {
  /** Steps from the nearest project, by id. Absent: nobody needs it. */
  depth: Map<string, number>;
  /** Ids that are there although nothing is developed here. */
  production: Set<string>;
}

export function reachOf(lock: Lock): Reach {
  return {
    depth: depthsFrom(lock, () => true),
    production: new Set(depthsFrom(lock, (kind) => kind !== "dev").keys()),
  };
}

function depthsFrom(lock: Lock, follows: (kind: string) => boolean): Map<string, number> {
  const depth = new Map<string, number>(lock.projects.map((id) => [id, 0]));
  const queue = [...lock.projects];
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at] ?? "";
    for (const { to, kind } of lock.packages.get(id)?.needs ?? []) {
      if (to === undefined || depth.has(to) || !follows(kind)) continue;
      depth.set(to, (depth.get(id) ?? 0) + 1);
      queue.push(to);
    }
  }
  return depth;
}

export interface Asker {
  id: string;
  range: string;
  kind: string;
}

/** Who needs whom, turned round. */
export function askersOf(lock: Lock): Map<string, Asker[]> {
  const askers = new Map<string, Asker[]>();
  for (const { id, needs } of lock.packages.values()) {
    for (const { to, range, kind } of needs) {
      if (to === undefined) continue;
      const list = askers.get(to) ?? [];
      list.push({ id, range, kind });
      askers.set(to, list);
    }
  }
  return askers;
}

/** Up to `max` ways from a project to one package, shortest first, none through the same package twice. */
export function waysTo(
  id: string,
  {
    projects,
    askers,
    max,
  }: { projects: readonly string[]; askers: ReadonlyMap<string, Asker[]>; max: number },
): string[][] {
  const ends = new Set(projects);
  const found: string[][] = [];
  const queue: string[][] = [[id]];
  for (let at = 0; at < queue.length && at < MAX_STEPS && found.length < max; at += 1) {
    const way = queue[at] ?? [];
    const [head = ""] = way;
    if (ends.has(head) && way.length > 1) {
      found.push(way);
      continue;
    }
    for (const asker of askers.get(head) ?? [])
      if (!way.includes(asker.id) && queue.length < MAX_STEPS) queue.push([asker.id, ...way]);
  }
  return found;
}

/** Groups of packages that need each other in a circle. */
export function circlesOf(lock: Lock): string[][] {
  const next = (id: string): string[] =>
    (lock.packages.get(id)?.needs ?? []).flatMap(({ to, kind }) =>
      to === undefined || kind === "peer" ? [] : [to],
    );
  const groups = components([...lock.packages.keys()], next);
  return groups.filter((group) => group.length > 1).map((group) => group.toReversed());
}

export interface Several {
  name: string;
  versions: { version: string; ids: string[] }[];
  copies: number;
}

/** Packages that are there in more than one version, or more than once. */
export function severalOf(lock: Lock): Several[] {
  const byName = new Map<string, Locked[]>();
  for (const one of installedOf(lock)) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  return [...byName]
    .filter(([, all]) => all.length > 1)
    .map(([name, all]) => ({
      name,
      versions: [...Map.groupBy(all, ({ version }) => version)].map(([version, those]) => ({
        version,
        ids: those.map(({ id }) => id),
      })),
      copies: all.length,
    }))
    .toSorted((a, b) => b.copies - a.copies || (a.name < b.name ? -1 : 1));
}

/** The line of a package in its lockfile. */
export function lineIn(text: string, { mark }: Locked): number | undefined {
  const at = mark === "" ? -1 : text.indexOf(mark);
  if (at === -1) return undefined;
  let line = 1;
  for (let next = text.indexOf("\n"); next !== -1 && next < at; next = text.indexOf("\n", next + 1))
    line += 1;
  return line;
}
