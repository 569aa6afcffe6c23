/** Said twice: rules, selectors and declarations. */
import { createTwoFilesPatch } from "diff";
import type { Finding } from "flotilla/worker/review";
import type { FlatDeclaration, FlatRule } from "./sheets.ts";

const MAX_PATCHES = 50;
const MAX_PATCHED_TEXT = 300_000;

export function duplicateFindings(
  rules: readonly FlatRule[],
  texts: ReadonlyMap<string, string>,
): Finding[] {
  return [...duplicateRules(rules, texts), ...rules.flatMap(duplicateDeclarations)];
}

function duplicateRules(rules: readonly FlatRule[], texts: ReadonlyMap<string, string>): Finding[] {
  const groups = Map.groupBy(
    rules.filter(({ declarations }) => declarations.length > 0),
    ({ context, selectors }) => JSON.stringify([context, selectors.toSorted()]),
  );
  let patches = 0;
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .flatMap((group) =>
      group.flatMap((rule, index): Finding[] => {
        const later = group.slice(index + 1).find((one) => bodyOf(one) === bodyOf(rule));
        const isAgain = group.slice(0, index).some((one) => bodyOf(one) === bodyOf(rule));
        if (later === undefined) return index === 0 || isAgain ? [] : [repeated(rule, group[0])];
        patches += 1;
        const patch = patches > MAX_PATCHES ? undefined : removal(rule, texts.get(rule.file));
        return [sameAgain(rule, later, patch)];
      }),
    );
}

/** The earlier of two equal rules never shows: the later one says the same with the same weight. */
function sameAgain(rule: FlatRule, later: FlatRule, patch: string | undefined): Finding {
  return {
    rule: "duplicate-rule",
    severity: "warning",
    message: `The same rule comes again in ${later.file}:${later.location.line}.`,
    location: rule.location,
    object: rule.selectors.join(", ").slice(0, 200),
    fix: "Remove this one.",
    ...(patch === undefined ? {} : { patch }),
  };
}

function repeated(rule: FlatRule, first: FlatRule | undefined): Finding {
  return {
    rule: "duplicate-selector",
    severity: "info",
    message: `This selector already has a rule in ${first?.file}:${first?.location.line}.`,
    location: rule.location,
    object: rule.selectors.join(", ").slice(0, 200),
    fix: "Join the two, unless their order matters.",
  };
}

function bodyOf({ declarations }: FlatRule): string {
  return declarations
    .map(({ property, value, important }) => `${property}:${value}${important ? "!" : ""}`)
    .join(";");
}

/** Whole lines only: a rule that shares a line with another is left to its reader. */
function removal(rule: FlatRule, text: string | undefined): string | undefined {
  if (text === undefined || text.length > MAX_PATCHED_TEXT) return undefined;
  const lines = text.split("\n");
  const { line, column, endLine, endColumn } = rule.location;
  const before = lines[line - 1]?.slice(0, column - 1).trim();
  const after = lines[(endLine ?? 0) - 1]?.slice((endColumn ?? 1) - 1).trim();
  if (before !== "" || after !== "" || endLine === undefined) return undefined;
  const kept = lines.toSpliced(line - 1, endLine - line + 1).join("\n");
  return createTwoFilesPatch(`a/${rule.file}`, `b/${rule.file}`, text, kept, "", "", {
    context: 3,
  });
}

/** The same property twice in one rule, where the first is no fallback for the second. */
function duplicateDeclarations({ declarations, selectors }: FlatRule): Finding[] {
  const groups = Map.groupBy(
    declarations.filter(({ property }) => property !== "src"),
    ({ property }) => property,
  );
  return [...groups.values()].flatMap((group) =>
    group.flatMap((one, index): Finding[] => {
      const later = group[index + 1];
      if (later === undefined || isFallback(one, later)) return [];
      return [
        {
          rule: "duplicate-declaration",
          severity: "warning",
          message: `${one.property}: ${one.value.slice(0, 80)} never applies: line ${later.location.line} sets ${later.value.slice(0, 80)}.`,
          location: one.location,
          object: `${selectors.join(", ").slice(0, 200)} { ${one.property} }`,
          fix: "Remove it.",
        },
      ];
    }),
  );
}

/** An older value before a newer one, for browsers that leave out what they do not know. */
function isFallback(first: FlatDeclaration, second: FlatDeclaration): boolean {
  if (first.important && !second.important) return true;
  return kindOf(first.value) !== kindOf(second.value);
}

function kindOf(value: string): string {
  const words = value
    .toLowerCase()
    .match(
      /-?[a-z][a-z-]*\(|-(?:webkit|moz|ms|o)-[a-z-]+|\d(?:[sld]?v[hwib]|vmin|vmax|cq[whib]|lh|cap|ic)\b/g,
    );
  const isNewWord =
    /\b(?:fit|min|max)-content\b|\bclip\b|\bsafe\b|\bstretch\b|\bsticky\b|\bmatch-parent\b|\bflow-root\b|\bgrid\b|\bflex\b/.exec(
      value,
    );
  return `${words?.toSorted().join(" ") ?? ""} ${isNewWord?.[0] ?? ""} ${value.includes("/") ? "/" : ""} ${/#(?:[\da-f]{4}|[\da-f]{8})\b/i.test(value) ? "#alpha" : ""}`;
}
