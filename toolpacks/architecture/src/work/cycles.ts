/** Circles of imports: one shortest way round for each tangle, and the tie in it that is easiest to cut. */
import { components } from "flotilla/worker/draw";
import type { Edge, ModuleGraph } from "./graph.ts";

export interface Cycle {
  /** Modules in the whole tangle; the shortest way round may have fewer. */
  modules: number;
  /** From the first module back to itself. */
  path: string[];
  cut: { from: string; to: string; line: number; column: number; names: number };
  /** Only types go round: nothing happens at run time. */
  typeOnly: boolean;
}

/** Starts tried for a shortest way round; a tangle of thousands is told as well by a nearly shortest one. */
const MAX_STARTS = 60;

export function cyclesOf(graph: ModuleGraph): Cycle[] {
  const names = [...graph.modules.keys()];
  const hard = find(graph, names, (edge) => !edge.typeOnly && !edge.dynamic);
  const inHard = new Set(hard.flatMap(({ members }) => members));
  const soft = find(graph, names, () => true).filter(
    ({ members }) => !members.some((one) => inHard.has(one)),
  );
  return [
    ...hard.map(({ cycle }) => cycle),
    ...soft.map(({ cycle }) => ({ ...cycle, typeOnly: true })),
  ].toSorted((a, b) => Number(a.typeOnly) - Number(b.typeOnly) || b.modules - a.modules);
}

function find(
  { modules }: ModuleGraph,
  names: readonly string[],
  counts: (edge: Edge) => boolean,
): { members: string[]; cycle: Cycle }[] {
  const next = (name: string): string[] =>
    [...(modules.get(name)?.out.values() ?? [])].filter(counts).map(({ to }) => to);
  return components(names, next)
    .filter(({ length }) => length > 1)
    .flatMap((members) => {
      const path = shortest(members, next);
      const edges = path.slice(0, -1).flatMap((from, index) => {
        const edge = modules.get(from)?.out.get(path[index + 1] ?? "");
        return edge === undefined ? [] : [edge];
      });
      const [cut] = edges.toSorted(
        (a, b) => a.names - b.names || fanIn(modules, b.from) - fanIn(modules, a.from),
      );
      if (cut === undefined) return [];
      const { from, to, line, column, names: taken } = cut;
      return [
        {
          members,
          cycle: {
            modules: members.length,
            path,
            cut: { from, to, line, column, names: taken },
            typeOnly: false,
          },
        },
      ];
    });
}

/** What many import should itself import little: such ties go first. */
function fanIn(modules: ModuleGraph["modules"], name: string): number {
  return modules.get(name)?.in.size ?? 0;
}

function shortest(members: readonly string[], next: (name: string) => string[]): string[] {
  const inside = new Set(members);
  let best: string[] = [];
  for (const start of members.slice(0, MAX_STARTS)) {
    const from = new Map<string, string>();
    const queue = [start];
    search: for (const node of queue) {
      for (const to of next(node)) {
        if (to === start) {
          const path = [start];
          for (
            let at: string | undefined = node;
            at !== undefined && at !== start;
            at = from.get(at)
          )
            path.unshift(at);
          path.unshift(start);
          if (best.length === 0 || path.length < best.length) best = path;
          break search;
        }
        if (!inside.has(to) || from.has(to)) continue;
        from.set(to, node);
        queue.push(to);
      }
    }
    if (best.length === 3) break;
  }
  return best;
}
