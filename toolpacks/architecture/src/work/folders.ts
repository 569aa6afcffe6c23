/** Coupling of folders, by Robert Martin's measures: who leans on whom, and how firmly each stands. */
import type { ModuleGraph } from "./graph.ts";

export interface FolderMetrics {
  folder: string;
  modules: number;
  lines: number;
  /** Modules outside that import from here. */
  afferent: number;
  /** Modules outside that are imported here. */
  efferent: number;
  /** efferent / (afferent + efferent): 0 firm, 1 free to change. */
  instability: number;
  /** Of the imports that start here, the part that stays here. */
  cohesion: number;
}

export function foldersOf({ modules }: ModuleGraph): FolderMetrics[] {
  const groups = Map.groupBy(modules.values(), ({ folder }) => folder);
  return [...groups]
    .map(([folder, members]) => {
      const inside = new Set(members.map(({ path }) => path));
      const afferent = new Set(
        members.flatMap((one) => [...one.in].filter((from) => !inside.has(from))),
      );
      const targets = members.flatMap(({ out }) => [...out.keys()]);
      const efferent = new Set(targets.filter((to) => !inside.has(to)));
      const own = targets.filter((to) => inside.has(to)).length;
      const sum = afferent.size + efferent.size;
      return {
        folder,
        modules: members.length,
        lines: members.reduce((total, { lines }) => total + lines, 0),
        afferent: afferent.size,
        efferent: efferent.size,
        instability: sum === 0 ? 0 : rounded(efferent.size / sum),
        cohesion: targets.length === 0 ? 1 : rounded(own / targets.length),
      };
    })
    .toSorted((a, b) => b.modules - a.modules || a.folder.localeCompare(b.folder));
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
