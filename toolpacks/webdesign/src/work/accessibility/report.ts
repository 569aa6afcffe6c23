/** What axe found, as findings with places in the source. The same for both engines. */
import type { Finding, Location, Severity } from "flotilla/worker/review";
import { reportOf } from "flotilla/worker/review";
import { suggestForeground } from "../colour/suggest.ts";
import { elementAt, parseHtml, placeOf } from "../html/document.ts";
import type { HtmlDocument } from "../html/document.ts";
import type { AuditAnswer, AuditInput, PageAudit } from "./contract.ts";
import type { RawAudit, RawNode, RawRule } from "./in-page.ts";

const TAGS = {
  A: ["wcag2a", "wcag21a", "wcag22a"],
  AA: ["wcag2aa", "wcag21aa", "wcag22aa"],
  AAA: ["wcag2aaa", "wcag21aaa", "wcag22aaa"],
};
const SEVERITIES: Record<string, Severity> = {
  critical: "error",
  serious: "error",
  moderate: "warning",
  minor: "info",
};

/** axe's options for a level: all criteria up to it, of WCAG 2.0 to 2.2. */
export function axeOptions(
  { level = "AA", bestPractices = true }: AuditInput,
  unable: readonly string[] = [],
): Record<string, unknown> {
  const values = [
    ...TAGS.A,
    ...(level === "A" ? [] : TAGS.AA),
    ...(level === "AAA" ? TAGS.AAA : []),
    ...(bestPractices ? ["best-practice"] : []),
  ];
  // axe leaves WCAG 2.2's target size out unless asked.
  const wanted = level === "A" ? {} : { "target-size": { enabled: true } };
  const off = Object.fromEntries(unable.map((rule) => [rule, { enabled: false }]));
  return {
    runOnly: { type: "tag", values },
    rules: { ...wanted, ...off },
    resultTypes: ["violations", "incomplete"],
  };
}

export interface AuditedPage {
  page: string;
  source: string;
  raw: RawAudit;
  missing: string[];
}

export function auditReport(
  audited: readonly AuditedPage[],
  input: AuditInput,
  engine: Pick<AuditAnswer, "engine" | "engineVersion" | "limits">,
): AuditAnswer {
  const findings = audited.flatMap((one) => findingsOf(one));
  return {
    ...engine,
    axeVersion: audited[0]?.raw.version ?? "",
    level: input.level ?? "AA",
    pages: audited.map(pageOf),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function pageOf({ page, raw, missing }: AuditedPage): PageAudit {
  return {
    page,
    title: raw.title.slice(0, 300),
    passed: raw.passes.length,
    failed: raw.violations.length,
    needsReview: raw.incomplete.length,
    notApplicable: raw.inapplicable,
    missing,
  };
}

function findingsOf({ page, source, raw }: AuditedPage): Finding[] {
  const document = parseHtml(source, page);
  const found = (rule: RawRule, isReview: boolean): Finding[] =>
    rule.nodes.map((node) => findingOf({ rule, node, isReview, place: placeIn(document, page) }));
  return [
    ...raw.violations.flatMap((rule) => found(rule, false)),
    ...raw.incomplete.flatMap((rule) => found(rule, true)),
  ];
}

function placeIn(document: HtmlDocument, page: string): (node: RawNode) => Location {
  return ({ way }) => {
    const element = way === undefined ? undefined : elementAt(document, way);
    return element === undefined ? { file: page, line: 1, column: 1 } : placeOf(page, element);
  };
}

interface OneNode {
  rule: RawRule;
  node: RawNode;
  isReview: boolean;
  place: (node: RawNode) => Location;
}

function findingOf({ rule, node, isReview, place }: OneNode): Finding {
  const reference = criterionOf(rule.tags);
  const fix = isReview ? undefined : fixOf(rule, node);
  return {
    rule: isReview ? `${rule.id}/review` : rule.id,
    severity: isReview ? "info" : (SEVERITIES[rule.impact] ?? "warning"),
    message: isReview ? `A person must look: ${rule.help}.` : `${rule.help}.`,
    location: place(node),
    object: node.target.slice(0, 300),
    evidence: node.html,
    ...(fix === undefined ? {} : { fix }),
    ...(reference === undefined ? {} : { reference }),
  };
}

/** axe writes criterion 1.4.3 as the tag `wcag143`, and 1.4.11 as `wcag1411`. */
function criterionOf(tags: readonly string[]): string | undefined {
  const tag = tags.find((one) => /^wcag\d{3,4}$/.test(one));
  if (tag === undefined) return undefined;
  const digits = tag.slice(4);
  return `WCAG ${digits[0]}.${digits[1]}.${digits.slice(2)}`;
}

function fixOf(rule: RawRule, { summary, data }: RawNode): string | undefined {
  const colours = rule.id.startsWith("color-contrast") ? colourFix(data) : undefined;
  if (colours !== undefined) return colours;
  const [head = "", ...steps] = summary.split("\n").map((line) => line.trim());
  const parts = steps.filter((line) => line !== "" && !line.startsWith("Fix "));
  if (parts.length === 0) return undefined;
  return `${head.includes("any") && parts.length > 1 ? "One of these" : "Put right"}: ${parts.join("; ")}.`;
}

function colourFix(data: Record<string, unknown> | undefined): string | undefined {
  const { fgColor, bgColor, contrastRatio, expectedContrastRatio } = data ?? {};
  if (typeof fgColor !== "string" || typeof bgColor !== "string") return undefined;
  const goal = Number.parseFloat(String(expectedContrastRatio));
  const better = suggestForeground(fgColor, bgColor, goal);
  const now = `${fgColor} on ${bgColor} has ${String(contrastRatio)}:1, needed is ${goal}:1.`;
  return better === undefined ? now : `Use ${better} for the text: ${now}`;
}
