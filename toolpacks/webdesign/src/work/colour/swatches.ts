/** Contrast as a picture: what each pair looks like, with its numbers. */
import { GROUND, INK, LINE, MUTED, fit, svg, textTag } from "flotilla/worker/draw";
import type { PairAnswer } from "./pairs.ts";

const WIDTH = 1200;
const COLUMNS = 3;
const GAP = 16;
const BOX = { width: (WIDTH - GAP * (COLUMNS + 1)) / COLUMNS, height: 118 };
const MAX_PAIRS = 60;
const PASS = "#2a7230";
const FAIL = "#a8324a";

/** Failing pairs first; of more than 60 the rest is only counted. */
export function drawPairs(pairs: readonly PairAnswer[]): string {
  const shown = pairs.toSorted((a, b) => Number(a.passed) - Number(b.passed)).slice(0, MAX_PAIRS);
  const rows = Math.ceil(shown.length / COLUMNS);
  const rest = pairs.length - shown.length;
  const height = 48 + rows * (BOX.height + GAP) + (rest > 0 ? 28 : 0);
  const failed = pairs.filter(({ passed }) => !passed).length;
  return svg({ width: WIDTH, height }, "Contrast of colour pairs", [
    textTag(`${pairs.length} pairs, ${failed} below what they need`, {
      x: GAP,
      y: 30,
      size: 16,
      weight: 600,
    }),
    ...shown.map((pair, index) => drawPair(pair, index)),
    ...(rest > 0
      ? [textTag(`… and ${rest} more`, { x: GAP, y: height - 12, fill: MUTED, size: 13 })]
      : []),
  ]);
}

function drawPair(pair: PairAnswer, index: number): string {
  const x = GAP + (index % COLUMNS) * (BOX.width + GAP);
  const y = 48 + Math.floor(index / COLUMNS) * (BOX.height + GAP);
  const { foreground, background, passed, suggestion } = pair;
  const sample = fit(pair.name, 22, BOX.width - 116);
  const numbers = `${pair.ratio}:1   Lc ${pair.lc}   ${foreground} on ${background}`;
  const better = suggestion?.foreground;
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="64" fill="${background}" stroke="${LINE}"/>`,
    textTag(sample, { x: x + 14, y: y + 40, size: 20, fill: foreground, weight: 600 }),
    better === undefined
      ? textTag("Aa", { x: x + BOX.width - 44, y: y + 40, size: 16, fill: foreground })
      : textTag(better, {
          x: x + BOX.width - 10,
          y: y + 40,
          size: 15,
          fill: better,
          weight: 600,
          anchor: "end",
        }),
    textTag(passed ? "passes" : "fails", {
      x,
      y: y + 84,
      size: 13,
      weight: 700,
      fill: passed ? PASS : FAIL,
    }),
    textTag(`needs ${pair.needed}:1 as ${pair.use}`, { x: x + 62, y: y + 84, size: 13, fill: INK }),
    textTag(fit(numbers, 12, BOX.width), { x, y: y + 103, size: 12, fill: MUTED }),
  ].join("");
}

const HEAD = 150;
/** The last column's name leans out by so much. */
const OVERHANG = 90;
/** Rows in front, columns behind; each cell is the text of its row on the ground of its column. */
export function drawPalette(
  colours: readonly (readonly [string, string])[],
  pairs: readonly PairAnswer[],
): string {
  const cell = Math.max(44, Math.min(110, (WIDTH - HEAD - 2 * GAP - OVERHANG) / colours.length));
  const rowHeight = Math.min(64, cell);
  const top = 128;
  const by = new Map(pairs.map((pair) => [pair.name, pair]));
  const body = colours.flatMap(([front, frontHex], row) => {
    const y = top + row * rowHeight;
    return [
      `<rect x="${GAP}" y="${y + rowHeight / 2 - 9}" width="18" height="18" fill="${frontHex}" stroke="${LINE}"/>`,
      textTag(fit(front, 12, HEAD - 34), { x: GAP + 26, y: y + rowHeight / 2 + 4, size: 12 }),
      ...colours.map(([back, backHex], column) => {
        const pair = by.get(`${front} on ${back}`);
        const at = { x: HEAD + GAP + column * cell, y, width: cell, height: rowHeight };
        return pair === undefined
          ? `<rect x="${at.x}" y="${y}" width="${cell}" height="${rowHeight}" fill="${GROUND}" stroke="${LINE}"/>`
          : drawCell(pair, backHex, at);
      }),
    ];
  });
  const heads = colours.map(([back], column) => {
    const x = HEAD + GAP + column * cell + cell / 2;
    return `<g transform="translate(${x - 4} ${top - 8}) rotate(-40)">${textTag(fit(back, 12, 110), { x: 0, y: 0, size: 12 })}</g>`;
  });
  const width = Math.max(WIDTH, HEAD + GAP * 2 + colours.length * cell + OVERHANG);
  return svg({ width, height: top + colours.length * rowHeight + GAP }, "Contrast of a palette", [
    textTag("Rows in front, columns behind: ratio, underlined where it is enough", {
      x: GAP,
      y: 26,
      size: 14,
      weight: 600,
    }),
    ...heads,
    ...body,
  ]);
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function drawCell(pair: PairAnswer, ground: string, { x, y, width, height }: Box): string {
  const middle = x + width / 2;
  // A number in the pair's own colour may be unreadable, which is the point; a chip keeps it legible.
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${ground}" stroke="${GROUND}"/>`,
    `<rect x="${x + 4}" y="${y + height - 19}" width="${width - 8}" height="16" rx="3" fill="${GROUND}"/>`,
    textTag("Aa", {
      x: middle,
      y: y + (height - 19) / 2 + 6,
      size: 15,
      fill: pair.foreground,
      weight: 600,
      anchor: "middle",
    }),
    textTag(String(pair.ratio), {
      x: middle,
      y: y + height - 7,
      size: 11,
      fill: pair.passed ? PASS : FAIL,
      weight: pair.passed ? 700 : 400,
      anchor: "middle",
    }),
    pair.passed
      ? `<line x1="${middle - 14}" x2="${middle + 14}" y1="${y + height - 5}" y2="${y + height - 5}" stroke="${PASS}"/>`
      : "",
  ].join("");
}
