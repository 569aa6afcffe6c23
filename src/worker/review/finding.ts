/** What every reviewing tool reports: one shape, so that a caller can sort, filter and apply without knowing the tool. */

export type Severity = "error" | "warning" | "info";

export interface Location {
  /** As the caller named it. Absent when the input is one text without a name. */
  file?: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. */
  column: number;
  endLine?: number;
  endColumn?: number;
  /** RFC 6901, into a JSON or YAML file. */
  pointer?: string;
}

/** RFC 6902, to be applied to the file of the finding's location. */
export interface PatchStep {
  op: "add" | "replace" | "remove";
  path: string;
  value?: unknown;
}

export interface Finding {
  /** Stable; part of the tool's surface. */
  rule: string;
  severity: Severity;
  message: string;
  /** Absent when the finding is about something that is not in the input. */
  location?: Location;
  /** The thing it is about: `orders.customer_id`, `GET /pets`, `lodash@4.17.20`. */
  object?: string;
  /** The words or numbers that prove it. */
  evidence?: string;
  /** A plain step that puts it right. */
  fix?: string;
  /** The same as a change to apply: steps for JSON and YAML, else a unified diff (`git apply`). */
  patch?: PatchStep[] | string;
  /** A public identifier: `CWE-89`, `WCAG 1.4.3`, `GHSA-…`. */
  reference?: string;
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

export interface ReportOptions<Found> {
  /** Rule ids to leave out. */
  ignore?: readonly string[] | undefined;
  /** Looks up the places of those findings that stay. */
  place?: (one: Found) => Finding;
}

/** Worst first, then by file and place, then in the order they came. */
export function reportOf<Found extends Finding>(
  all: readonly Found[],
  { ignore = [], place = (one) => one }: ReportOptions<Found> = {},
): FindingReport {
  const kept = all.filter(({ rule }) => !ignore.includes(rule));
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of kept) counts[severity] += 1;
  const findings = kept.toSorted(compared).slice(0, MAX_FINDINGS).map(place);
  return { findings, counts, truncated: kept.length > MAX_FINDINGS };
}

function compared(a: Finding, b: Finding): number {
  return (
    ORDER[a.severity] - ORDER[b.severity] ||
    (a.location?.file ?? "").localeCompare(b.location?.file ?? "") ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    (a.location?.column ?? 0) - (b.location?.column ?? 0)
  );
}

/** The report as a few lines for the model; the structured content holds everything. */
export function summaryOf(report: FindingReport, max = 12): string {
  const { error, warning, info } = report.counts;
  if (error + warning + info === 0) return "Nothing found.";
  const lines = report.findings.slice(0, max).map(lineOf);
  const more = error + warning + info - lines.length;
  const rest = more > 0 ? [`… and ${more} more.`] : [];
  const counted = [
    `${error} ${error === 1 ? "error" : "errors"}`,
    `${warning} ${warning === 1 ? "warning" : "warnings"}`,
    `${info} ${info === 1 ? "note" : "notes"}`,
  ];
  return [`${counted.join(", ")}.`, ...lines, ...rest].join("\n");
}

function lineOf(finding: Finding): string {
  const { location, object } = finding;
  const place =
    location === undefined
      ? ""
      : ` ${location.file === undefined ? "" : `${location.file}:`}${location.line}:${location.column}`;
  const what = object === undefined ? "" : ` ${object}:`;
  return `- [${finding.severity}]${place}${what} ${finding.message} (${finding.rule})`;
}
