/** The tokens in use as a picture: colours as chips, sizes as bars. */
import { COLOURS, LINE, MUTED, fit, svg, textTag } from "flotilla/worker/draw";
import type { TokenKind, TokenUse } from "./contract.ts";

const WIDTH = 1200;
const GAP = 16;
const CHIP = { width: 134, height: 84, columns: 8 };
const BAR = { height: 24, label: 300 };
const MOST = 64;
const MOST_BARS = 14;

interface Part {
  height: number;
  draw(y: number): string[];
}

export function drawTokens(uses: readonly TokenUse[]): string {
  const parts = [
    colours(uses.filter(({ kind }) => kind === "color")),
    bars("Font sizes", "fontSize", uses),
    bars("Spacing", "spacing", uses),
    bars("Radii", "radius", uses),
  ].filter((part) => part !== undefined);
  const body: string[] = [];
  let y = GAP;
  for (const part of parts) {
    body.push(...part.draw(y));
    y += part.height + GAP;
  }
  return svg({ width: WIDTH, height: Math.max(y, 60) }, "Design tokens in use", body);
}

function colours(uses: readonly TokenUse[]): Part | undefined {
  if (uses.length === 0) return undefined;
  const shown = uses.slice(0, MOST);
  const rows = Math.ceil(shown.length / CHIP.columns);
  const more = uses.length > shown.length ? `, the ${shown.length} most used` : "";
  return {
    height: 32 + rows * (CHIP.height + 10),
    draw: (y) => [
      textTag(`Colours (${uses.length}${more})`, { x: GAP, y: y + 16, size: 15, weight: 600 }),
      ...shown.map((use, index) => {
        const x = GAP + (index % CHIP.columns) * (CHIP.width + 13);
        const top = y + 30 + Math.floor(index / CHIP.columns) * (CHIP.height + 10);
        const name = use.names[0] ?? "";
        return [
          `<rect x="${x}" y="${top}" width="${CHIP.width}" height="46" rx="4" fill="${use.value}" stroke="${LINE}"/>`,
          textTag(`${use.value}  ${use.count}×`, { x, y: top + 61, size: 12 }),
          textTag(fit(name, 11, CHIP.width), { x, y: top + 76, size: 11, fill: MUTED }),
        ].join("");
      }),
    ],
  };
}

function bars(title: string, kind: TokenKind, all: readonly TokenUse[]): Part | undefined {
  const uses = all.filter((use) => use.kind === kind);
  if (uses.length === 0) return undefined;
  const shown = uses
    .slice(0, MOST_BARS)
    .toSorted((a, b) => Number.parseFloat(a.value) - Number.parseFloat(b.value));
  const largest = Math.max(...shown.map(({ value }) => Math.min(Number.parseFloat(value), 2_000)));
  const room = WIDTH - BAR.label - 2 * GAP - 20;
  const more = uses.length > shown.length ? `, the ${shown.length} most used` : "";
  return {
    height: 28 + shown.length * BAR.height,
    draw: (y) => [
      textTag(`${title} (${uses.length}${more})`, { x: GAP, y: y + 16, size: 15, weight: 600 }),
      ...shown.map(({ value, count, names }, index) => {
        const top = y + 28 + index * BAR.height;
        const px = Math.min(Number.parseFloat(value), 2_000);
        const width = Math.max(2, largest > room ? (px / largest) * room : px);
        return [
          textTag(value, { x: GAP, y: top + 13, size: 12 }),
          textTag(`${count}×`, { x: 120, y: top + 13, size: 12, fill: MUTED, anchor: "end" }),
          textTag(fit(names[0] ?? "", 11, 160), { x: 136, y: top + 13, size: 11, fill: MUTED }),
          `<rect x="${BAR.label}" y="${top + 2}" width="${width}" height="14" fill="${COLOURS[0]}"/>`,
        ].join("");
      }),
    ],
  };
}
