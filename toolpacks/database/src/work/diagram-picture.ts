/** Lays tables out with ELK and draws them. */
import ElkModule from "elkjs/lib/elk.bundled.js";
import { isNode } from "../lib/ast.ts";
import { INK, LINE, MUTED, fit, svg, textTag, textWidth } from "flotilla/worker/draw";
import type { Relation, TableBox } from "./diagram.ts";

const HEADER = 28;
const ROW = 18;
const MARGIN = 20;
const MAX_WIDTH = 320;
/** Tables from which speed goes before beauty. */
const LARGE = 40;

interface Laid {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Point {
  x: number;
  y: number;
}

export async function drawDiagram(
  boxes: readonly TableBox[],
  relations: readonly Relation[],
): Promise<string> {
  const graph = {
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.layered.spacing.nodeNodeBetweenLayers": "70",
      "elk.spacing.nodeNode": "28",
      "elk.spacing.componentComponent": "40",
      // Unconnected tables are packed into a near square instead of one endless column.
      "elk.aspectRatio": "1.6",
      "elk.separateConnectedComponents": "true",
      // The finer strategies cost seconds on a hundred tables and show little there.
      "elk.layered.nodePlacement.strategy":
        boxes.length > LARGE ? "BRANDES_KOEPF" : "NETWORK_SIMPLEX",
      "elk.layered.thoroughness": boxes.length > LARGE ? "1" : "7",
      "elk.padding": `[top=${MARGIN},left=${MARGIN},bottom=${MARGIN},right=${MARGIN}]`,
    },
    children: boxes.map((box, index) => ({ id: `n${index}`, ...sizeOf(box) })),
    edges: relations.map((one, index) => ({
      id: `e${index}`,
      sources: [`n${boxes.findIndex(({ table }) => table.name === one.from)}`],
      targets: [`n${boxes.findIndex(({ table }) => table.name === one.to)}`],
    })),
  };
  const laid = await new Elk().layout(graph);
  const places = new Map(
    (laid.children ?? []).map(({ id, x = 0, y = 0, width = 0, height = 0 }) => [
      id,
      { x, y, width, height },
    ]),
  );
  const lines = (laid.edges ?? []).flatMap((edge, index) => {
    const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints, endPoint }) => [
      startPoint,
      ...(bendPoints ?? []),
      endPoint,
    ]);
    const relation = relations[index];
    return relation === undefined || points.length < 2 ? [] : [drawEdge(points, relation)];
  });
  const tables = boxes.flatMap((box, index) => {
    const place = places.get(`n${index}`);
    return place === undefined ? [] : [drawTable(box, place)];
  });
  return svg(
    { width: laid.width ?? 800, height: laid.height ?? 600 },
    "Entity-relationship diagram",
    [...lines, ...tables],
  );
}

interface ElkGraph {
  width?: number;
  height?: number;
  children?: { id: string; x?: number; y?: number; width?: number; height?: number }[];
  edges?: { sections?: { startPoint: Point; bendPoints?: Point[]; endPoint: Point }[] }[];
}
interface ElkLike {
  layout(graph: unknown): Promise<ElkGraph>;
}
/** The package is CommonJS: its class comes directly or as a `default`, by who loads it. */
const Elk = elkClass(ElkModule);
function elkClass(module: unknown): new () => ElkLike {
  const inner = isNode(module) ? module["default"] : module;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own types describe only one of the two
  return inner as new () => ElkLike;
}

function sizeOf({ table, columns }: TableBox): { width: number; height: number } {
  const rows = columns.map(({ name, type }) => textWidth(name, 12) + textWidth(type, 11) + 62);
  const width = Math.min(MAX_WIDTH, Math.max(140, textWidth(table.name, 14) * 1.1 + 24, ...rows));
  return { width, height: HEADER + Math.max(1, columns.length) * ROW + 8 };
}

function drawTable({ table, columns }: TableBox, { x, y, width, height }: Laid): string {
  const parts = [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="#f5f7fa" stroke="${LINE}"/>`,
    `<path d="M${x} ${y + HEADER} v${-(HEADER - 6)} q0 -6 6 -6 h${width - 12} q6 0 6 6 v${HEADER - 6} z" fill="#243b53"/>`,
    textTag(fit(table.name, 14, width - 20), {
      x: x + 10,
      y: y + 19,
      size: 14,
      weight: 600,
      fill: "#ffffff",
    }),
  ];
  for (const [index, { name, type, mark, notNull }] of columns.entries()) {
    const line = y + HEADER + ROW * (index + 1) - 3;
    if (mark !== "")
      parts.push(
        textTag(mark === "PK,FK" ? "PF" : mark, {
          x: x + 8,
          y: line,
          size: 9,
          weight: 700,
          fill: mark.startsWith("PK") ? "#b44d12" : "#0b69a3",
        }),
      );
    const typeWidth = Math.min(textWidth(type, 11), width * 0.45);
    parts.push(
      textTag(fit(name, 12, width - typeWidth - 50), {
        x: x + 28,
        y: line,
        weight: notNull ? 600 : 400,
        fill: INK,
      }),
    );
    parts.push(
      textTag(fit(type, 11, width * 0.45), {
        x: x + width - 8,
        y: line,
        size: 11,
        fill: MUTED,
        anchor: "end",
      }),
    );
  }
  return parts.join("");
}

/** Crow's foot where many are, a bar where one is, a ring where none may be. */
function drawEdge(points: readonly Point[], { cardinality, optional }: Relation): string {
  const path = points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  const [start, end] = [points[0], points.at(-1)];
  if (start === undefined || end === undefined) return "";
  const [after, before] = [points[1] ?? end, points.at(-2) ?? start];
  const marks = cardinality === "many-to-one" ? foot(start, after) : bar(start, after, 8);
  const target = optional ? ring(end, before) : bar(end, before, 8);
  return `<path d="${path}" fill="none" stroke="${MUTED}" stroke-width="1.3"/>${marks}${target}`;
}

function direction(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
}

function foot(at: Point, towards: Point): string {
  const d = direction(at, towards);
  const tip = { x: at.x + d.x * 10, y: at.y + d.y * 10 };
  const side = (sign: number): string =>
    `M${tip.x} ${tip.y} L${at.x - d.y * 5 * sign} ${at.y + d.x * 5 * sign}`;
  return `<path d="${side(1)} ${side(-1)}" fill="none" stroke="${MUTED}" stroke-width="1.3"/>`;
}

function bar(at: Point, towards: Point, distance: number): string {
  const d = direction(at, towards);
  const m = { x: at.x + d.x * distance, y: at.y + d.y * distance };
  return `<path d="M${m.x - d.y * 5} ${m.y + d.x * 5} L${m.x + d.y * 5} ${m.y - d.x * 5}" stroke="${MUTED}" stroke-width="1.3"/>`;
}

function ring(at: Point, towards: Point): string {
  const d = direction(at, towards);
  return `<circle cx="${at.x + d.x * 9}" cy="${at.y + d.y * 9}" r="4" fill="#ffffff" stroke="${MUTED}" stroke-width="1.3"/>`;
}
