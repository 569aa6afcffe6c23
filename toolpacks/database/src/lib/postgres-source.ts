/** PostgreSQL text → statements with their place in the text, by PostgreSQL's own parser. */
import { MAX_STATEMENTS } from "./inputs.ts";
import { isNode, text, typeOf } from "./ast.ts";
import type { Node } from "./ast.ts";
import type { Location } from "flotilla/worker/review";

export interface Statement {
  /** From 0, in the order of the text. */
  index: number;
  /** `CreateStmt`, `SelectStmt`, … */
  type: string;
  /** What the type's key holds. */
  node: Node;
  sql: string;
  location: Location;
  /** Where `sql` starts in the whole text, UTF-16 units. */
  start: number;
}

export interface SyntaxProblem {
  message: string;
  location: Location;
}

export interface Source {
  text: string;
  statements: Statement[];
  /** Statements that could not be read; the others still were. */
  problems: SyntaxProblem[];
  /** Place of an offset that a parse-tree node carries (UTF-8 bytes). */
  locate: (byteOffset: number) => Location;
}

/** Statements with mistakes that are skipped before giving up on the text. */
const MAX_PROBLEMS = 20;

type Parser = typeof import("libpg-query");
let loading: Promise<Parser> | undefined;
function loadParser(): Promise<Parser> {
  loading ??= import("libpg-query").then(async (parser) => {
    await parser.loadModule();
    return parser;
  });
  return loading;
}

export async function readPostgres(given: string): Promise<Source> {
  const parser = await loadParser();
  const original = withoutPsql(given);
  const problems: SyntaxProblem[] = [];
  let sql = original;
  // The parser refuses what holds no statement; to a reader that is simply none.
  if (sql.trim() === "") return sourceOf(sql, {}, problems);
  for (;;) {
    try {
      const tree: unknown = parser.parseSync(sql);
      return sourceOf(sql, tree, problems);
    } catch (error) {
      const problem = problemOf(sql, error);
      problems.push(problem.told);
      const rest = blankStatement(parser, sql, problem.offset);
      if (rest === undefined || problems.length >= MAX_PROBLEMS) return sourceOf(sql, {}, problems);
      sql = rest;
    }
  }
}

function sourceOf(sql: string, tree: unknown, problems: SyntaxProblem[]): Source {
  const lines = lineStarts(sql);
  const toChar = byteMap(sql);
  const raw = isNode(tree) && Array.isArray(tree["stmts"]) ? tree["stmts"].filter(isNode) : [];
  if (raw.length > MAX_STATEMENTS) {
    const message = `There are ${raw.length} statements; at most ${MAX_STATEMENTS} are read.`;
    problems.push({ message, location: { line: 1, column: 1 } });
  }
  const statements = raw.slice(0, MAX_STATEMENTS).map((entry, index): Statement => {
    const from = toChar(Number(entry["stmt_location"] ?? 0));
    const length = Number(entry["stmt_len"] ?? 0);
    const to = length === 0 ? sql.length : toChar(Number(entry["stmt_location"] ?? 0) + length);
    const start = from + leadingSpace(sql, from, to);
    const type = typeOf(entry["stmt"]);
    const inner = isNode(entry["stmt"]) ? entry["stmt"][type] : undefined;
    return {
      index,
      type,
      node: isNode(inner) ? inner : {},
      sql: sql.slice(start, to).trimEnd(),
      location: locationAt(lines, start),
      start,
    };
  });
  return { text: sql, statements, problems, locate: (byte) => locationAt(lines, toChar(byte)) };
}

/** Space and comments in front of a statement: a reader looks for its first word. */
function leadingSpace(sql: string, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const space = /\s/.test(sql.charAt(at));
    if (space) at += 1;
    else if (sql.startsWith("--", at)) {
      const end = sql.indexOf("\n", at);
      at = end < 0 ? to : end + 1;
    } else if (sql.startsWith("/*", at)) {
      const end = sql.indexOf("*/", at + 2);
      at = end < 0 ? to : end + 2;
    } else break;
  }
  return Math.min(at, to) - from;
}

function problemOf(sql: string, error: unknown): { told: SyntaxProblem; offset: number } {
  const message = error instanceof Error ? error.message : String(error);
  const details = isNode(error) ? error["sqlDetails"] : undefined;
  // Counted in characters from 0, unlike the server, which counts from 1.
  const cursor = isNode(details) ? Number(details["cursorPosition"] ?? 0) : 0;
  const offset = unitsOf(sql, Math.max(0, cursor));
  const hint = text(details, "context");
  const told = hint === undefined || hint === "" ? message : `${message} (${hint})`;
  return { told: { message: told, location: locationAt(lineStarts(sql), offset) }, offset };
}

/** The text with the statement around `offset` blanked (line breaks kept), so that the rest can be read. */
function blankStatement(parser: Parser, sql: string, offset: number): string | undefined {
  const breaks = semicolons(parser, sql);
  if (breaks === undefined || breaks.length === 0) return undefined;
  const from = breaks.findLast((at) => at < offset) ?? -1;
  const to = breaks.find((at) => at >= offset) ?? sql.length - 1;
  const inside = sql.slice(from + 1, to + 1);
  const blank = inside.replaceAll(/[^\n]/g, " ");
  if (blank === inside) return undefined;
  return sql.slice(0, from + 1) + blank + sql.slice(to + 1);
}

function semicolons(parser: Parser, sql: string): number[] | undefined {
  try {
    const toChar = byteMap(sql);
    return parser
      .scanSync(sql)
      .tokens.filter((token) => token.text === ";")
      .map((token) => toChar(token.start));
  } catch {
    return undefined;
  }
}

/**
 * psql's own lines (`\connect`) and the data of `COPY … FROM stdin` are no SQL, but dumps hold them: blanked, so that
 * lines keep their numbers.
 */
function withoutPsql(sql: string): string {
  if (!sql.includes("\\")) return sql;
  let inData = false;
  const lines = sql.split("\n").map((line) => {
    if (inData) {
      inData = !line.startsWith("\\.");
      return "";
    }
    if (/^COPY\s/i.test(line) && /\sFROM\s+stdin\b/i.test(line)) {
      inData = true;
      return "";
    }
    return line.startsWith("\\") ? "" : line;
  });
  return lines.join("\n");
}

/** Characters → UTF-16 units. */
function unitsOf(sql: string, characters: number): number {
  let at = 0;
  for (let left = characters; left > 0 && at < sql.length; left -= 1) {
    at += (sql.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return at;
}

export function lineStarts(sql: string): number[] {
  const starts = [0];
  for (let at = sql.indexOf("\n"); at >= 0; at = sql.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

export function locationAt(starts: readonly number[], offset: number): Location {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The parser counts UTF-8 bytes, JavaScript UTF-16 units; plain ASCII needs no map. */
function byteMap(sql: string): (byte: number) => number {
  const bytes = new TextEncoder().encode(sql).length;
  if (bytes === sql.length) return (byte) => byte;
  const map = new Uint32Array(bytes + 1);
  let byte = 0;
  for (let at = 0; at < sql.length;) {
    const code = sql.codePointAt(at) ?? 0;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    map.fill(at, byte, byte + width);
    byte += width;
    at += code > 0xffff ? 2 : 1;
  }
  map[bytes] = sql.length;
  return (wanted) => map[Math.min(wanted, bytes)] ?? sql.length;
}
