/** A lockfile against advisories: what is hit, why it is there, and the nearest way out. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Severity } from "flotilla/worker/review";
import { isFields } from "../json.ts";
import type { Fields } from "../json.ts";
import { installedOf } from "../lock/model.ts";
import type { Lock, Locked } from "../lock/model.ts";
import { readLock } from "../lock/read.ts";
import { askersOf, lineIn, reachOf, waysTo } from "../lock/ways.ts";
import type { Asker } from "../lock/ways.ts";
import { fixOf } from "./fix.ts";
import type { Fix } from "./fix.ts";
import { fromBulk, fromOsv } from "./osv.ts";
import type { Advisory, Level } from "./osv.ts";
import { eachRecord } from "./snapshot.ts";

export interface ScanInput {
  /** OSV records. */
  advisories?: unknown[];
  include?: "all" | "production";
  ignore?: string[];
  minimum?: Exclude<Level, "unknown">;
}
export interface Sources {
  /** The bytes of an OSV snapshot, and its name. */
  snapshot?: { file: string; bytes: Uint8Array };
  /** What npm's endpoint answered. */
  bulk?: Fields;
}

export interface Vulnerability {
  id: string;
  aliases: string[];
  title: string;
  level: Level;
  score?: number;
  vector?: string;
  cwes: string[];
  url?: string;
  package: string;
  name: string;
  version: string;
  range: string;
  production: boolean;
  direct: boolean;
  ways: string[][];
  fix: Fix;
}

export interface ScanAnswer extends FindingReport {
  packages: number;
  /** Advisories that name a package of the lockfile, whether they hit or not. */
  considered: number;
  levels: Record<Level, number>;
  vulnerabilities: Vulnerability[];
}

const SEVERITY: Record<Level, Severity> = {
  critical: "error",
  high: "error",
  moderate: "warning",
  unknown: "warning",
  low: "info",
};
const RANK: Level[] = ["low", "unknown", "moderate", "high", "critical"];
const MAX_LISTED = 500;

/** Versions by name, as npm's endpoint wants them. */
export function versionsIn(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const versions = Map.groupBy(installedOf(readLock(files)), ({ name }) => name);
  return Object.fromEntries(
    [...versions].map(([name, all]) => [name, [...new Set(all.map(({ version }) => version))]]),
  );
}

export function scanLock(
  input: ScanInput,
  files: Readonly<Record<string, string>>,
  sources: Sources,
): ScanAnswer {
  const lock = readLock(files);
  const byName = Map.groupBy(installedOf(lock), ({ name }) => name);
  const advisories = relevant(input, sources, (name) => byName.has(name));
  const reach = reachOf(lock);
  const askers = askersOf(lock);
  const least = RANK.indexOf(input.minimum ?? "low");
  const all = advisories.flatMap((advisory) =>
    (byName.get(advisory.package) ?? [])
      .filter(
        ({ version, id }) =>
          advisory.hits(version) && (input.include !== "production" || reach.production.has(id)),
      )
      .map((one) => ({ advisory, one })),
  );
  const kept = all.filter(
    ({ advisory }) => RANK.indexOf(advisory.level) >= least && !isIgnored(advisory, input.ignore),
  );
  const found = kept.map(({ advisory, one }) => {
    const others = advisories.filter((other) => other.package === one.name);
    return vulnerabilityOf(advisory, one, {
      lock,
      askers,
      others,
      production: reach.production.has(one.id),
    });
  });
  const text = files[lock.file] ?? "";
  const levels = { critical: 0, high: 0, moderate: 0, low: 0, unknown: 0 };
  for (const { level } of found) levels[level] += 1;
  const sorted = found.toSorted(
    (a, b) => RANK.indexOf(b.level) - RANK.indexOf(a.level) || (b.score ?? 0) - (a.score ?? 0),
  );
  return {
    packages: installedOf(lock).length,
    considered: advisories.length,
    levels,
    vulnerabilities: sorted.slice(0, MAX_LISTED),
    ...reportOf(
      sorted.map((one) => ({ ...findingOf(one), id: one.package })),
      {
        place: ({ id, ...finding }) =>
          placed(finding, lineIn(text, lock.packages.get(id) ?? EMPTY), lock.file),
      },
    ),
  };
}

const EMPTY: Locked = { id: "", name: "", version: "", project: false, needs: [], mark: "" };

function placed(finding: Finding, line: number | undefined, file: string): Finding {
  return line === undefined ? finding : { ...finding, location: { file, line, column: 1 } };
}

function isIgnored({ id, aliases }: Advisory, ignore: readonly string[] = []): boolean {
  return ignore.includes(id) || aliases.some((alias) => ignore.includes(alias));
}

/** One advisory for each package and id, whichever sources tell of it. OSV knows the fixed versions best, so it is first. */
function relevant(
  { advisories = [] }: ScanInput,
  { snapshot, bulk }: Sources,
  isThere: (name: string) => boolean,
): Advisory[] {
  const found = new Map<string, Advisory>();
  const take = (one: Advisory): void => {
    const key = `${one.id}\n${one.package}`;
    if (isThere(one.package) && !found.has(key)) found.set(key, one);
  };
  for (const [index, record] of advisories.entries()) {
    if (!isFields(record) || !Array.isArray(record["affected"]))
      throw new InputProblem(`advisories/${index} is no OSV record: it has no "affected".`, {
        hint: "Pass records as osv.dev gives them.",
      });
    for (const one of fromOsv(record)) take(one);
  }
  if (snapshot !== undefined)
    eachRecord(snapshot.bytes, snapshot.file, (record) => {
      for (const one of fromOsv(record)) take(one);
    });
  for (const one of fromBulk(bulk ?? {})) take(one);
  return [...found.values()];
}

interface Around {
  lock: Lock;
  askers: ReadonlyMap<string, Asker[]>;
  others: readonly Advisory[];
  production: boolean;
}

function vulnerabilityOf(advisory: Advisory, one: Locked, around: Around): Vulnerability {
  const { hits: _hits, fixed: _fixed, package: name, ...about } = advisory;
  const { lock, askers, production } = around;
  const asking = askers.get(one.id) ?? [];
  return {
    ...about,
    package: one.id,
    name,
    version: one.version,
    production,
    direct: asking.some(({ id }) => lock.projects.includes(id)),
    ways: waysTo(one.id, { projects: lock.projects, askers, max: 3 }),
    fix: fixOf(one, asking, around),
  };
}

function findingOf(one: Vulnerability): Finding {
  const { name, version, id, title, level, production, range, ways, fix, score } = one;
  return {
    rule: "vulnerable-package",
    severity: SEVERITY[level],
    message: `${title} (${level}${score === undefined ? "" : `, CVSS ${score}`}${production ? "" : ", development only"})`,
    object: `${name}@${version}`,
    evidence: `hit: ${range}; there by ${ways[0]?.join(" → ") ?? "nobody"}`,
    fix: fix.text,
    ...(fix.patch === undefined ? {} : { patch: fix.patch }),
    reference: id,
  };
}
