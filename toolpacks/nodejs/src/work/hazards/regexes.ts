/** Regular expressions that take more than linear time on the right text (scslre). */
import { analyse } from "scslre";
import type { Finding } from "flotilla/worker/review";
import { child, children, nameOf } from "./ast.ts";
import type { Node, Source } from "./ast.ts";
import { lineDiff } from "./diff.ts";

interface Pattern {
  node: Node;
  source: string;
  flags: string;
  literal: boolean;
}

/** Longer ones are generated; the analysis of a long pattern takes long itself. */
const MAX_PATTERN = 2_000;
const MAX_PATTERNS = 5_000;
/** The analysis compares all repetitions with each other, and those inside of each other many times. */
const MAX_REPEATS = 40;
const MAX_DEPTH = 12;

export function regexFindings(source: Source): Finding[] {
  return patternsIn(source)
    .slice(0, MAX_PATTERNS)
    .flatMap((pattern) => findingsOf(source, pattern));
}

function patternsIn({ nodes }: Source): Pattern[] {
  return nodes.flatMap((node): Pattern[] => {
    const regex = node.type === "Literal" ? node["regex"] : undefined;
    if (typeof regex === "object" && regex !== null && "pattern" in regex && "flags" in regex)
      return [{ node, source: String(regex.pattern), flags: String(regex.flags), literal: true }];
    const isCall = node.type === "NewExpression" || node.type === "CallExpression";
    if (!isCall || nameOf(child(node, "callee")) !== "RegExp") return [];
    const [first, second] = children(node, "arguments").map(nameOf);
    return first === undefined
      ? []
      : [{ node, source: first, flags: second ?? "", literal: false }];
  });
}

function findingsOf(source: Source, { node, source: pattern, flags, literal }: Pattern): Finding[] {
  // What repeats nothing without end takes no more than the text's length.
  const repeats = pattern.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
  if (repeats === 0) return [];
  if (pattern.length > MAX_PATTERN || repeats > MAX_REPEATS || depthOf(pattern) > MAX_DEPTH)
    return [unread(source, node, pattern)];
  const reports = reportsOf(pattern, flags);
  const worst = reports.find(({ exponential }) => exponential) ?? reports[0];
  if (worst === undefined) return [];
  const fixed = literal ? worst.fix() : undefined;
  const replacement = fixed === undefined ? undefined : `/${fixed.source}/${fixed.flags}`;
  return [
    {
      rule: worst.exponential ? "regex-exponential" : "regex-polynomial",
      severity: worst.exponential ? "error" : "warning",
      message: `Text with many ${JSON.stringify(worst.character.pick)} that does not match takes ${worst.exponential ? "exponential" : "polynomial"} time.`,
      location: { file: source.file, ...source.at(node.start) },
      object: `/${pattern.slice(0, 100)}/${flags}`,
      evidence: evidenceOf(worst).slice(0, 300),
      fix:
        replacement === undefined
          ? "Make what repeats exclude what follows it, bound the text's length first, or parse without a regular expression."
          : `Write ${replacement}: it matches the same.`,
      ...(replacement === undefined ? {} : { patch: lineDiff(source, node, replacement) }),
      reference: "CWE-1333",
    },
  ];
}

function depthOf(pattern: string): number {
  let [depth, deepest] = [0, 0];
  for (const one of pattern) {
    if (one === "(") depth += 1;
    else if (one === ")") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function unread({ file, at }: Source, node: Node, pattern: string): Finding {
  return {
    rule: "regex-too-complex",
    severity: "info",
    message: "It is too complex to be judged here.",
    location: { file, ...at(node.start) },
    object: `/${pattern.slice(0, 100)}/`,
    fix: "Split it; what no tool can judge, few people can.",
  };
}

type Report = ReturnType<typeof reportsOf>[number];

function evidenceOf(report: Report): string {
  return report.type === "Self"
    ? `repeats itself: ${report.quant.raw} in ${report.parentQuant.raw}`
    : `compete: ${report.startQuant.raw} and ${report.endQuant.raw}`;
}

function reportsOf(source: string, flags: string) {
  try {
    const { reports } = analyse(
      { source, flags },
      { reportTypes: { Move: false }, maxReports: 10 },
    );
    return reports.filter((one) => one.type !== "Move");
  } catch {
    // Not a pattern of this version of the language: the parser of the runtime will say so.
    return [];
  }
}
