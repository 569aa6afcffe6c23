/** Reads one source file: what it imports, and how much of the old module system it uses. */
import { parseSync } from "oxc-parser";
import type { EcmaScriptModule } from "oxc-parser";
import { isTooDeep } from "flotilla/worker/review";

export interface ImportFact {
  specifier: string;
  line: number;
  column: number;
  kind: "static" | "dynamic" | "require";
  /** Gone after compilation: `import type`. */
  typeOnly: boolean;
  /** Names taken; a rough measure of how hard the tie is to cut. */
  names: number;
}
export interface CommonFact {
  what:
    | "require"
    | "dynamic-require"
    | "exports"
    | "dirname"
    | "require-cache"
    | "conditional-require";
  line: number;
  text: string;
}
export interface SourceFacts {
  imports: ImportFact[];
  exports: number;
  lines: number;
  esm: boolean;
  common: CommonFact[];
  problem?: { message: string; line: number; column: number };
}

export const CODE = /\.(?:d\.)?[cm]?[jt]sx?$/;
const COMMON = /\brequire\b|\bmodule\.exports\b|\bexports\b|\b__dirname\b|\b__filename\b/;

export function readSource(path: string, text: string): SourceFacts {
  const place = placesOf(text);
  if (isTooDeep(text)) {
    const problem = {
      message: "Nested too deeply, or generated: it was not read.",
      line: 1,
      column: 1,
    };
    return { imports: [], exports: 0, lines: 1, esm: true, common: [], problem };
  }
  const parsed = parseSync(path, text);
  const facts: SourceFacts = {
    imports: importsOf(parsed.module, text, place),
    exports: parsed.module.staticExports.reduce((sum, one) => sum + one.entries.length, 0),
    lines: text.split("\n").filter((line) => line.trim() !== "").length,
    esm: parsed.module.hasModuleSyntax,
    common: [],
  };
  const [error] = parsed.errors;
  if (error !== undefined)
    facts.problem = { message: error.message, ...place(error.labels[0]?.start ?? 0) };
  else if (COMMON.test(text)) commonJs(parsed.program, { facts, text, place });
  return facts;
}

type Place = (offset: number) => { line: number; column: number };

function placesOf(text: string): Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function importsOf(module: EcmaScriptModule, text: string, place: Place): ImportFact[] {
  const found: ImportFact[] = module.staticImports.map(
    ({ moduleRequest, entries, start, end }) => ({
      specifier: moduleRequest.value,
      ...place(start),
      kind: "static",
      typeOnly:
        (entries.length > 0 && entries.every(({ isType }) => isType)) ||
        /^import\s+type\b/.test(text.slice(start, end)),
      names: entries.length,
    }),
  );
  for (const { entries, start, end } of module.staticExports) {
    const from = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest;
    if (from === undefined || from === null) continue;
    const typeOnly =
      entries.every(({ isType }) => isType) || /^export\s+type\b/.test(text.slice(start, end));
    found.push({
      specifier: from.value,
      ...place(start),
      kind: "static",
      typeOnly,
      names: entries.length,
    });
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(
      text.slice(moduleRequest.start, moduleRequest.end),
    )?.[1];
    if (literal === undefined) continue;
    found.push({
      specifier: literal,
      ...place(moduleRequest.start),
      kind: "dynamic",
      typeOnly: false,
      names: 1,
    });
  }
  return found;
}

interface Shape {
  type: string;
  start: number;
  end: number;
}
function isShape(value: unknown): value is Shape & Record<string, unknown> {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

interface Walk {
  facts: SourceFacts;
  text: string;
  place: Place;
}

/** Without recursion: a long chain of `a + b + c` is as deep as it is long. */
function commonJs(program: unknown, walk: Walk): void {
  const waiting: { node: unknown; nested: boolean }[] = [{ node: program, nested: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, nested } = next;
    if (Array.isArray(node)) {
      for (let index = node.length - 1; index >= 0; index -= 1)
        waiting.push({ node: node[index], nested });
      continue;
    }
    if (!isShape(node)) continue;
    visit(node, nested, walk);
    const inner =
      nested || /Function|IfStatement|TryStatement|ConditionalExpression/.test(node.type);
    const isMember = node.type === "MemberExpression" && node["computed"] !== true;
    const isKey =
      node.type === "Property" && node["computed"] !== true && node["shorthand"] !== true;
    for (const [key, value] of Object.entries(node).toReversed()) {
      if ((isMember && key === "property") || (isKey && key === "key")) continue;
      if (typeof value === "object" && value !== null) waiting.push({ node: value, nested: inner });
    }
  }
}

const named = (value: unknown): string =>
  isShape(value) && typeof value["name"] === "string" ? value["name"] : "";

function visit(node: Shape & Record<string, unknown>, nested: boolean, walk: Walk): void {
  const { facts, text, place } = walk;
  const note = (what: CommonFact["what"]): void =>
    void facts.common.push({
      what,
      line: place(node.start).line,
      text: text.slice(node.start, Math.min(node.end, node.start + 120)).replaceAll(/\s+/g, " "),
    });
  if (node.type === "CallExpression" && named(node["callee"]) === "require") {
    const [first] = Array.isArray(node["arguments"]) ? (node["arguments"] as unknown[]) : [];
    const specifier =
      isShape(first) && typeof first["value"] === "string" ? first["value"] : undefined;
    if (specifier === undefined) return note("dynamic-require");
    facts.imports.push({
      specifier,
      ...place(node.start),
      kind: "require",
      typeOnly: false,
      names: 1,
    });
    return note(nested ? "conditional-require" : "require");
  }
  if (node.type === "Identifier" && (node["name"] === "__dirname" || node["name"] === "__filename"))
    return note("dirname");
  if (node.type === "MemberExpression") {
    const written = text.slice(node.start, Math.min(node.end, node.start + 40));
    if (written.startsWith("require.")) return note("require-cache");
  }
  if (node.type === "AssignmentExpression") {
    const left = text.slice(node.start, node.start + 40);
    if (/^(module\.exports|exports\.)/.test(left)) note("exports");
  }
}
