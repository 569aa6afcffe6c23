/** The rules on node-sql-parser's tree, for every dialect but PostgreSQL. */
import { child, children, isNode, number, text, walk } from "../lib/ast.ts";
import type { Node } from "../lib/ast.ts";
import type { Finding, Location } from "flotilla/worker/review";
import { finding } from "./lint-rules.ts";
import type { Dialect, Rule } from "./lint-rules.ts";

interface Parser {
  astify(sql: string, options: object): unknown;
}

/** Each dialect's parser is a file of its own; the package's entry would load all of them. */
const LOADERS: Readonly<Record<Exclude<Dialect, "postgresql">, () => Promise<unknown>>> = {
  mysql: () => import("node-sql-parser/build/mysql.js"),
  mariadb: () => import("node-sql-parser/build/mariadb.js"),
  sqlite: () => import("node-sql-parser/build/sqlite.js"),
  transactsql: () => import("node-sql-parser/build/transactsql.js"),
  bigquery: () => import("node-sql-parser/build/bigquery.js"),
  redshift: () => import("node-sql-parser/build/redshift.js"),
  trino: () => import("node-sql-parser/build/trino.js"),
  hive: () => import("node-sql-parser/build/hive.js"),
  athena: () => import("node-sql-parser/build/athena.js"),
  db2: () => import("node-sql-parser/build/db2.js"),
  flinksql: () => import("node-sql-parser/build/flinksql.js"),
};

export async function lintGeneric(
  sql: string,
  dialect: Exclude<Dialect, "postgresql">,
): Promise<{ findings: Finding[]; statements: number }> {
  const parser = parserOf(await LOADERS[dialect]());
  let tree: unknown;
  try {
    tree = parser.astify(sql, { parseOptions: { includeLocations: true } });
  } catch (error) {
    return { findings: [syntaxError(error)], statements: 0 };
  }
  const statements = (Array.isArray(tree) ? tree : [tree]).filter(isNode);
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const statement of statements) {
    const top = locationOf(statement) ?? { line: 1, column: 1 };
    const tell: Tell = (rule, node, evidence) => {
      const location = placeOf(node) ?? top;
      const key = `${rule} ${location.line}:${location.column}`;
      if (seen.has(key)) return;
      seen.add(key);
      findings.push(finding(rule, { location, ...(evidence === undefined ? {} : { evidence }) }));
    };
    for (const { node } of walk(statement)) lintNode(node, tell);
  }
  return { findings, statements: statements.length };
}

type Tell = (rule: Rule, node: unknown, evidence?: string) => void;

function parserOf(build: unknown): Parser {
  const inner = child(build, "default") ?? build;
  const make: unknown = isNode(inner) ? inner["Parser"] : undefined;
  if (typeof make !== "function") throw new Error("The parser could not be loaded.");
  return Reflect.construct(make, []);
}

function syntaxError(error: unknown): Finding {
  const start = child(child(error, "location"), "start");
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  // The parser lists every token it would have taken; nobody reads that.
  const found = / but (".*"|end of input) found/.exec(message)?.[1];
  return finding("syntax-error", {
    message:
      found === undefined ? message.slice(0, 200) : `The statement cannot be read at ${found}.`,
    location: { line: number(start, "line") ?? 1, column: number(start, "column") ?? 1 },
  });
}

function locationOf(node: Node): Location | undefined {
  const start = child(child(node, "loc"), "start");
  const [line, column] = [number(start, "line"), number(start, "column")];
  return line === undefined || column === undefined ? undefined : { line, column };
}

function placeOf(value: unknown): Location | undefined {
  for (const { node } of walk(value)) {
    const location = locationOf(node);
    if (location !== undefined) return location;
  }
  return undefined;
}

