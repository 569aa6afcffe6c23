/** Judges SPDX expressions: OR lets choose, AND asks for all. */
import correct from "spdx-correct";
import parse from "spdx-expression-parse";
import satisfies from "spdx-satisfies";
import { familyOf } from "./families.ts";
import type { Family } from "./families.ts";

export interface Policy {
  /** SPDX ids, with * at the end for a family. */
  allow?: string[];
  deny?: string[];
  /** Packages that were looked at: name, or name@version. */
  exceptions?: Record<string, string>;
}
export type Verdict = "allowed" | "review" | "denied" | "unknown";
export interface Judged {
  verdict: Verdict;
  /** The licence that is taken where there is a choice. */
  chosen: string;
  family: Family;
}

/** Both branches of an expression are looked at, so long ones are refused. */
const MAX_EXPRESSION = 1_000;
const ORDER: readonly Verdict[] = ["allowed", "review", "unknown", "denied"];
const WEIGHT: readonly Family[] = [
  "permissive",
  "weak-copyleft",
  "unknown",
  "copyleft",
  "network-copyleft",
];

export interface Leaf {
  license: string;
  plus?: boolean | undefined;
  exception?: string | undefined;
}
export type Expression = Leaf | { conjunction: "and" | "or"; left: Expression; right: Expression };

export interface ReadLicence {
  /** As it was written. */
  text: string;
  expression?: Expression;
  /** What it was probably meant to be, when it was no SPDX. */
  corrected?: string;
}

/** Not open source in npm's words; the corrector would make another licence of it. */
const PRIVATE = /^(?:UNLICENSED|SEE LICEN[CS]E|PROPRIETARY|COMMERCIAL)\b/i;

export function readLicence(written: string): ReadLicence {
  const text = written.trim().slice(0, MAX_EXPRESSION);
  const expression = parsed(text);
  if (expression !== undefined) return { text, expression };
  const corrected = PRIVATE.test(text) || text.length > 100 ? null : correct(text);
  const second = corrected === null ? undefined : parsed(corrected);
  return corrected === null || second === undefined
    ? { text }
    : { text, expression: second, corrected };
}

function parsed(text: string): Expression | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

export function judge(expression: Expression, policy: Policy): Judged {
  if (!("conjunction" in expression)) return judgeLeaf(expression, policy);
  const left = judge(expression.left, policy);
  const right = judge(expression.right, policy);
  if (expression.conjunction === "or") return worse(left, right) ? right : left;
  const worst = worse(left, right) ? left : right;
  return { ...worst, chosen: `${left.chosen} AND ${right.chosen}` };
}

function worse(a: Judged, b: Judged): boolean {
  const steps = ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict);
  return steps > 0 || (steps === 0 && WEIGHT.indexOf(a.family) > WEIGHT.indexOf(b.family));
}

function judgeLeaf(leaf: Leaf, { allow, deny = [] }: Policy): Judged {
  const family = familyOf(leaf.license, leaf.exception);
  const chosen = leafText(leaf);
  const verdict = (): Verdict => {
    if (deny.some((rule) => covers(rule, leaf))) return "denied";
    if (allow !== undefined) return allow.some((rule) => covers(rule, leaf)) ? "allowed" : "denied";
    if (family === "permissive") return "allowed";
    if (family === "copyleft" || family === "network-copyleft") return "denied";
    return family === "unknown" ? "unknown" : "review";
  };
  return { verdict: verdict(), chosen, family };
}

function leafText({ license, plus, exception }: Leaf): string {
  return `${license}${plus === true ? "+" : ""}${exception === undefined ? "" : ` WITH ${exception}`}`;
}

/** An id stands for itself as SPDX compares them; with a star for all that begin so. */
function covers(rule: string, leaf: Leaf): boolean {
  if (rule.endsWith("*")) return leaf.license.startsWith(rule.slice(0, -1));
  try {
    return satisfies(leafText(leaf), [rule]);
  } catch {
    return rule === leaf.license;
  }
}
