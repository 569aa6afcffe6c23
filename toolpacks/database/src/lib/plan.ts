/** A plan as PostgreSQL tells it (EXPLAIN, FORMAT JSON), flattened to what people and rules read. */
import { children, isNode, number, text } from "./ast.ts";
import type { Node } from "./ast.ts";
import type { Finding } from "flotilla/worker/review";

export interface PlanNode {
  id: number;
  type: string;
  /** Table and index, where it reads one. */
  relation?: string;
  index?: string;
  startupCost: number;
  totalCost: number;
  /** Cost of this node without its inputs. */
  selfCost: number;
  planRows: number;
  actualRows?: number;
  loops?: number;
  timeMs?: number;
  /** Condition, filter, sort keys: the words that explain the node. */
  details: Record<string, string>;
  children: PlanNode[];
}

const DETAILS = [
  "Join Type",
  "Index Cond",
  "Recheck Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "Filter",
  "Sort Key",
  "Group Key",
  "Strategy",
  "Sort Method",
  "Sort Space Type",
  "Sort Space Used",
  "Rows Removed by Filter",
  "Rows Removed by Join Filter",
  "Hash Batches",
  "Shared Hit Blocks",
  "Shared Read Blocks",
  "Heap Fetches",
  "Subplan Name",
  "Parent Relationship",
];

export function planOf(explained: unknown): PlanNode | undefined {
  const top = Array.isArray(explained) ? explained[0] : explained;
  const plan = isNode(top) ? top["Plan"] : undefined;
  if (!isNode(plan)) return undefined;
  let lastId = 0;
  // Plans nest as deep as the query does, and PostgreSQL itself refuses what would overflow a stack.
  const read = (node: Node): PlanNode => {
    lastId += 1;
    const id = lastId;
    const inputs = children(node, "Plans").map(read);
    const totalCost = number(node, "Total Cost") ?? 0;
    const below = inputs.reduce((sum, one) => sum + one.totalCost, 0);
    return {
      id,
      type: text(node, "Node Type") ?? "?",
      ...given(
        "relation",
        text(node, "Relation Name") ?? text(node, "CTE Name") ?? text(node, "Function Name"),
      ),
      ...given("index", text(node, "Index Name")),
      startupCost: number(node, "Startup Cost") ?? 0,
      totalCost,
      selfCost: Math.max(0, round(totalCost - below)),
      planRows: number(node, "Plan Rows") ?? 0,
      ...given("actualRows", number(node, "Actual Rows")),
      ...given("loops", number(node, "Actual Loops")),
      ...given("timeMs", number(node, "Actual Total Time")),
      details: detailsOf(node),
      children: inputs,
    };
  };
  return read(plan);
}

function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key is widened to string
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
}

