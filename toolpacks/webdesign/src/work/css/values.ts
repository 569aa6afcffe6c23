/** Properties and values that browsers will ignore. */
import { generate, lexer } from "css-tree";
import type { CssNode } from "css-tree";
import type { Finding } from "flotilla/worker/review";
import type { FlatRule, Sheet } from "./sheets.ts";

/** Newer than the grammar that values are checked against, so that nothing is said about them. */
const NEWER =
  /\b(?:from|if|sibling-(?:index|count)|attr|anchor(?:-size)?|calc-size|light-dark|contrast-color|random)\b\s*\(?/;
/** Old Internet Explorer only; harmless where they are. */
const HACK = /^[*_]|^(?:filter|zoom|behavior)$/;

export function syntaxFindings({ problems }: Sheet): Finding[] {
  return problems.map(({ message, location }) => ({
    rule: "syntax",
    severity: "error",
    message: `The browser leaves this out: ${message}.`,
    location,
  }));
}

/** `isKnown`: whether any browser has or had the property, whatever the grammar says. */
export function valueFindings({ rules }: Sheet, isKnown: (property: string) => boolean): Finding[] {
  return rules.flatMap((rule) =>
    rule.declarations.flatMap((declaration) => {
      const { property, value, node, location } = declaration;
      if (property.startsWith("-") || HACK.test(property)) return [];
      const object = `${rule.selectors.join(", ").slice(0, 200)} { ${property} }`;
      if (lexer.getProperty(property) === null) {
        return isKnown(property) ? [] : [unknownProperty(property, { object, location })];
      }
      if (NEWER.test(value) || /-(?:webkit|moz|ms|o)-|\\\d/.test(value)) return [];
      const said = mismatch(property, node.value);
      if (said === undefined) return [];
      return [
        {
          rule: "invalid-value",
          severity: "error" as const,
          message: `"${value.slice(0, 100)}" is no value of ${property}.`,
          object,
          evidence: said,
          location,
        },
      ];
    }),
  );
}

function unknownProperty(property: string, at: Pick<Finding, "object" | "location">): Finding {
  const near = nearest(property);
  return {
    rule: "unknown-property",
    severity: "error",
    message: `There is no property "${property.slice(0, 60)}".`,
    ...at,
    ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
  };
}

function mismatch(property: string, value: CssNode): string | undefined {
  const { error } = lexer.matchProperty(property, value);
  if (error === null || error.name !== "SyntaxMatchError") return undefined;
  const css: unknown = "css" in error ? error.css : generate(value);
  const syntax: unknown = "syntax" in error ? error.syntax : "";
  return `${String(css).slice(0, 100)} does not match ${String(syntax).slice(0, 200)}`;
}

/** A property one or two letters away. */
function nearest(property: string): string | undefined {
  const names = propertyNames().filter(
    (name) => !name.startsWith("-") && Math.abs(name.length - property.length) <= 2,
  );
  const ranked = names
    .map((name) => ({ name, far: distance(name, property.slice(0, 60)) }))
    .toSorted((a, b) => a.far - b.far);
  const best = ranked[0];
  return best !== undefined && best.far <= 2 ? best.name : undefined;
}

/** The types leave out what the lexer has. */
function propertyNames(): string[] {
  const known: unknown = "properties" in lexer ? lexer.properties : {};
  return typeof known === "object" && known !== null ? Object.keys(known) : [];
}

/** Levenshtein, on short words. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** Specificity and `!important`: what makes a rule hard to answer with another one. */
export function weightFindings(rules: readonly FlatRule[]): Finding[] {
  const ids = rules.flatMap(({ selectors, location }) =>
    selectors
      .filter((selector) => /#[\w-]/.test(selector.replaceAll(/\[[^\]]*\]/g, "")))
      .map((selector): Finding => ({
        rule: "id-selector",
        severity: "info",
        message: `"${selector.slice(0, 120)}" selects by id, which outweighs any number of classes.`,
        location,
        object: selector.slice(0, 200),
        fix: "Use a class, or :where(#id).",
      })),
  );
  const all = rules.flatMap(({ declarations }) => declarations);
  const forced = all.filter(({ important }) => important);
  const share = all.length === 0 ? 0 : forced.length / all.length;
  if (forced.length < 10 || share < 0.05) return ids;
  const first = forced[0];
  return [
    ...ids,
    {
      rule: "important-overuse",
      severity: "warning",
      message: `${forced.length} of ${all.length} declarations are !important (${Math.round(share * 100)} %).`,
      ...(first === undefined ? {} : { location: first.location }),
      fix: "Put overrides into a later @layer.",
    },
  ];
}
