/** Reads what a source file imports, with a real parser: a regular expression would believe strings and comments. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

export interface Import {
  specifier: string;
  line: number;
  /** Erased before anything runs. */
  typeOnly: boolean;
}

/** In JavaScript files types are imported in comments: `@import { T } from "…"` and `import("…").T`. */
const JSDOC_IMPORT = /@import\s[^"'@]*?from\s*["']([^"']+)["']|\bimport\(["']([^"']+)["']\)/g;

/** Static and dynamic imports, re-exports, and imports of types alone; each with its line. */
export function importsOf(root: string, file: string): Import[] {
  const source = readFileSync(join(root, file), "utf8");
  const parsed = parseSync(file, source);
  const fault = parsed.errors[0];
  if (fault !== undefined) throw new Error(`${file} does not parse: ${fault.message}`);
  const found: Import[] = [];
  const add = (specifier: string, start: number, typeOnly = false): void => {
    found.push({ specifier, line: source.slice(0, start).split("\n").length, typeOnly });
  };
  for (const { moduleRequest, entries } of parsed.module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every(({ isType }) => isType);
    add(moduleRequest.value, moduleRequest.start, typeOnly);
  }
  for (const { entries } of parsed.module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) add(moduleRequest.value, moduleRequest.start, isType);
    }
  }
  for (const { moduleRequest } of parsed.module.dynamicImports) {
    const text = source.slice(moduleRequest.start, moduleRequest.end);
    if (/^(["']).*\1$/.test(text)) add(text.slice(1, -1), moduleRequest.start);
  }
  new Visitor({
    TSImportType: (node) => add(node.source.value, node.start, true),
  }).visit(parsed.program);
  for (const comment of file.endsWith(".js") ? parsed.comments : []) {
    for (const match of comment.value.matchAll(JSDOC_IMPORT)) {
      add(match[1] ?? match[2] ?? "", comment.start, true);
    }
  }
  return found;
}
