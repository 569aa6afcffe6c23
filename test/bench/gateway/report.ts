/** Medians and ratios of what was measured, and the tables made of them. */
import type { Cell } from "./load.ts";
import type { System } from "./systems.ts";

export interface Row {
  scene: string;
  system: string;
  kind: System["kind"];
  cells: readonly Cell[];
  /** Of nginx in the same rounds; empty where it did not run. */
  nginx: readonly Cell[];
}

export function median(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return known[known.length >> 1] ?? Number.NaN;
}

export const middle = (cells: readonly Cell[], key: keyof Cell): number =>
  median(cells.map((cell) => cell[key]));

/** Ratios are formed round by round, so that a slow minute of the machine falls on both. */
export function ratioOf(
  cells: readonly Cell[],
  base: readonly Cell[],
  key: "perSecond" | "cpuUs",
): number {
  return median(
    cells.flatMap((cell, round) => {
      const other = base[round];
      return other === undefined ? [] : [cell[key] / other[key]];
    }),
  );
}

export const shown = (value: number, digits = 2): string =>
  Number.isFinite(value) ? value.toFixed(digits) : "–";

/** Small ratios need more places than large ones. */
const ratioText = (value: number): string => shown(value, value < 0.1 ? 4 : 2);

export function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const HEAD = [
  "system",
  "calls/s",
  "of nginx",
  "CPU µs/call",
  "nginx's CPU / own",
  "p50 ms",
  "p99 ms",
  "p99.9 ms",
  "RSS MB",
  "errors",
  "others on both cores",
];

export function sceneTables(rows: readonly Row[]): string {
  const scenes = [...new Set(rows.map(({ scene }) => scene))];
  return scenes
    .map((scene) => {
      const own = rows.filter((row) => row.scene === scene).map(cellsOf);
      return `### ${scene}\n\n${table(HEAD, own)}\n`;
    })
    .join("\n");
}

function cellsOf({ system, cells, nginx }: Row): string[] {
  const of = (key: keyof Cell, digits = 2): string => shown(middle(cells, key), digits);
  return [
    system,
    of("perSecond", 0),
    ratioText(ratioOf(cells, nginx, "perSecond")),
    of("cpuUs", 1),
    ratioText(1 / ratioOf(cells, nginx, "cpuUs")),
    of("p50Ms"),
    of("p99Ms"),
    of("p999Ms"),
    of("rssMb", 0),
    String(cells.reduce((sum, cell) => sum + cell.errors, 0)),
    `${shown(middle(cells, "disturbed") * 100, 0)} %`,
  ];
}
