/**
 * Advisories in two shapes, OSV records (https://ossf.github.io/osv-schema/) and answers of npm's bulk endpoint, as one:
 * does it hit a version, and which versions are free of it.
 */
import cvss from "ae-cvss-calculator";
import semver from "semver";
import { fieldsOf, isFields, own, textOf } from "../json.ts";
import type { Fields } from "../json.ts";

export type Level = "critical" | "high" | "moderate" | "low" | "unknown";

export interface Advisory {
  /** `GHSA-…`, or whatever the source calls it. */
  id: string;
  aliases: string[];
  title: string;
  level: Level;
  /** CVSS base score, where there is a vector. */
  score?: number;
  vector?: string;
  cwes: string[];
  url?: string;
  package: string;
  /** The versions that are hit, in words. */
  range: string;
  hits: (version: string) => boolean;
  /** Versions at which it ends, lowest first. */
  fixed: string[];
}

/** Of one OSV record: an advisory for each npm package it names. Withdrawn ones are none. */
export function fromOsv(record: Fields): Advisory[] {
  if (own(record, "withdrawn") !== undefined) return [];
  const affected = own(record, "affected");
  if (!Array.isArray(affected)) return [];
  const byName = new Map<string, Fields[]>();
  for (const one of affected.filter(isFields)) {
    const about = fieldsOf(own(one, "package"));
    const name = textOf(own(about, "name"));
    if (name === undefined || textOf(own(about, "ecosystem")) !== "npm") continue;
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  return [...byName].map(([name, those]) => ({
    ...aboutOsv(record),
    package: name,
    ...spansOf(those),
  }));
}

function aboutOsv(record: Fields): Omit<Advisory, "package" | "range" | "hits" | "fixed"> {
  const extra = fieldsOf(own(record, "database_specific"));
  const vectors = listOf(own(record, "severity")).flatMap(
    (one) => textOf(own(fieldsOf(one), "score")) ?? [],
  );
  const scored = vectors.map(scoreOf).find((one) => one !== undefined);
  const id = textOf(own(record, "id")) ?? "unknown";
  const advised = listOf(own(record, "references"))
    .map(fieldsOf)
    .find((one) => own(one, "type") === "ADVISORY");
  const url = id.startsWith("GHSA-")
    ? `https://github.com/advisories/${id}`
    : textOf(own(advised ?? {}, "url"));
  return {
    id,
    aliases: listOf(own(record, "aliases")).flatMap((one) => textOf(one) ?? []),
    title: textOf(own(record, "summary")) ?? textOf(own(record, "details"))?.split("\n")[0] ?? id,
    level: levelOf(textOf(own(extra, "severity")), scored?.score, id),
    cwes: listOf(own(extra, "cwe_ids")).flatMap((one) => textOf(one) ?? []),
    ...(url === undefined ? {} : { url }),
    ...scored,
  };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function scoreOf(vector: string): { score: number; vector: string } | undefined {
  if (vector.length > 500) return undefined;
  try {
    const score = cvss.fromVector(vector)?.calculateScores().base;
    return score === undefined ? undefined : { score, vector };
  } catch {
    // A vector that does not follow its own standard says nothing.
    return undefined;
  }
}

/** Malware has no score; it is never less than critical. */
function levelOf(said: string | undefined, score: number | undefined, id: string): Level {
  if (id.startsWith("MAL-")) return "critical";
  const word = (said ?? "").toLowerCase();
  if (word === "critical" || word === "high" || word === "moderate" || word === "low") return word;
  if (word === "medium") return "moderate";
  if (score === undefined || score === 0) return "unknown";
  return score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "moderate" : "low";
}

interface Span {
  from: string;
  /** The first version after it; or the last one in it. Neither: no end is known. */
  before?: string;
  upTo?: string;
}

function spansOf(affected: readonly Fields[]): Pick<Advisory, "range" | "hits" | "fixed"> {
  const listed = new Set<string>();
  const spans: Span[] = [];
  for (const one of affected) {
    for (const version of listOf(own(one, "versions")))
      if (typeof version === "string") listed.add(version);
    for (const range of listOf(own(one, "ranges")).map(fieldsOf)) {
      const type = textOf(own(range, "type"));
      if (type === "SEMVER" || type === "ECOSYSTEM")
        spans.push(...spansIn(listOf(own(range, "events")).map(fieldsOf)));
    }
  }
  return {
    range: [...spans.map(spanText), ...(spans.length === 0 ? [...listed].slice(0, 20) : [])].join(
      " || ",
    ),
    hits: (version) => listed.has(version) || spans.some((span) => isIn(version, span)),
    fixed: spans.flatMap(({ before }) => before ?? []).toSorted(semver.compare),
  };
}

/** The events of one range, in the order of their versions, as spans. */
function spansIn(events: readonly Fields[]): Span[] {
  const told = events.flatMap((event) =>
    ["introduced", "fixed", "last_affected"].flatMap((kind) => {
      const raw = textOf(own(event, kind));
      const version = raw === "0" ? "0.0.0-0" : semver.valid(raw, { loose: true });
      return version === null ? [] : [{ kind, version }];
    }),
  );
  const spans: Span[] = [];
  let from: string | undefined;
  for (const { kind, version } of told.toSorted((a, b) => semver.compare(a.version, b.version))) {
    if (kind === "introduced") from ??= version;
    else if (from !== undefined) {
      spans.push(kind === "fixed" ? { from, before: version } : { from, upTo: version });
      from = undefined;
    }
  }
  return from === undefined ? spans : [...spans, { from }];
}

function isIn(version: string, { from, before, upTo }: Span): boolean {
  const valid = semver.valid(version, { loose: true });
  if (valid === null || semver.lt(valid, from)) return false;
  if (before !== undefined) return semver.lt(valid, before);
  return upTo === undefined || semver.lte(valid, upTo);
}

function spanText({ from, before, upTo }: Span): string {
  const start = from === "0.0.0-0" ? "" : `>=${from}`;
  const end = before === undefined ? (upTo === undefined ? "" : `<=${upTo}`) : `<${before}`;
  return [start, end].filter((one) => one !== "").join(" ") || "*";
}

/** Of one answer of npm's bulk endpoint: `{ name: [advisory, …] }`. */
export function fromBulk(answer: Fields): Advisory[] {
  return Object.entries(answer).flatMap(([name, list]) =>
    listOf(list)
      .filter(isFields)
      .flatMap((one) => bulkAdvisory(name, one) ?? []),
  );
}

function bulkAdvisory(name: string, one: Fields): Advisory | undefined {
  const range = textOf(own(one, "vulnerable_versions"));
  if (range === undefined || range.length > 2_000 || semver.validRange(range) === null)
    return undefined;
  const url = textOf(own(one, "url"));
  const vector = textOf(own(fieldsOf(own(one, "cvss")), "vectorString"));
  const scored = vector === undefined ? undefined : scoreOf(vector);
  const ends = new semver.Range(range).set.flat().filter(({ operator }) => operator === "<");
  const id = url?.split("/").at(-1) ?? `npm-${String(own(one, "id"))}`;
  return {
    id,
    aliases: [],
    title: textOf(own(one, "title")) ?? id,
    level: levelOf(textOf(own(one, "severity")), scored?.score, id),
    cwes: listOf(own(one, "cwe")).flatMap((cwe) => textOf(cwe) ?? []),
    ...(url === undefined ? {} : { url }),
    ...scored,
    package: name,
    range,
    hits: (version) => semver.satisfies(version, range, { includePrerelease: true, loose: true }),
    fixed: ends.map(({ semver: { version } }) => version).toSorted(semver.compare),
  };
}
