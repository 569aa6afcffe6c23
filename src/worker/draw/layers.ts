/**
 * A directed graph as a picture of a fixed width. Nodes stand in bands by their height above the leaves, each band as
 * many rows as it needs: boxes never overlap and labels stay legible however many there are, which a free layout of two
 * hundred nodes cannot promise. Ties run behind the boxes; marked ones stand out.
 */
import { levelsOf } from "./levels.ts";
import { COLOURS, GROUND, INK, LINE, MUTED, escapeXml, fit, svg, textTag } from "./svg.ts";

export interface LayerNode {
  /** Unique; shown as a tooltip. */
  name: string;
  label: string;
  /** The small second line. */
  note?: string;
  /** Nodes of one group share a colour and stand together. */
  group?: string;
  /** A node of its own kind of trouble gets a frame of this colour. */
  mark?: "bad" | "warn" | undefined;
}

export interface LayerTie {
  from: string;
  to: string;
  /** How many ties this one stands for. Default 1. */
  weight?: number;
  mark?: "bad" | "warn" | undefined;
}

export interface LayerOptions {
  title: string;
  /** What it means that a node stands above another. */
  subtitle: string;
  /** What the two marks say; left out of the legend when absent. */
  bad?: string;
  warn?: string;
}

/** Nodes at most; the caller shows groups instead of more. */
export const MAX_LAYER_NODES = 300;

const WIDTH = 1200;
const MARGIN = 24;
const BOX = { width: 154, height: 40, gapX: 12, gapY: 14 };
const BAND_GAP = 30;
const HEADER = 64;
const PER_ROW = Math.floor((WIDTH - 2 * MARGIN + BOX.gapX) / (BOX.width + BOX.gapX));
const MARKS = { bad: "#c81e1e", warn: "#d97706" };

interface Placed {
  node: LayerNode;
  x: number;
  y: number;
}

/** An SVG document, 1,200 wide and as tall as it needs. Nodes over `MAX_LAYER_NODES` are left out. */
export function drawLayers(
  nodes: readonly LayerNode[],
  ties: readonly LayerTie[],
  options: LayerOptions,
): string {
  const shown = nodes.slice(0, MAX_LAYER_NODES);
  const { boxes, bands, height } = placed(shown, ties);
  const groups = [...new Set(shown.map(({ group }) => group ?? ""))];
  const colourOf = ({ group = "" }: LayerNode): string =>
    COLOURS[groups.indexOf(group) % COLOURS.length] ?? INK;
  const stripes = bands.map(
    ({ y, height: tall }, index) =>
      `<rect x="8" y="${y - 8}" width="${WIDTH - 16}" height="${tall + 16}" rx="8" fill="${index % 2 === 0 ? "#f3f6f9" : "#fafbfc"}"/>`,
  );
  return svg({ width: WIDTH, height }, options.title, [
    ...stripes,
    ...legend(options),
    ...lines(ties, boxes),
    ...[...boxes.values()].map((box) => boxTag(box, colourOf(box.node))),
  ]);
}

function legend({ title, subtitle, bad, warn }: LayerOptions): string[] {
  const marks = [
    ...(bad === undefined ? [] : [{ colour: MARKS.bad, text: bad }]),
    ...(warn === undefined ? [] : [{ colour: MARKS.warn, text: warn }]),
  ];
  return [
    textTag(fit(title, 18, 620), { x: MARGIN, y: 30, size: 18, weight: 600 }),
    textTag(fit(subtitle, 12, 1100), { x: MARGIN, y: 50, size: 12, fill: MUTED }),
    ...marks.flatMap(({ colour, text }, index) => {
      const x = 760 + index * 210;
      return [
        `<path d="M${x} 26h28" stroke="${colour}" stroke-width="2"/>`,
        textTag(fit(text, 12, 165), { x: x + 34, y: 30 }),
      ];
    }),
  ];
}

