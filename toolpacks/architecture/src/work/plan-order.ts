/** Modules in the order in which they can move: what others lean on first, circles together. */
import { components } from "flotilla/worker/draw";
import type { Module, ModuleGraph } from "./graph.ts";
import type { Step } from "./plan.ts";

export interface Batch {
  id: string;
  members: Module[];
  after: string[];
}

/** Small neighbours of one folder and one height go together: a step is what fits a review. */
const MAX_LINES = 600;
const MAX_FILES = 12;

export function batches(graph: ModuleGraph, wanted: (module: Module) => boolean): Batch[] {
  const names = [...graph.modules.keys()];
  const groups = components(names, (name) => graph.modules.get(name)?.out.keys() ?? []);
  const height = heights(graph, groups, wanted);
  const units = groups
    .map((group) => group.flatMap((name) => graph.modules.get(name) ?? []).filter(wanted))
    .filter(({ length }) => length > 0)
    .map((members) => ({
      members,
      height: Math.max(...members.map(({ path }) => height.get(path) ?? 0)),
    }))
    .toSorted(
      (a, b) => a.height - b.height || folderOf(a.members).localeCompare(folderOf(b.members)),
    );
  const found: Batch[] = [];
  let open: { batch: Batch; height: number } | undefined;
  for (const unit of units) {
    const lines = [...(open?.batch.members ?? []), ...unit.members].reduce(
      (sum, one) => sum + one.lines,
      0,
    );
    const fits =
      open !== undefined &&
      open.height === unit.height &&
      folderOf(open.batch.members) === folderOf(unit.members) &&
      lines <= MAX_LINES &&
      open.batch.members.length + unit.members.length <= MAX_FILES;
    if (fits && open !== undefined) open.batch.members.push(...unit.members);
    else {
      open = {
        batch: { id: `step-${found.length + 1}`, members: [...unit.members], after: [] },
        height: unit.height,
      };
      found.push(open.batch);
    }
  }
  const home = new Map(
    found.flatMap(({ id, members }) => members.map(({ path }) => [path, id] as const)),
  );
  for (const batch of found) {
    const before = batch.members.flatMap(({ out }) => [...out.keys()].map((to) => home.get(to)));
    batch.after = [...new Set(before)].flatMap((id) =>
      id === undefined || id === batch.id ? [] : [id],
    );
  }
  return found;
}

/** Steps below, counted only over modules that move. */
function heights(
  graph: ModuleGraph,
  groups: readonly string[][],
  wanted: (module: Module) => boolean,
): Map<string, number> {
  const height = new Map<string, number>();
  for (const group of groups) {
    const below = group.flatMap((name) =>
      [...(graph.modules.get(name)?.out.keys() ?? [])].map((to) => height.get(to) ?? 0),
    );
    const moves = group.some((name) => {
      const module = graph.modules.get(name);
      return module !== undefined && wanted(module);
    });
    const level = Math.max(0, ...below) + (moves ? 1 : 0);
    for (const name of group) height.set(name, level);
  }
  return height;
}

export function folderOf(members: readonly Module[]): string {
  return members[0]?.folder ?? ".";
}

export function sizeOf(lines: number): Step["size"] {
  if (lines <= 150) return "S";
  if (lines <= 600) return "M";
  return lines <= 2_000 ? "L" : "XL";
}

export function linesOf(members: readonly Module[]): number {
  return members.reduce((sum, { lines }) => sum + lines, 0);
}
