/** The rules on PostgreSQL's own parse tree. */
import {
  allAs,
  as,
  child,
  children,
  find,
  isNode,
  number,
  strings,
  text,
  typeOf,
  walk,
} from "../lib/ast.ts";
import type { Node } from "../lib/ast.ts";
import type { Finding, Location } from "flotilla/worker/review";
import { readPostgres } from "../lib/postgres-source.ts";
import type { Source, Statement } from "../lib/postgres-source.ts";
import { short } from "../lib/text.ts";
import { finding } from "./lint-rules.ts";
import type { Rule } from "./lint-rules.ts";

const HUGE_LIST = 500;
const LARGE_OFFSET = 1_000;

export async function lintPostgres(
  sql: string,
): Promise<{ findings: Finding[]; statements: number }> {
  const source = await readPostgres(sql);
  const findings = source.problems.map(({ message, location }) =>
    finding("syntax-error", { message, location }),
  );
  for (const statement of source.statements) findings.push(...lintStatement(source, statement));
  return { findings, statements: source.statements.length };
}

interface Context {
  source: Source;
  statement: Statement;
  tell: (rule: Rule, node: Node | undefined, evidence?: string) => void;
}

function lintStatement(source: Source, statement: Statement): Finding[] {
  const found: Finding[] = [];
  const seen = new Set<string>();
  const tell: Context["tell"] = (rule, node, evidence) => {
    const location = placeOf(source, node) ?? statement.location;
    const key = `${rule} ${location.line}:${location.column}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.push(finding(rule, { location, evidence: evidence ?? short(statement.sql) }));
  };
  const context: Context = { source, statement, tell };
  for (const { key, node } of walk(statement.node, statement.type))
    RULES_BY_NODE[key]?.(node, context);
  return found;
}

/** The first place that the node, or something in it, carries. */
function placeOf(source: Source, node: Node | undefined): Location | undefined {
  if (node === undefined) return undefined;
  for (const { node: inner } of walk(node)) {
    const at = number(inner, "location");
    if (at !== undefined && at >= 0) return source.locate(at);
  }
  return undefined;
}

const RULES_BY_NODE: Readonly<Record<string, (node: Node, context: Context) => void>> = {
  UpdateStmt(node, { tell }) {
    if (node["whereClause"] === undefined) tell("update-without-where", child(node, "relation"));
  },
  DeleteStmt(node, { tell }) {
    if (node["whereClause"] === undefined) tell("delete-without-where", child(node, "relation"));
  },
  InsertStmt(node, { tell }) {
    const hasRows = node["selectStmt"] !== undefined;
    if (hasRows && children(node, "cols").length === 0)
      tell("insert-without-columns", child(node, "relation"));
  },
  SelectStmt: lintSelect,
  larg: lintSelect,
  rarg: lintSelect,
  JoinExpr(node, { tell }) {
    if (node["isNatural"] === true) tell("natural-join", node);
  },
  A_Expr: lintExpression,
  // NOT IN is NOT around an ANY sublink that has no operator of its own.
  BoolExpr(node, { tell }) {
    if (text(node, "boolop") !== "NOT_EXPR") return;
    const link = allAs(children(node, "args"), "SubLink")[0];
    const isIn =
      link !== undefined &&
      text(link, "subLinkType") === "ANY_SUBLINK" &&
      children(link, "operName").length === 0;
    if (isIn) tell("not-in-subquery", link);
  },
  ColumnDef(node, { tell }) {
    const names = strings(children(child(node, "typeName"), "names"));
    const type = names.at(-1);
    const evidence = `${text(node, "colname") ?? ""} ${type ?? ""}`;
    if (type === "timestamp") tell("timestamp-without-zone", node, evidence);
    if (type === "money") tell("money-type", node, evidence);
  },
};

function lintSelect(node: Node, context: Context): void {
  const { tell } = context;
  const from = children(node, "fromClause");
  for (const target of children(node, "targetList")) {
    const value = child(as(target, "ResTarget"), "val");
    const fields = children(as(value, "ColumnRef"), "fields");
    if (fields.some((field) => as(field, "A_Star") !== undefined)) tell("select-star", value);
  }
  if (text(node, "op") === "SETOP_UNION" && node["all"] !== true) tell("union-distinct", undefined);
  lintOrder(node, context);
  if (children(node, "distinctClause").length > 0 && find(from, "JoinExpr").length > 0) {
    tell("select-distinct-join", from[0]);
  }
  if (node["havingClause"] !== undefined && find(node["havingClause"], "FuncCall").length === 0) {
    tell("having-without-aggregate", child(node, "havingClause"));
  }
  lintJoins(node, context);
}

function lintOrder(node: Node, { tell }: Context): void {
  const order = children(node, "sortClause").map((one) => child(as(one, "SortBy"), "node"));
  for (const one of [...order, ...children(node, "groupClause")]) {
    if (integer(one) !== undefined) tell("order-by-position", one);
  }
  for (const one of order) {
    const call = as(one, "FuncCall");
    if (strings(children(call, "funcname")).at(-1) === "random") tell("order-by-random", one);
  }
  const hasLimit = node["limitCount"] !== undefined;
  const from = children(node, "fromClause");
  // One row of an aggregate needs no order, nor does a probe for existence.
  const isProbe = integer(child(node, "limitCount")) === 1;
  if (hasLimit && order.length === 0 && from.length > 0 && !isProbe)
    tell("limit-without-order", child(node, "limitCount"));
  const offset = integer(child(node, "limitOffset"));
  if (offset !== undefined && offset >= LARGE_OFFSET)
    tell("large-offset", child(node, "limitOffset"), `OFFSET ${offset}`);
}

/** `FROM a, b` where no condition names both. */
function lintJoins(node: Node, { tell }: Context): void {
  const tables = children(node, "fromClause").flatMap((one) => {
    const range = as(one, "RangeVar");
    if (range === undefined) return [];
    return [text(child(range, "alias"), "aliasname") ?? text(range, "relname") ?? ""];
  });
  if (tables.length < 2 || tables.length !== children(node, "fromClause").length) return;
  const named = new Set<string>();
  let bare = false;
  // A bare column inside a subquery belongs to the subquery.
  const inner = new Set(
    find(node["whereClause"], "SubLink").flatMap((link) => find(link["subselect"], "ColumnRef")),
  );
  for (const reference of find(node["whereClause"], "ColumnRef")) {
    const parts = strings(children(reference, "fields"));
    if (parts.length > 1) named.add(parts[0] ?? "");
    else if (!inner.has(reference)) bare = true;
  }
  // An unqualified column could belong to any of them, so nothing is claimed then.
  const alone = bare ? [] : tables.filter((table) => !named.has(table));
  if (alone.length > 0)
    tell(
      "missing-join-condition",
      child(node, "fromClause") ?? children(node, "fromClause")[1],
      `FROM ${tables.join(", ")}`,
    );
}

function lintExpression(node: Node, { tell }: Context): void {
  const operator = strings(children(node, "name")).at(-1) ?? "";
  const [left, right] = [child(node, "lexpr"), child(node, "rexpr")];
  const kind = text(node, "kind");
  if (
    kind === "AEXPR_OP" &&
    ["=", "<>", "!="].includes(operator) &&
    (isNull(left) || isNull(right))
  ) {
    tell("equals-null", node);
  }
  if (kind === "AEXPR_LIKE" || kind === "AEXPR_ILIKE") {
    const pattern = text(child(as(right, "A_Const"), "sval"), "sval");
    if (pattern !== undefined && /^[%_]/.test(pattern))
      tell("leading-wildcard", node, `'${pattern}'`);
  }
  if (kind === "AEXPR_IN") {
    const length = children(as(right, "List"), "items").length || listLength(node["rexpr"]);
    if (length > HUGE_LIST) tell("huge-in-list", node, `${length} values`);
    return;
  }
  if (kind === "AEXPR_BETWEEN" && isTimestamp(node["rexpr"])) tell("between-timestamps", node);
  if (kind === "AEXPR_OP" && [">", ">=", "="].includes(operator)) lintCount(node, tell);
  if (kind === "AEXPR_OP" && ["=", "<", ">", "<=", ">="].includes(operator))
    lintFunction(left, right, tell);
}

function lintCount(node: Node, tell: Context["tell"]): void {
  const [left, right] = [child(node, "lexpr"), child(node, "rexpr")];
  const select = as(child(as(left, "SubLink"), "subselect"), "SelectStmt");
  const target = child(as(children(select, "targetList")[0], "ResTarget"), "val");
  const isCount = strings(children(as(target, "FuncCall"), "funcname")).at(-1) === "count";
  if (isCount && (integer(right) ?? 9) <= 1) tell("count-for-existence", left);
}

/** Only where one side is a function of exactly a column and the other has no column: `lower(name) = 'x'`. */
function lintFunction(
  left: Node | undefined,
  right: Node | undefined,
  tell: Context["tell"],
): void {
  for (const [side, other] of [
    [left, right],
    [right, left],
  ]) {
    const call = as(side, "FuncCall") ?? as(side, "TypeCast");
    if (call === undefined || find(other, "ColumnRef").length > 0) continue;
    const inner = allAs([...children(call, "args"), child(call, "arg")], "ColumnRef");
    const isAggregate = AGGREGATES.has(strings(children(call, "funcname")).at(-1) ?? "");
    if (inner.length === 1 && !isAggregate) tell("function-on-column", side);
  }
}

const AGGREGATES = new Set([
  "count",
  "sum",
  "avg",
  "min",
  "max",
  "array_agg",
  "string_agg",
  "bool_and",
  "bool_or",
  "jsonb_agg",
  "json_agg",
]);

function isNull(node: Node | undefined): boolean {
  return as(node, "A_Const")?.["isnull"] === true;
}

function integer(node: Node | undefined): number | undefined {
  const constant = as(node, "A_Const");
  const value = child(constant, "ival");
  // Zero is left out of the tree.
  return value === undefined ? undefined : (number(value, "ival") ?? 0);
}

function isTimestamp(value: unknown): boolean {
  const types = [...walk(value)].flatMap(({ key, node }) =>
    key === "typeName" ? strings(children(node, "names")) : [],
  );
  return types.some((type) => type.startsWith("timestamp"));
}

function listLength(value: unknown): number {
  return isNode(value) && typeOf(value) === "List" ? children(value["List"], "items").length : 0;
}
