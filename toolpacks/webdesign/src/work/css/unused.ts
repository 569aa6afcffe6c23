/** Selectors that match nothing on the given pages. */
import { selectAll, compile } from "css-select";
import { parse } from "parse5";
import { adapter } from "parse5-htmlparser2-tree-adapter";
import type { Htmlparser2TreeAdapterMap } from "parse5-htmlparser2-tree-adapter";
import type { Finding } from "flotilla/worker/review";
import { generate, parse as parseCss, walk } from "css-tree";
import type { CssNode } from "css-tree";
import type { CssAnswer } from "./contract.ts";
import type { FlatRule } from "./sheets.ts";

/** Matching costs selectors times elements. */
const MAX_WORK = 40_000_000;

export interface UnusedInput {
  pages: Readonly<Record<string, string>>;
  /** Classes that scripts set: a selector that needs one counts as used. */
  dynamicClasses: readonly string[];
}

export interface UnusedAnswer {
  unused: NonNullable<CssAnswer["unused"]>;
  findings: Finding[];
  limits: string[];
}

export function unusedSelectors(
  rules: readonly FlatRule[],
  { pages, dynamicClasses }: UnusedInput,
): UnusedAnswer {
  const documents = Object.values(pages).map((text) => parse(text, { treeAdapter: adapter }));
  const elements = Object.values(pages).reduce((sum, text) => sum + text.split("<").length, 0);
  const known = new Map<string, boolean>();
  const limits: string[] = [];
  let budget = MAX_WORK;
  const isUsed = (selector: string): boolean => {
    const old = known.get(selector);
    if (old !== undefined) return old;
    budget -= elements;
    const used = budget < 0 || matches(selector, documents, dynamicClasses);
    known.set(selector, used);
    return used;
  };
  const found = rules
    // Nested selectors depend on what they are nested in.
    .filter(({ context }) => context.every((one) => one.startsWith("@")))
    .map((rule) => ({ rule, dead: rule.selectors.filter((one) => !isUsed(one)) }))
    .filter(({ dead }) => dead.length > 0);
  if (budget < 0)
    limits.push("There are too many selectors to match them all; the rest counts as used.");
  const whole = found.filter(({ rule, dead }) => dead.length === rule.selectors.length);
  return {
    limits,
    findings: found.map(({ rule, dead }) => findingOf(rule, dead)),
    unused: {
      selectors: found.reduce((sum, { dead }) => sum + dead.length, 0),
      rules: whole.length,
      bytes: whole.reduce((sum, { rule }) => sum + sizeOf(rule), 0),
      checkedAgainst: Object.keys(pages),
    },
  };
}

function matches(
  selector: string,
  documents: readonly Htmlparser2TreeAdapterMap["document"][],
  dynamicClasses: readonly string[],
): boolean {
  const plain = withoutStates(selector);
  if (plain === "") return true;
  if (dynamicClasses.some((name) => plain.includes(`.${name}`))) return true;
  try {
    const query = compile(plain);
    return documents.some((document) => selectAll(query, document).length > 0);
  } catch {
    // A selector that the matcher does not know must not be called unused.
    return true;
  }
}

const STATES = new Set([
  "hover",
  "focus",
  "focus-visible",
  "focus-within",
  "active",
  "visited",
  "link",
  "any-link",
  "target",
  "checked",
  "indeterminate",
  "disabled",
  "enabled",
  "valid",
  "invalid",
  "user-valid",
  "user-invalid",
  "required",
  "optional",
  "read-only",
  "read-write",
  "placeholder-shown",
  "autofill",
  "default",
  "in-range",
  "out-of-range",
  "open",
  "modal",
  "popover-open",
  "fullscreen",
  "playing",
  "paused",
  "defined",
  "lang",
  "dir",
  "-webkit-autofill",
  "-moz-focusring",
  "-moz-ui-invalid",
  "host",
  "scope",
]);

/** What scripts and people change at any time is taken out, pseudo-elements as well. */
function withoutStates(selector: string): string {
  try {
    const tree = parseCss(selector, { context: "selector" });
    walk(tree, {
      visit: "Selector",
      leave(node: CssNode) {
        if (node.type !== "Selector") return;
        node.children.forEach((child, item, list) => {
          const isState =
            child.type === "PseudoElementSelector" ||
            (child.type === "PseudoClassSelector" && STATES.has(child.name.toLowerCase()));
          if (isState) list.remove(item);
        });
      },
    });
    // What is left may end in a combinator: `.a > :hover`.
    return generate(tree)
      .replace(/([>+~ ])$/, "$1*")
      .replaceAll(/([>+~ ])(?=[>+~])/g, "$1*")
      .replaceAll(/:(?:not|is|where|has)\(\)/g, "");
  } catch {
    return "";
  }
}

function findingOf(rule: FlatRule, dead: readonly string[]): Finding {
  const isWhole = dead.length === rule.selectors.length;
  return {
    rule: isWhole ? "unused-rule" : "unused-selector",
    severity: "info",
    message: `${dead.slice(0, 5).join(", ").slice(0, 200)} matches nothing on the given pages.`,
    location: rule.location,
    object: dead.join(", ").slice(0, 300),
    fix: "Remove it, unless other pages or scripts need it.",
  };
}

function sizeOf({ selectors, declarations }: FlatRule): number {
  const body = declarations.reduce(
    (sum, one) => sum + one.property.length + one.value.length + 2,
    0,
  );
  return selectors.join(",").length + body + 2;
}