function placed(
  nodes: readonly LayerNode[],
  ties: readonly LayerTie[],
): { boxes: Map<string, Placed>; bands: { y: number; height: number }[]; height: number } {
  const known = new Set(nodes.map(({ name }) => name));
  const next = Map.groupBy(
    ties.filter(({ from, to }) => known.has(from) && known.has(to)),
    ({ from }) => from,
  );
  const levels = levelsOf([...known], (name) => (next.get(name) ?? []).map(({ to }) => to));
  const boxes = new Map<string, Placed>();
  const bands: { y: number; height: number }[] = [];
  let y = HEADER + 12;
  for (let level = Math.max(0, ...levels.values()); level >= 0; level -= 1) {
    const members = nodes.filter(({ name }) => levels.get(name) === level);
    if (members.length === 0) continue;
    const height = placeBand(members, y, boxes);
    bands.push({ y, height });
    y += height + BAND_GAP;
  }
  return { boxes, bands, height: y };
}

/** Puts one band's nodes at their places; the band's height. */
function placeBand(members: readonly LayerNode[], y: number, boxes: Map<string, Placed>): number {
  const sorted = members.toSorted(
    (a, b) => (a.group ?? "").localeCompare(b.group ?? "") || a.label.localeCompare(b.label),
  );
  const rows = Math.ceil(sorted.length / PER_ROW);
  const perRow = Math.ceil(sorted.length / rows);
  for (const [index, node] of sorted.entries()) {
    const row = Math.floor(index / perRow);
    const inRow = Math.min(perRow, sorted.length - row * perRow);
    const left = (WIDTH - inRow * BOX.width - (inRow - 1) * BOX.gapX) / 2;
    boxes.set(node.name, {
      node,
      x: left + (index % perRow) * (BOX.width + BOX.gapX),
      y: y + row * (BOX.height + BOX.gapY),
    });
  }
  return rows * (BOX.height + BOX.gapY) - BOX.gapY;
}

function lines(ties: readonly LayerTie[], boxes: ReadonlyMap<string, Placed>): string[] {
  const plain = ties.length > 400 ? 0.16 : ties.length > 150 ? 0.3 : 0.5;
  const order = { none: 0, warn: 1, bad: 2 };
  return ties
    .toSorted((a, b) => order[a.mark ?? "none"] - order[b.mark ?? "none"])
    .map((tie) => line(tie, boxes, plain));
}

function line(
  { from, to, weight = 1, mark }: LayerTie,
  boxes: ReadonlyMap<string, Placed>,
  opacity: number,
): string {
  const [a, b] = [boxes.get(from), boxes.get(to)];
  if (a === undefined || b === undefined) return "";
  const down = b.y > a.y;
  const [x1, x2] = [a.x + BOX.width / 2, b.x + BOX.width / 2];
  const y1 = down ? a.y + BOX.height : a.y;
  const y2 = down ? b.y : b.y + BOX.height;
  const bend = Math.max(20, Math.abs(y2 - y1) / 2) * (down ? 1 : -1);
  const colour = mark === undefined ? LINE : MARKS[mark];
  const width = mark === undefined ? Math.min(3, 1 + Math.log10(weight)) : 2;
  return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="${colour}" stroke-width="${width.toFixed(1)}" stroke-opacity="${mark === undefined ? opacity : 0.9}"/>`;
}

function boxTag({ node: { name, label, note = "", mark }, x, y }: Placed, colour: string): string {
  return [
    `<g><title>${escapeXml(name)}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5" fill="${GROUND}" stroke="${mark === undefined ? LINE : MARKS[mark]}" stroke-width="${mark === undefined ? 1 : 2}"/>`,
    `<rect x="${x}" y="${y}" width="5" height="${BOX.height}" rx="2" fill="${colour}"/>`,
    textTag(fit(label, 13, BOX.width - 18), { x: x + 12, y: y + 17, size: 11, weight: 600 }),
    textTag(fit(note, 10, BOX.width - 20), { x: x + 12, y: y + 31, size: 10, fill: MUTED }),
    "</g>",
  ].join("");
}
