/** What every reviewing tool reports: one shape, so that a caller can sort, filter and apply without knowing the tool. */

export type Severity = "error" | "warning" | "info";

export interface Location {
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. */
  column: number;
}

export interface Finding {
  /** Stable; part of the tool's surface. */
  rule: string;
  severity: Severity;
  message: string;
  /** Absent when the finding is about something that is not in the input (a missing table, a whole schema). */
  location?: Location;
  /** The thing it is about: `orders.customer_id`. */
  object?: string;
  /** The words or numbers that prove it. */
  evidence?: string;
  /** SQL, or a plain step, that puts it right. */
  fix?: string;
}

const ORDER: Record<Severity, number> = { error: 0, warning: 1, info: 2 };
/** Beyond this a report is noise; the counts still tell how many there were. */
export const MAX_FINDINGS = 500;

export interface FindingReport {
  findings: Finding[];
  counts: Record<Severity, number>;
  /** True when there were more than the report holds. */
  truncated: boolean;
}

/** Worst first, then in the order of the text. */
export function reportOf(all: readonly Finding[]): FindingReport {
  const sorted = [...all].toSorted(
    (a, b) =>
      ORDER[a.severity] - ORDER[b.severity] ||
      (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.column ?? 0) - (b.location?.column ?? 0),
  );
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of all) counts[severity] += 1;
  return { findings: sorted.slice(0, MAX_FINDINGS), counts, truncated: all.length > MAX_FINDINGS };
}

export const findingSchema = {
  type: "object",
  properties: {
    rule: { type: "string" },
    severity: { enum: ["error", "warning", "info"] },
    message: { type: "string" },
    location: {
      type: "object",
      properties: { line: { type: "integer" }, column: { type: "integer" } },
      required: ["line", "column"],
    },
    object: { type: "string" },
    evidence: { type: "string" },
    fix: { type: "string" },
  },
  required: ["rule", "severity", "message"],
};

/** The properties that `reportOf` fills, for an output schema. */
export const reportProperties = {
  findings: { type: "array", items: findingSchema },
  counts: {
    type: "object",
    properties: {
      error: { type: "integer" },
      warning: { type: "integer" },
      info: { type: "integer" },
    },
    required: ["error", "warning", "info"],
  },
  truncated: { type: "boolean" },
};
export const reportRequired = ["findings", "counts", "truncated"];

/** The report as a few lines for the model; the structured content holds everything. */
export function summaryOf(report: FindingReport, max = 12): string {
  const { error, warning, info } = report.counts;
  if (error + warning + info === 0) return "Nothing found.";
  const lines = report.findings.slice(0, max).map(lineOf);
  const more = error + warning + info - lines.length;
  const rest = more > 0 ? [`… and ${more} more.`] : [];
  return [`${error} errors, ${warning} warnings, ${info} notes.`, ...lines, ...rest].join("\n");
}

function lineOf(finding: Finding): string {
  const { location, object } = finding;
  const at = location === undefined ? "" : ` ${location.line}:${location.column}`;
  const what = object === undefined ? "" : ` ${object}:`;
  return `- [${finding.severity}]${at}${what} ${finding.message} (${finding.rule})`;
}
