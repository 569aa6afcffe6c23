/** A plan as a tree: results on top, tables below; the redder a box, the more of the cost is its own. */
import { nodesOf } from "./plan.ts";
import type { PlanNode } from "./plan.ts";
import { INK, LINE, MUTED, fit, svg, textTag } from "flotilla/worker/draw";

const BOX = { width: 210, height: 78 };
const GAP = { x: 26, y: 54 };
const MARGIN = 24;
/** A picture of more boxes than this says nothing. */
const MAX_NODES = 150;

interface Placed {
  node: PlanNode;
  x: number;
  y: number;
}

export function planPicture(plan: PlanNode): string | undefined {
  if ([...nodesOf(plan)].length > MAX_NODES) return undefined;
  const placed = new Map<number, Placed>();
  const width = place(plan, { x: MARGIN, depth: 0, placed });
  const depth = Math.max(...[...placed.values()].map(({ y }) => y)) + BOX.height;
  const boxes = [...placed.values()].map(({ node, x, y }) =>
    box(node, { x, y, total: plan.totalCost }),
  );
  const edges = [...placed.values()].flatMap((from) =>
    from.node.children.flatMap((input) => edge(from, placed.get(input.id))),
  );
  const size = { width: width + 2 * MARGIN, height: depth + MARGIN };
  return svg(size, "Query plan", [...edges, ...boxes]);
}

/** Children side by side, the parent centred above them. Returns the width taken. */
function place(
  node: PlanNode,
  at: { x: number; depth: number; placed: Map<number, Placed> },
): number {
  let x = at.x;
  for (const input of node.children) {
    x += place(input, { ...at, x, depth: at.depth + 1 }) + GAP.x;
  }
  const width = Math.max(BOX.width, x - GAP.x - at.x);
  const y = MARGIN + at.depth * (BOX.height + GAP.y);
  at.placed.set(node.id, { node, x: at.x + (width - BOX.width) / 2, y });
  return width;
}

function box(node: PlanNode, { x, y, total }: { x: number; y: number; total: number }): string {
  const share = total > 0 ? node.selfCost / total : 0;
  const inner = BOX.width - 20;
  const what =
    node.index === undefined
      ? (node.relation ?? subject(node))
      : `${node.relation ?? ""} · ${node.index}`;
  const rows =
    node.actualRows === undefined
      ? `${count(node.planRows)} rows`
      : `${count(node.actualRows)} of ${count(node.planRows)} rows`;
  const cost = `cost ${count(node.totalCost)} (own ${Math.round(share * 100)} %)`;
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8" fill="${heat(share)}" stroke="${LINE}"/>`,
    textTag(fit(node.type, 14, inner), { x: x + 10, y: y + 21, size: 14, weight: 600 }),
    textTag(fit(what, 12, inner), { x: x + 10, y: y + 39, fill: MUTED }),
    textTag(fit(rows, 12, inner), { x: x + 10, y: y + 55, fill: INK }),
    textTag(fit(cost, 12, inner), { x: x + 10, y: y + 70, fill: INK }),
  ].join("");
}

function edge(from: Placed, to: Placed | undefined): string[] {
  if (to === undefined) return [];
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [x2, y2] = [to.x + BOX.width / 2, to.y];
  const middle = (y1 + y2) / 2;
  // As thick as rows are many, on a logarithmic scale.
  const thick = Math.min(10, 1 + Math.log10(1 + (to.node.actualRows ?? to.node.planRows)));
  const path = `M${x2} ${y2} C${x2} ${middle} ${x1} ${middle} ${x1} ${y1}`;
  const label = textTag(count(to.node.actualRows ?? to.node.planRows), {
    x: x2 + 8,
    y: y2 - 8,
    size: 11,
    fill: MUTED,
  });
  return [
    `<path d="${path}" fill="none" stroke="${LINE}" stroke-width="${thick.toFixed(1)}"/>`,
    label,
  ];
}

/** What the node works by, when it is no table. */
function subject({ details }: PlanNode): string {
  const keys = ["Hash Cond", "Merge Cond", "Join Filter", "Sort Key", "Group Key", "Join Type"];
  return keys.map((key) => details[key]).find((one) => one !== undefined) ?? "";
}

/** From near white to a warm red that dark text still reads on. */
function heat(share: number): string {
  const s = Math.min(1, Math.max(0, share));
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * s);
  return `rgb(${mix(245, 255)},${mix(247, 158)},${mix(250, 140)})`;
}

export function count(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  return String(Math.round(value * 10) / 10);
}