function detailsOf(node: Node): Record<string, string> {
  const details: Record<string, string> = {};
  for (const key of DETAILS) {
    const value = node[key];
    if (value === undefined || value === 0) continue;
    details[key] = wordsOf(value);
  }
  return details;
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

const round = (value: number): number => Math.round(value * 100) / 100;

export function* nodesOf(plan: PlanNode): Generator<PlanNode> {
  yield plan;
  for (const one of plan.children) yield* nodesOf(one);
}

/** Rows that make reading all of a table worth a word. */
const MANY_ROWS = 1_000;
/** An index is no help where most rows are wanted. */
const FEW_KEPT = 0.2;

/** What hurts in a plan, each with the numbers that prove it. */
export function painsOf(plan: PlanNode, tableRows: ReadonlyMap<string, number>): Finding[] {
  const all = [...nodesOf(plan)];
  // Below a LIMIT nodes stop early, so too few rows there say nothing about the estimate.
  const isCut = all.some(({ type }) => type === "Limit");
  return all.flatMap((node) => [
    ...scanPains(node, { plan, tableRows }),
    ...rowPains(node, isCut),
    ...spillPains(node),
  ]);
}

interface Around {
  plan: PlanNode;
  /** Rows of each table as the planner believes, by its bare name. */
  tableRows: ReadonlyMap<string, number>;
}

function scanPains(node: PlanNode, { plan, tableRows }: Around): Finding[] {
  const filter = node.details["Filter"];
  const share = plan.totalCost > 0 ? node.selfCost / plan.totalCost : 0;
  const object = node.relation ?? node.type;
  const rows = tableRows.get(object) ?? 0;
  const kept = node.actualRows ?? node.planRows;
  if (
    node.type === "Seq Scan" &&
    filter !== undefined &&
    share >= 0.2 &&
    rows >= MANY_ROWS &&
    kept < rows * FEW_KEPT
  ) {
    return [
      {
        rule: "seq-scan-filter",
        severity: "warning",
        object,
        message: `All of ${object} is read to keep the rows where ${filter}.`,
        evidence: `${percent(share)} of the plan's cost; ${kept} of ${rows} rows kept`,
        fix: `Try index_advisor with this query: an index on the filtered columns of ${object} may spare the scan.`,
      },
    ];
  }
  if (node.type === "Nested Loop" && node.details["Join Filter"] === undefined) {
    const [outer, inner] = node.children;
    if (inner?.type === "Seq Scan" && (outer?.planRows ?? 0) > 10 && inner.planRows >= 100) {
      return [
        {
          rule: "nested-loop-seq-scan",
          severity: "warning",
          object: inner.relation ?? inner.type,
          message: `${inner.relation ?? "A table"} is read in full once for each of ${outer?.planRows} rows.`,
          evidence: `outer rows ${outer?.planRows}, inner rows ${inner.planRows}`,
          fix: "Index the inner side's join column, or check that the join condition is not missing.",
        },
      ];
    }
  }
  return [];
}

function rowPains(node: PlanNode, isCut: boolean): Finding[] {
  const { actualRows } = node;
  if (actualRows === undefined || (node.loops ?? 1) === 0) return [];
  if (isCut && actualRows < node.planRows) return [];
  const [low, high] = [
    Math.max(1, Math.min(actualRows, node.planRows)),
    Math.max(actualRows, node.planRows),
  ];
  if (high < 100 || high / low < 10) return [];
  return [
    {
      rule: "row-estimate-off",
      severity: "info",
      object: node.relation ?? node.type,
      message: `The planner expected ${node.planRows} rows and got ${actualRows}.`,
      evidence: `factor ${Math.round(high / low)} at ${node.type}`,
      fix: "Run ANALYZE; for columns that depend on each other, CREATE STATISTICS.",
    },
  ];
}

function spillPains(node: PlanNode): Finding[] {
  if (node.details["Sort Space Type"] === "Disk") {
    return [
      {
        rule: "sort-spills",
        severity: "warning",
        object: node.type,
        message: "The sort does not fit in memory and goes through disk.",
        evidence: `${node.details["Sort Method"]}, ${node.details["Sort Space Used"]} kB`,
        fix: `An index on (${node.details["Sort Key"]}) delivers rows in order; or raise work_mem.`,
      },
    ];
  }
  if (Number(node.details["Hash Batches"] ?? 1) > 1) {
    return [
      {
        rule: "hash-spills",
        severity: "warning",
        object: node.type,
        message: "The hash table does not fit in memory and is processed in batches.",
        evidence: `${node.details["Hash Batches"]} batches`,
        fix: "Raise work_mem, or reduce the rows and columns that are hashed.",
      },
    ];
  }
  return [];
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export const planNodeSchema = {
  type: "object",
  properties: {
    id: { type: "integer" },
    type: { type: "string" },
    relation: { type: "string" },
    index: { type: "string" },
    startupCost: { type: "number" },
    totalCost: { type: "number" },
    selfCost: { type: "number" },
    planRows: { type: "number" },
    actualRows: { type: "number" },
    loops: { type: "number" },
    timeMs: { type: "number" },
    details: { type: "object", additionalProperties: { type: "string" } },
    // The same shape again; a reference would need the full validator and confuses some clients.
    children: { type: "array", items: { type: "object" } },
  },
  required: ["id", "type", "totalCost", "selfCost", "planRows", "details", "children"],
};
