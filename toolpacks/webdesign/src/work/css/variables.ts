/** Custom properties: what is defined where, what is asked for, and the values that hold for the whole page. */
import { walk } from "css-tree";
import type { Location } from "flotilla/worker/review";
import type { FlatRule, Sheet } from "./sheets.ts";
import { placed } from "./sheets.ts";

const ROOTS = new Set([":root", "html", ":host", ":where(:root)", "*"]);
const MAX_STEPS = 20;
const MAX_LENGTH = 2_000;

/** `--name: value` of rules on the root element outside any condition; the last one wins. */
export function rootVariables(rules: readonly FlatRule[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { selectors, context, declarations } of rules) {
    const isPlain = context.every((one) => one.startsWith("@layer"));
    if (!isPlain || !selectors.some((one) => ROOTS.has(one))) continue;
    for (const { property, value } of declarations) {
      if (property.startsWith("--")) found.set(property, value);
    }
  }
  return found;
}

/** A value with its `var()` filled in; undefined when one is not known. */
export function resolveVariables(
  value: string,
  variables: ReadonlyMap<string, string>,
): string | undefined {
  let text = value;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const start = text.indexOf("var(");
    if (start === -1) return text;
    const end = closing(text, start + 3);
    if (end === -1 || text.length > MAX_LENGTH) return undefined;
    const inside = text.slice(start + 4, end);
    const comma = inside.indexOf(",");
    const name = (comma === -1 ? inside : inside.slice(0, comma)).trim();
    const known = variables.get(name) ?? (comma === -1 ? undefined : inside.slice(comma + 1));
    if (known === undefined) return undefined;
    text = `${text.slice(0, start)}${known.trim()}${text.slice(end + 1)}`;
  }
  return undefined;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

export interface VariableUse {
  name: string;
  hasFallback: boolean;
  location: Location;
}

/** Every `var(--name)`, also inside the values of other custom properties. */
export function variableUses({ root, file }: Sheet): VariableUse[] {
  const uses: VariableUse[] = [];
  walk(root, (node) => {
    if (node.type === "Function" && node.name.toLowerCase() === "var") {
      const [name] = node.children.toArray();
      if (name?.type !== "Identifier") return;
      const hasFallback = node.children.toArray().length > 1;
      uses.push({ name: name.name, hasFallback, location: placed(file, node.loc) });
    }
    if (node.type === "Declaration" && node.property.startsWith("--")) {
      // The parser keeps custom properties as raw text.
      const text = node.value.type === "Raw" ? node.value.value : "";
      for (const [, name = "", after] of text.matchAll(/var\(\s*(--[\w-]+)\s*([,)])/g)) {
        uses.push({ name, hasFallback: after === ",", location: placed(file, node.loc) });
      }
    }
  });
  return uses;
}
