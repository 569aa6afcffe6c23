/** Circles of imports: one shortest way round for each tangle, and the tie in it that is easiest to cut. */
import { components } from "flotilla/worker/draw";
import type { Edge, ImportGraph } from "./graph.ts";

export interface Cycle {
  /** Modules in the whole tangle; the shortest way round may have fewer. */
  modules: number;
  /** From the first module back to itself. */
  path: string[];
  cut: { from: string; to: string; line: number; column: number };
  /** Closed only by imports inside of functions or for types: it works, and is a tie all the same. */
  soft: boolean;
}

export function cyclesOf(graph: ImportGraph): Cycle[] {
  const hard = find(graph, ({ soft }) => !soft);
  const inHard = new Set(hard.flatMap(({ members }) => members));
  const soft = find(graph, () => true).filter(
    ({ members }) => !members.some((one) => inHard.has(one)),
  );
  return [
    ...hard.map(({ cycle }) => cycle),
    ...soft.map(({ cycle }) => ({ ...cycle, soft: true })),
  ].toSorted((a, b) => Number(a.soft) - Number(b.soft) || b.modules - a.modules);
}

function find(
  { modules }: ImportGraph,
  counts: (edge: Edge) => boolean,
): { members: string[]; cycle: Cycle }[] {
  const next = (name: string): string[] =>
    [...(modules.get(name)?.out.values() ?? [])].filter(counts).map(({ to }) => to);
  return components([...modules.keys()], next)
    .filter(({ length }) => length > 1)
    .flatMap((members) => {
      const path = shortestRound(members, next);
      const edges = path.slice(0, -1).flatMap((from, index) => {
        const edge = modules.get(from)?.out.get(path[index + 1] ?? "");
        return edge === undefined ? [] : [edge];
      });
      // What many import should itself import little: such ties go first.
      const [cut] = edges.toSorted(
        (a, b) =>
          a.weight - b.weight ||
          (modules.get(b.from)?.in.size ?? 0) - (modules.get(a.from)?.in.size ?? 0),
      );
      if (cut === undefined) return [];
      const { from, to, line, column } = cut;
      return [
        {
          members,
          cycle: { modules: members.length, path, cut: { from, to, line, column }, soft: false },
        },
      ];
    });
}

/** Starts tried; a tangle of thousands is told as well by a nearly shortest way. */
const MAX_STARTS = 60;

function shortestRound(members: readonly string[], next: (name: string) => string[]): string[] {
  const inside = new Set(members);
  let best: string[] = [];
  for (const start of members.slice(0, MAX_STARTS)) {
    const path = roundFrom(start, inside, next);
    if (path.length > 0 && (best.length === 0 || path.length < best.length)) best = path;
    if (best.length === 3) break;
  }
  return best;
}

/** Breadth first from a module back to itself. */
function roundFrom(
  start: string,
  inside: ReadonlySet<string>,
  next: (name: string) => string[],
): string[] {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const to of next(node)) {
      if (to === start) {
        const path = [start];
        for (let at = node; at !== start; at = cameFrom.get(at) ?? start) path.unshift(at);
        return [start, ...path];
      }
      if (!inside.has(to) || cameFrom.has(to)) continue;
      cameFrom.set(to, node);
      queue.push(to);
    }
  }
  return [];
}
