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
  const half = known.length >> 1;
  const upper = known[half] ?? Number.NaN;
  return known.length % 2 === 1 ? upper : ((known[half - 1] ?? Number.NaN) + upper) / 2;
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
      const isKnown = other !== undefined && cell.perSecond > 0 && other.perSecond > 0;
      return isKnown ? [cell[key] / other[key]] : [];
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

function cellsOf({ system, cells: all, nginx }: Row): string[] {
  const cells = all.filter(({ perSecond }) => perSecond > 0);
  const of = (key: keyof Cell, digits = 2): string => shown(middle(cells, key), digits);
  return [
    system,
    of("perSecond", 0),
    ratioText(ratioOf(all, nginx, "perSecond")),
    of("cpuUs", 1),
    ratioText(1 / ratioOf(all, nginx, "cpuUs")),
    of("p50Ms"),
    of("p99Ms"),
    of("p999Ms"),
    of("rssMb", 0),
    String(all.reduce((sum, cell) => sum + cell.errors, 0)),
    `${shown(middle(all, "disturbed") * 100, 0)} %`,
  ];
}

/** Every round of one scene as it was: how far the machine's other work moved the figures. */
export function roundsTable(rows: readonly Row[], scene: string): string {
  const own = rows.filter((row) => row.scene === scene && row.kind !== "rival");
  const count = Math.max(0, ...own.map(({ cells }) => cells.length));
  const head = ["system", ...Array.from({ length: count }, (_, round) => `round ${round + 1}`)];
  const body = own.map(({ system, cells }) => [
    system,
    ...cells.map(
      ({ perSecond, cpuUs, disturbed }) =>
        `${shown(perSecond, 0)}/s, ${shown(cpuUs, 1)} µs, others ${shown(disturbed * 100, 0)} %`,
    ),
  ]);
  return table(head, body);
}
