/**
 * The module graph as a picture of a fixed width. Modules stand in bands by their height above the leaves, each band as
 * many rows as it needs: boxes never overlap and labels stay legible however many there are, which a free layout of two
 * hundred nodes cannot promise. Ties run behind the boxes; circles and broken rules stand out.
 */
import { GROUND, INK, LINE, MUTED, escapeXml, fit, svg, textTag } from "../lib/svg.ts";
import type { Cycle } from "./cycles.ts";
import { levelsOf } from "./graph.ts";
import type { ModuleGraph } from "./graph.ts";

interface Box {
  name: string;
  label: string;
  note: string;
  group: string;
  x: number;
  y: number;
}
interface Tie {
  from: string;
  to: string;
  weight: number;
  mark: "cycle" | "rule" | undefined;
}
interface Drawing {
  nodes: { name: string; label: string; note: string; group: string }[];
  ties: Tie[];
}
interface Options {
  mode: "auto" | "modules" | "folders" | "none";
  marked: ReadonlySet<string>;
  cycles: readonly Cycle[];
}

const WIDTH = 1200;
const MARGIN = 24;
const BOX = { width: 154, height: 40, gapX: 12, gapY: 14 };
const BAND_GAP = 30;
const HEADER = 64;
const PER_ROW = Math.floor((WIDTH - 2 * MARGIN + BOX.gapX) / (BOX.width + BOX.gapX));
/** More boxes than this tell less than their folders. */
const MAX_AUTO = 80;
const MAX_DRAWN = 300;
const COLOURS = [
  "#0b69a3",
  "#b44d12",
  "#2f7d32",
  "#7b3fa0",
  "#a3730b",
  "#0f7c7c",
  "#a8324a",
  "#4a5568",
];
const RED = "#c81e1e";
const AMBER = "#d97706";

export function drawGraph(graph: ModuleGraph, options: Options): string | undefined {
  const count = graph.modules.size;
  if (options.mode === "none" || count === 0) return undefined;
  const byModule =
    options.mode === "modules" ? count <= MAX_DRAWN : options.mode === "auto" && count <= MAX_AUTO;
  const drawing = byModule ? modulesOf(graph, options) : foldersDrawn(graph, options);
  return draw(
    drawing,
    byModule ? `${count} modules` : `${drawing.nodes.length} folders of ${count} modules`,
  );
}

function inCycles(cycles: readonly Cycle[]): Set<string> {
  const ties = new Set<string>();
  for (const { path, typeOnly } of cycles) {
    if (!typeOnly)
      for (const [index, from] of path.slice(0, -1).entries())
        ties.add(`${from}\n${path[index + 1] ?? ""}`);
  }
  return ties;
}

function modulesOf({ modules }: ModuleGraph, { marked, cycles }: Options): Drawing {
  const circular = inCycles(cycles);
  return {
    nodes: [...modules.values()].map(({ path, folder, in: importers, out }) => ({
      name: path,
      label: (path.split("/").at(-1) ?? path).replace(/\.[cm]?[jt]sx?$/, ""),
      note: `${folder === "." ? "" : `${folder.split("/").slice(-2).join("/")} `}${importers.size}→${out.size}`,
      group: folder,
    })),
    ties: [...modules.values()].flatMap(({ out }) =>
      [...out.values()].map(({ from, to }) => ({
        from,
        to,
        weight: 1,
        mark: markOf(`${from}\n${to}`, marked, circular),
      })),
    ),
  };
}

function markOf(
  key: string,
  marked: ReadonlySet<string>,
  circular: ReadonlySet<string>,
): Tie["mark"] {
  return marked.has(key) ? "rule" : circular.has(key) ? "cycle" : undefined;
}

/** Folders, cut to the depth at which they fit. */
function foldersDrawn({ modules }: ModuleGraph, { marked, cycles }: Options): Drawing {
  const circular = inCycles(cycles);
  let depth = 8;
  const cut = (folder: string): string => folder.split("/").slice(0, depth).join("/");
  const count = (): number => new Set([...modules.values()].map(({ folder }) => cut(folder))).size;
  while (depth > 1 && count() > MAX_AUTO) depth -= 1;
  const sizes = new Map<string, number>();
  const ties = new Map<string, Tie>();
  for (const { folder, out } of modules.values()) {
    sizes.set(cut(folder), (sizes.get(cut(folder)) ?? 0) + 1);
    for (const edge of out.values()) {
      const [from, to] = [cut(folder), cut(modules.get(edge.to)?.folder ?? "")];
      if (from === to) continue;
      const known = ties.get(`${from}\n${to}`);
      const mark = markOf(`${edge.from}\n${edge.to}`, marked, circular) ?? known?.mark;
      ties.set(`${from}\n${to}`, { from, to, weight: (known?.weight ?? 0) + 1, mark });
    }
  }
  return {
    nodes: [...sizes].slice(0, MAX_DRAWN).map(([name, size]) => ({
      name,
      label: name === "." ? "(top)" : name.split("/").slice(-2).join("/"),
      note: `${size} modules`,
      group: name.split("/")[0] ?? "",
    })),
    ties: [...ties.values()],
  };
}