function lintNode(node: Node, tell: Tell): void {
  switch (node["type"]) {
    case "select":
      lintSelect(node, tell);
      break;
    case "update":
      if (!isNode(node["where"])) tell("update-without-where", node["table"]);
      break;
    case "delete":
      if (!isNode(node["where"])) tell("delete-without-where", node["from"] ?? node["table"]);
      break;
    case "insert":
    case "replace":
      if (!Array.isArray(node["columns"]) && node["values"] !== undefined)
        tell("insert-without-columns", node["table"]);
      break;
    case "binary_expr":
      lintBinary(node, tell);
      break;
    default:
  }
}

function lintSelect(node: Node, tell: Tell): void {
  const { columns } = node;
  const starred = Array.isArray(columns) ? columns.find(isStar) : undefined;
  if (columns === "*" || starred !== undefined) tell("select-star", starred);
  const order = children(node, "orderby");
  const groups = [...children(node, "groupby"), ...children(child(node, "groupby"), "columns")];
  for (const one of [...order.map((entry) => child(entry, "expr")), ...groups]) {
    if (isNode(one) && one["type"] === "number") tell("order-by-position", one);
    if (isNode(one) && one["type"] === "function" && /^(rand|random|newid)$/i.test(nameOf(one))) {
      tell("order-by-random", one);
    }
  }
  const limits = children(child(node, "limit"), "value").map((one) => number(one, "value"));
  const from = children(node, "from");
  if (limits.length > 0 && order.length === 0 && from.length > 0 && limits[0] !== 1)
    tell("limit-without-order", undefined);
  const isOffset = text(child(node, "limit"), "seperator") === "offset";
  const offset = limits.length === 2 ? limits[isOffset ? 1 : 0] : undefined;
  if (offset !== undefined && offset >= 1_000) tell("large-offset", undefined, `offset ${offset}`);
  if (from.length > 1 && !isNode(node["where"])) {
    const loose = from
      .slice(1)
      .find((one) => one["join"] === undefined && typeof one["table"] === "string");
    if (loose !== undefined) tell("missing-join-condition", loose);
  }
  const natural = from.find((one) => /natural/i.test(text(one, "join") ?? ""));
  if (natural !== undefined) tell("natural-join", natural);
  if (text(node, "set_op") === "union") tell("union-distinct", undefined);
}

function isStar(column: unknown): boolean {
  const inner = child(column, "expr");
  return (
    inner?.["type"] === "column_ref" &&
    (inner["column"] === "*" || child(child(inner, "column"), "expr")?.["value"] === "*")
  );
}

function nameOf(call: Node): string {
  const { name } = call;
  if (typeof name === "string") return name;
  return children(name, "name")
    .map((part) => text(part, "value") ?? "")
    .join(".");
}

const COMPARISONS = new Set(["=", "<", ">", "<=", ">="]);

function lintBinary(node: Node, tell: Tell): void {
  const operator = (text(node, "operator") ?? "").toUpperCase();
  const [left, right] = [child(node, "left"), child(node, "right")];
  if (
    ["=", "<>", "!="].includes(operator) &&
    [left, right].some((side) => side?.["type"] === "null")
  ) {
    tell("equals-null", node);
  }
  if (operator.endsWith("LIKE") && /^[%_]/.test(text(right, "value") ?? "")) {
    tell("leading-wildcard", node, `'${text(right, "value") ?? ""}'`);
  }
  if (
    operator === "NOT IN" &&
    [...walk(right)].some(({ node: inner }) => inner["type"] === "select")
  ) {
    tell("not-in-subquery", node);
  }
  if (operator === "IN" && children(right, "value").length > 500) tell("huge-in-list", node);
  if (
    COMPARISONS.has(operator) &&
    left?.["type"] === "function" &&
    right?.["type"] !== "column_ref"
  ) {
    const columns = [...walk(left["args"])].filter(
      ({ node: inner }) => inner["type"] === "column_ref",
    );
    if (columns.length === 1) tell("function-on-column", left, nameOf(left));
  }
}
