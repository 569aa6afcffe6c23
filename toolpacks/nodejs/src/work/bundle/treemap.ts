/** A bundle as a treemap: area is bytes, one colour a package. */
import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import type { HierarchyRectangularNode } from "d3-hierarchy";
import {
  COLOURS,
  GROUND,
  INK,
  MUTED,
  escapeXml,
  fit,
  svg,
  textTag,
  textWidth,
} from "flotilla/worker/draw";
import { sizeText } from "../size-text.ts";

export interface Tile {
  label: string;
  group: string;
  bytes: number;
}
interface Branch {
  name: string;
  bytes?: number;
  children?: Branch[];
}

const WIDTH = 1_200;
const HEIGHT = 760;
const HEADER = 64;
/** More tiles than this cannot be told apart; the smallest are drawn as one. */
const MAX_TILES = 400;

export function drawTreemap(
  tiles: readonly Tile[],
  { title, subtitle }: { title: string; subtitle: string },
): string {
  const sorted = tiles.toSorted((a, b) => b.bytes - a.bytes);
  const rest = sorted.slice(MAX_TILES).reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = [
    ...sorted.slice(0, MAX_TILES),
    ...(rest > 0 ? [{ label: "others", group: "others", bytes: rest }] : []),
  ];
  const groups = [...Map.groupBy(shown, ({ group }) => group)];
  const root = hierarchy<Branch>({
    name: "all",
    children: groups.map(([name, those]) => ({
      name,
      children: those.map(({ label, bytes }) => ({ name: label, bytes })),
    })),
  })
    .sum(({ bytes = 0 }) => bytes)
    // eslint-disable-next-line unicorn/no-array-sort -- a hierarchy is no array, and sorts itself
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const laid = treemap<Branch>()
    .tile(treemapSquarify)
    .size([WIDTH - 16, HEIGHT - HEADER - 8])
    .paddingInner(2)
    .paddingOuter(2)
    .paddingTop(20)(root);
  return svg({ width: WIDTH, height: HEIGHT }, title, [
    textTag(fit(title, 18, 1_100), { x: 16, y: 28, size: 18, weight: 600 }),
    textTag(fit(subtitle, 12, 1_150), { x: 16, y: 48, size: 12, fill: MUTED }),
    ...(laid.children ?? []).map((group, index) =>
      groupTag(group, COLOURS[index % COLOURS.length] ?? INK),
    ),
  ]);
}

type Rect = HierarchyRectangularNode<Branch>;

function groupTag(group: Rect, colour: string): string {
  const width = group.x1 - group.x0;
  const label =
    width < 40
      ? ""
      : textTag(fit(`${group.data.name} ${sizeText(group.value ?? 0)}`, 12, width - 8), {
          x: group.x0 + 12,
          y: group.y0 + HEADER + 14,
          size: 12,
          weight: 600,
        });
  return [
    `<g>${titleTag(group)}`,
    rectTag(group, { fill: GROUND, stroke: colour }),
    label,
    ...(group.children ?? []).map((leaf) => leafTag(leaf, colour)),
    "</g>",
  ].join("");
}

function leafTag(leaf: Rect, colour: string): string {
  const [width, height] = [leaf.x1 - leaf.x0, leaf.y1 - leaf.y0];
  const [x, y] = [leaf.x0 + 12, leaf.y0 + HEADER + 14];
  const lines =
    width < 36 || height < 16
      ? []
      : [
          textTag(fit(shortName(leaf.data.name, width - 8), 11, width - 8), {
            x,
            y,
            size: 11,
            fill: GROUND,
          }),
          ...(height < 32
            ? []
            : [textTag(sizeText(leaf.value ?? 0), { x, y: y + 14, size: 10, fill: GROUND })]),
        ];
  return `<g>${titleTag(leaf)}${rectTag(leaf, { fill: colour, stroke: GROUND })}${lines.join("")}</g>`;
}

/** The end of a path tells more than its beginning. */
function shortName(name: string, width: number): string {
  return textWidth(name, 11) <= width ? name : (name.split("/").at(-1) ?? name);
}

function titleTag({ data, value }: Rect): string {
  return `<title>${escapeXml(`${data.name}: ${sizeText(value ?? 0)}`)}</title>`;
}

function rectTag(
  { x0, y0, x1, y1 }: Rect,
  { fill, stroke }: { fill: string; stroke: string },
): string {
  return `<rect x="${(x0 + 8).toFixed(1)}" y="${(y0 + HEADER).toFixed(1)}" width="${Math.max(0, x1 - x0).toFixed(1)}" height="${Math.max(0, y1 - y0).toFixed(1)}" rx="2" fill="${fill}" stroke="${stroke}"/>`;
}