function draw({ nodes, ties }: Drawing, title: string): string {
  const next = Map.groupBy(ties, ({ from }) => from);
  const names = nodes.map(({ name }) => name);
  const levels = levelsOf(names, (name) => (next.get(name) ?? []).map(({ to }) => to));
  const { boxes, height, bands } = placed(nodes, levels);
  const colours = new Map(
    [...new Set(nodes.map(({ group }) => group))].map((group, index) => [
      group,
      COLOURS[index % COLOURS.length] ?? INK,
    ]),
  );
  const byName = new Map(boxes.map((box) => [box.name, box]));
  const plain = ties.length > 400 ? 0.16 : ties.length > 150 ? 0.3 : 0.5;
  const order = { undefined: 0, rule: 1, cycle: 2 };
  const lines = ties
    .toSorted((a, b) => order[a.mark ?? "undefined"] - order[b.mark ?? "undefined"])
    .map((tie) => line(tie, byName, plain));
  const legend = [
    textTag(title, { x: MARGIN, y: 30, size: 18, weight: 600 }),
    textTag("Each imports from those below it.", { x: MARGIN, y: 50, size: 12, fill: MUTED }),
    `<path d="M760 26h28" stroke="${RED}" stroke-width="2"/>`,
    textTag("in a circle", { x: 794, y: 30 }),
    `<path d="M880 26h28" stroke="${AMBER}" stroke-width="2"/>`,
    textTag("breaks a rule", { x: 914, y: 30 }),
    textTag("numbers: imported by → imports", { x: 1010, y: 30, fill: MUTED, size: 11 }),
  ];
  const stripes = bands.map(
    ({ y, height: tall }, index) =>
      `<rect x="8" y="${y - 8}" width="${WIDTH - 16}" height="${tall + 16}" rx="8" fill="${index % 2 === 0 ? "#f3f6f9" : "#fafbfc"}"/>`,
  );
  return svg({ width: WIDTH, height }, title, [
    ...stripes,
    ...legend,
    ...lines,
    ...boxes.map((box) => boxTag(box, colours.get(box.group) ?? INK)),
  ]);
}

function placed(
  nodes: Drawing["nodes"],
  levels: ReadonlyMap<string, number>,
): { boxes: Box[]; height: number; bands: { y: number; height: number }[] } {
  const top = Math.max(0, ...levels.values());
  const boxes: Box[] = [];
  const bands: { y: number; height: number }[] = [];
  let y = HEADER + 12;
  for (let level = top; level >= 0; level -= 1) {
    const members = nodes
      .filter(({ name }) => levels.get(name) === level)
      .toSorted((a, b) => a.group.localeCompare(b.group) || a.label.localeCompare(b.label));
    if (members.length === 0) continue;
    const rows = Math.ceil(members.length / PER_ROW);
    const perRow = Math.ceil(members.length / rows);
    for (const [index, member] of members.entries()) {
      const row = Math.floor(index / perRow);
      const inRow = Math.min(perRow, members.length - row * perRow);
      const left = (WIDTH - inRow * BOX.width - (inRow - 1) * BOX.gapX) / 2;
      boxes.push({
        ...member,
        x: left + (index % perRow) * (BOX.width + BOX.gapX),
        y: y + row * (BOX.height + BOX.gapY),
      });
    }
    const height = rows * (BOX.height + BOX.gapY) - BOX.gapY;
    bands.push({ y, height });
    y += height + BAND_GAP;
  }
  return { boxes, height: y, bands };
}

function line(
  { from, to, weight, mark }: Tie,
  boxes: ReadonlyMap<string, Box>,
  opacity: number,
): string {
  const [a, b] = [boxes.get(from), boxes.get(to)];
  if (a === undefined || b === undefined) return "";
  const down = b.y > a.y;
  const [x1, x2] = [a.x + BOX.width / 2, b.x + BOX.width / 2];
  const y1 = down ? a.y + BOX.height : a.y;
  const y2 = down ? b.y : b.y + BOX.height;
  const bend = Math.max(20, Math.abs(y2 - y1) / 2) * (down ? 1 : -1);
  const colour = mark === "cycle" ? RED : mark === "rule" ? AMBER : LINE;
  const width = mark === undefined ? Math.min(3, 1 + Math.log10(weight)) : 2;
  return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="${colour}" stroke-width="${width.toFixed(1)}" stroke-opacity="${mark === undefined ? opacity : 0.9}"/>`;
}

function boxTag({ name, label, note, x, y }: Box, colour: string): string {
  return [
    `<g><title>${escapeXml(name)}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5" fill="${GROUND}" stroke="${LINE}"/>`,
    `<rect x="${x}" y="${y}" width="5" height="${BOX.height}" rx="2" fill="${colour}"/>`,
    textTag(fit(label, 13, BOX.width - 18), { x: x + 12, y: y + 17, size: 11, weight: 600 }),
    textTag(fit(note, 10, BOX.width - 20), { x: x + 12, y: y + 31, size: 10, fill: MUTED }),
    "</g>",
  ].join("");
}
