/** A waterfall: one row for each request, in the order they began. */
import { COLOURS, INK, LINE, MUTED, fit, svg, textTag } from "flotilla/worker/draw";
import type { Resource, ResourceKind } from "./contract.ts";

const WIDTH = 1200;
const LABEL = 330;
const SIZE = 90;
const ROW = 22;
const TOP = 64;
const MOST = 80;
const KINDS: Readonly<Record<ResourceKind, string>> = {
  document: COLOURS[0],
  style: COLOURS[3],
  script: COLOURS[4],
  image: COLOURS[2],
  font: COLOURS[6],
  media: COLOURS[5],
  data: COLOURS[1],
  other: COLOURS[7],
};
const WAITING = 0.35;

export interface WaterfallOptions {
  title: string;
  estimated: boolean;
  contentLoadMs?: number | undefined;
  loadMs?: number | undefined;
}

export function drawWaterfall(resources: readonly Resource[], options: WaterfallOptions): string {
  const rows = resources.toSorted((a, b) => a.startMs - b.startMs).slice(0, MOST);
  const end = Math.max(1, options.loadMs ?? 0, ...rows.map((one) => one.startMs + one.durationMs));
  const scale = (WIDTH - LABEL - SIZE - 20) / end;
  const height = TOP + rows.length * ROW + 16 + (resources.length > rows.length ? 20 : 0);
  const bottom = TOP + rows.length * ROW;
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  return svg({ width: WIDTH, height }, `Waterfall of ${options.title}`, [
    textTag(fit(`${options.title}${options.estimated ? " (estimated)" : ""}`, 15, 640), {
      x: 12,
      y: 24,
      size: 15,
      weight: 600,
    }),
    ...kinds.map((kind, index) => legend(kind, WIDTH - 12 - (kinds.length - index) * 86)),
    ...ticks(end).flatMap((ms) => {
      const x = LABEL + ms * scale;
      return [
        `<line x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}" stroke="${LINE}" stroke-opacity="0.5"/>`,
        textTag(timeText(ms), { x, y: TOP - 12, size: 11, fill: MUTED, anchor: "middle" }),
      ];
    }),
    ...mark(options.contentLoadMs, { scale, bottom, colour: COLOURS[0] }),
    ...mark(options.loadMs, { scale, bottom, colour: COLOURS[6] }),
    ...rows.map((one, index) => drawRow(one, TOP + index * ROW, scale)),
    ...(resources.length > rows.length
      ? [
          textTag(`… and ${resources.length - rows.length} more`, {
            x: 12,
            y: height - 10,
            fill: MUTED,
          }),
        ]
      : []),
  ]);
}

function legend(kind: ResourceKind, x: number): string {
  return `<rect x="${x}" y="14" width="12" height="12" fill="${KINDS[kind]}"/>${textTag(kind, { x: x + 17, y: 24, size: 12 })}`;
}

function mark(
  ms: number | undefined,
  { scale, bottom, colour }: { scale: number; bottom: number; colour: string },
): string[] {
  if (ms === undefined) return [];
  const x = LABEL + ms * scale;
  return [
    `<line x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}" stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
  ];
}

function drawRow(one: Resource, y: number, scale: number): string {
  const colour = KINDS[one.kind];
  const x = LABEL + one.startMs * scale;
  const width = Math.max(2, one.durationMs * scale);
  const receive = Math.min(one.durationMs, one.phases?.receive ?? one.durationMs) * scale;
  const isFailed = one.status >= 400;
  return [
    textTag(one.blocking && one.kind !== "document" ? "■" : "", {
      x: 4,
      y: y + 14,
      size: 9,
      fill: COLOURS[6],
    }),
    textTag(fit(nameOf(one.url), 12, LABEL - 28), {
      x: 16,
      y: y + 15,
      size: 12,
      fill: isFailed ? COLOURS[6] : INK,
    }),
    `<rect x="${x}" y="${y + 3}" width="${width}" height="15" fill="${colour}" fill-opacity="${WAITING}"/>`,
    `<rect x="${x + width - Math.max(2, receive)}" y="${y + 3}" width="${Math.max(2, receive)}" height="15" fill="${colour}"/>`,
    textTag(sizeText(one.transferBytes), {
      x: WIDTH - 12,
      y: y + 15,
      size: 11,
      fill: MUTED,
      anchor: "end",
    }),
  ].join("");
}

/** The end of the address tells requests apart; the host only where it stands alone. */
function nameOf(address: string): string {
  if (!URL.canParse(address)) return address;
  const { hostname, pathname } = new URL(address);
  const last = pathname.split("/").findLast((one) => one !== "");
  return last === undefined ? hostname : `${last}  ${hostname}`;
}

/** Round steps, at most eight of them. */
function ticks(end: number): number[] {
  const power = 10 ** Math.floor(Math.log10(end / 6));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => end / one <= 8) ?? end;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

function timeText(ms: number): string {
  return ms >= 1_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`;
}

export function sizeText(bytes: number): string {
  if (bytes >= 1_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return bytes >= 1_000 ? `${Math.round(bytes / 1_000)} kB` : `${bytes} B`;
}
