/** What every reviewing tool of this pack reports: one shape, so that a caller can sort, filter and apply it. */

export type Severity = "error" | "warning" | "info";

export interface Location {
  file: string;
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
  /** Absent when the finding is about something that is not in the input. */
  location?: Location;
  /** The module or folder it is about. */
  object?: string;
  /** The words or numbers that prove it. */
  evidence?: string;
  fix?: string;
}

const ORDER: Record<Severity, number> = { error: 0, warning: 1, info: 2 };
/** Beyond this a report is noise; the counts still tell how many there were. */
const MAX_FINDINGS = 500;

export interface FindingReport {
  findings: Finding[];
  counts: Record<Severity, number>;
  /** True when there were more than the report holds. */
  truncated: boolean;
}

/** Worst first, then in the order they came. */
export function reportOf(all: readonly Finding[], ignore: readonly string[] = []): FindingReport {
  const kept = all.filter(({ rule }) => !ignore.includes(rule));
  const sorted = kept.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of kept) counts[severity] += 1;
  return { findings: sorted.slice(0, MAX_FINDINGS), counts, truncated: kept.length > MAX_FINDINGS };
}

const locationSchema = {
  type: "object",
  properties: {
    file: { type: "string" },
    line: { type: "integer" },
    column: { type: "integer" },
  },
  required: ["file", "line", "column"],
};

const findingSchema = {
  type: "object",
  properties: {
    rule: { type: "string" },
    severity: { enum: ["error", "warning", "info"] },
    message: { type: "string" },
    location: locationSchema,
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
  const at = location === undefined ? "" : ` ${location.file}:${location.line}:${location.column}`;
  const what = object === undefined ? "" : ` ${object}:`;
  return `- [${finding.severity}]${at}${what} ${finding.message} (${finding.rule})`;
}
