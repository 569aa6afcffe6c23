/** What one tool takes, as its options: the help of `flotilla call TOOL`. */
import { isRecord, type ToolDefinition } from "../../protocol/index.ts";
import type { Ui } from "../host.ts";
import { harmless, oneLine, padEnd, widthOf, wrap } from "./text.ts";

const MAX_TERM = 28;

export function argumentLines(
  tool: ToolDefinition,
  { paint, columns }: Pick<Ui, "paint" | "columns">,
) {
  const width = Math.min(columns, 100);
  const lines = [paint.bold(oneLine(tool.name))];
  const about = harmless(tool.description ?? tool.title ?? "").split(/\n\s*\n/);
  for (const paragraph of about)
    lines.push(...wrap(paragraph, width - 2).map((line) => `  ${line}`));
  const rows = rowsOf(tool);
  if (rows.length === 0) return [...lines, "", paint.dim("It takes no arguments.")];
  const term = Math.min(MAX_TERM, Math.max(...rows.map((row) => widthOf(row.term))));
  lines.push("", paint.bold("Arguments:"));
  for (const row of rows) {
    const [first = "", ...more] = wrap(row.words, Math.max(30, width - term - 4));
    const head = widthOf(row.term) > term;
    if (head) lines.push(`  ${paint.name(row.term)}`);
    lines.push(`  ${head ? " ".repeat(term) : padEnd(paint.name(row.term), term)}  ${first}`);
    lines.push(...more.map((line) => `  ${" ".repeat(term)}  ${line}`));
  }
  return lines.map((line) => line.trimEnd());
}

function rowsOf(tool: ToolDefinition): { term: string; words: string }[] {
  const { properties, required } = tool.inputSchema;
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(isRecord(properties) ? properties : {}).map(([name, schema]) => {
    const type = typeWord(schema);
    const about =
      isRecord(schema) && typeof schema["description"] === "string" ? schema["description"] : "";
    const words = [
      needed.includes(name) ? "(required)" : "",
      oneLine(about),
      choices(schema),
      fallback(schema),
    ];
    const term = type === "true|false" ? `--${oneLine(name)}` : `--${oneLine(name)} <${type}>`;
    return { term, words: words.filter((word) => word !== "").join(" ") };
  });
}

function typeWord(schema: unknown): string {
  if (!isRecord(schema)) return "value";
  const { type } = schema;
  const words = Array.isArray(schema["enum"]) ? oneLine(schema["enum"].map(String).join("|")) : "";
  if (words !== "" && words.length <= 20) return words;
  if (type === "boolean") return "true|false";
  if (type === "array") return `${typeWord(schema["items"])}…`;
  if (type === "object") return "json";
  if (type === "string") return "text";
  return typeof type === "string" ? oneLine(type) : "value";
}

function choices(schema: unknown): string {
  const list = typeWord(schema).includes("|") ? undefined : memberOf(schema);
  return Array.isArray(list) ? `One of ${oneLine(list.map(String).join(", "))}.` : "";
}

function memberOf(schema: unknown): unknown {
  return isRecord(schema) ? schema["enum"] : undefined;
}

function fallback(schema: unknown): string {
  const value = isRecord(schema) ? schema["default"] : undefined;
  return value === undefined ? "" : `Default: ${oneLine(JSON.stringify(value)).slice(0, 60)}.`;
}
