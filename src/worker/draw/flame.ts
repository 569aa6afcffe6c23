/** A flame chart: each row is one call deeper, each box as wide as its share of the whole. */
import { COLOURS, GROUND, INK, MUTED, escapeXml, fit, svg, textTag } from "./svg.ts";

export interface Frame {
  label: string;
  /** Shown as a tooltip. Default: the label. */
  title?: string;
  /** The frame's own share and that of all below it, in any unit. */
  total: number;
  children: readonly Frame[];
  /** Frames of one group (a package, a module) share a colour. */
  group?: string;
}

export interface FlameOptions {
  title: string;
  subtitle?: string;
  /** `1,234 ms`: how a total is written. */
  format: (total: number) => string;
}

const WIDTH = 1200;
const MARGIN = 16;
const ROW = 20;
const HEADER = 64;
/** Deeper calls and thinner boxes cannot be read; they are in the data. */
const MAX_ROWS = 60;
const MIN_WIDTH = 1.5;
const MAX_BOXES = 4_000;

/** An SVG document, 1,200 wide and as tall as its deepest visible row. */
export function drawFlame(root: Frame, { title, subtitle = "", format }: FlameOptions): string {
  const groups = new Map<string, string>();
  const boxes: string[] = [];
  let deepest = 0;
  const level: { frame: Frame; x: number; width: number }[] = [
    { frame: root, x: MARGIN, width: WIDTH - 2 * MARGIN },
  ];
  for (let row = 0; row < MAX_ROWS && level.length > 0 && boxes.length < MAX_BOXES; row += 1) {
    deepest = row;
    for (const box of level.splice(0)) {
      boxes.push(boxTag(box, HEADER + row * ROW, { groups, format, whole: root.total }));
      let x = box.x;
      for (const child of box.frame.children.toSorted((a, b) => b.total - a.total)) {
        const width = box.frame.total > 0 ? (child.total / box.frame.total) * box.width : 0;
        if (width >= MIN_WIDTH) level.push({ frame: child, x, width });
        x += width;
      }
    }
  }
  return svg({ width: WIDTH, height: HEADER + (deepest + 1) * ROW + MARGIN }, title, [
    textTag(fit(title, 18, 1100), { x: MARGIN, y: 28, size: 18, weight: 600 }),
    textTag(fit(subtitle, 12, 1100), { x: MARGIN, y: 48, size: 12, fill: MUTED }),
    ...boxes,
  ]);
}

interface Painting {
  groups: Map<string, string>;
  format: (total: number) => string;
  whole: number;
}

function boxTag(
  { frame, x, width }: { frame: Frame; x: number; width: number },
  y: number,
  { groups, format, whole }: Painting,
): string {
  const group = frame.group ?? "";
  const colour = groups.get(group) ?? COLOURS[groups.size % COLOURS.length] ?? INK;
  groups.set(group, colour);
  const share = whole > 0 ? ` (${((frame.total / whole) * 100).toFixed(1)} %)` : "";
  const label =
    width < 24
      ? ""
      : textTag(fit(frame.label, 11, width - 8), { x: x + 4, y: y + 14, size: 11, fill: GROUND });
  return [
    `<g><title>${escapeXml(`${frame.title ?? frame.label}: ${format(frame.total)}${share}`)}</title>`,
    `<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(1, width - 1).toFixed(2)}" height="${ROW - 1}" rx="2" fill="${colour}"/>`,
    label,
    "</g>",
  ].join("");
}
