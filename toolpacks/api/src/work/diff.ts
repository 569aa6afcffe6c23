/** Compares two OpenAPI documents by what a caller of the old one meets at the new one. */
import { locationOf, readBundle } from "../lib/document.ts";
import type { Bundle, Node } from "../lib/document.ts";
import type { Location } from "flotilla/worker/review";
import type { DocumentInput } from "../lib/inputs.ts";
import { openapiVersion } from "../lib/operations.ts";
import { diffOperations } from "./diff-operations.ts";
import type { Impact } from "./diff-schema.ts";

export interface DiffInput {
  before: DocumentInput;
  after: DocumentInput;
  ignore?: string[];
}
export interface ApiChange {
  rule: string;
  severity: "error" | "warning" | "info";
  impact: Impact;
  message: string;
  /** Who notices. */
  hits: string;
  operations: string[];
  location: Location;
  /** Which of the two documents the location is in. */
  document: "before" | "after";
  before?: string;
  after?: string;
  fix?: string;
}
export interface DiffAnswer {
  versions: { before: string; after: string };
  breaking: boolean;
  /** What the version number owes to the changes. */
  semver: "major" | "minor" | "patch" | "none";
  /** False when info.version says less than `semver`; absent when the versions are not numbers. */
  versionFits?: boolean;
  counts: Record<Impact, number>;
  /** Operations that break, with the number of breaking changes. */
  broken: { operation: string; changes: number }[];
  changes: ApiChange[];
  truncated: boolean;
}

/** As the rules report it; places are looked up for those that stay. */
export interface RawChange {
  rule: string;
  impact: Impact;
  message: string;
  hits: string;
  operation?: string;
  before?: string;
  after?: string;
  fix?: string;
  node: Node;
  old?: boolean;
}

const MAX_CHANGES = 500;
const MAX_NAMED = 100;
const SEVERITY = { breaking: "error", risky: "warning", compatible: "info" } as const;
const ORDER: Record<Impact, number> = { breaking: 0, risky: 1, compatible: 2 };

export function diffDocuments(input: DiffInput): DiffAnswer {
  const before = readBundle(input.before, "before.content");
  const after = readBundle(input.after, "after.content");
  openapiVersion(before, "before");
  openapiVersion(after, "after");
  const raw = diffOperations(before, after).filter(
    ({ rule }) => input.ignore?.includes(rule) !== true,
  );
  const merged = [...merge(raw).values()].toSorted((a, b) => ORDER[a.impact] - ORDER[b.impact]);
  const counts = { breaking: 0, risky: 0, compatible: 0 };
  for (const { impact } of merged) counts[impact] += 1;
  const versions = { before: versionOf(before), after: versionOf(after) };
  const semver =
    counts.breaking > 0
      ? "major"
      : counts.compatible + counts.risky > 0
        ? "minor"
        : sameText(before, after)
          ? "none"
          : "patch";
  const fits = versionFits(versions, semver);
  return {
    versions,
    breaking: counts.breaking > 0,
    semver,
    ...(fits === undefined ? {} : { versionFits: fits }),
    counts,
    broken: brokenOf(raw),
    changes: merged.slice(0, MAX_CHANGES).map((one) => placed(one, { before, after })),
    truncated: merged.length > MAX_CHANGES,
  };
}

type Merged = RawChange & { operations: string[] };

/** One change of a shared component is one change, however many operations it reaches. */
function merge(raw: readonly RawChange[]): Map<string, Merged> {
  const merged = new Map<string, Merged>();
  for (const one of raw) {
    const { rule, node, before, after, old } = one;
    const key = [rule, old === true, node.file, ...node.path, before, after].join("\n");
    const known = merged.get(key);
    if (known === undefined)
      merged.set(key, { ...one, operations: one.operation === undefined ? [] : [one.operation] });
    else if (one.operation !== undefined && !known.operations.includes(one.operation))
      known.operations.push(one.operation);
  }
  return merged;
}

function placed(change: Merged, bundles: { before: Bundle; after: Bundle }): ApiChange {
  const { rule, impact, message, hits, before, after, fix, node, old, operations } = change;
  const document = old === true ? "before" : "after";
  return {
    rule,
    severity: SEVERITY[impact],
    impact,
    message,
    hits,
    operations: operations.slice(0, MAX_NAMED),
    location: locationOf(bundles[document], node),
    document,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function brokenOf(raw: readonly RawChange[]): DiffAnswer["broken"] {
  const counts = new Map<string, number>();
  for (const { impact, operation } of raw) {
    if (impact === "breaking" && operation !== undefined)
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
  }
  return [...counts]
    .map(([operation, changes]) => ({ operation, changes }))
    .toSorted((a, b) => b.changes - a.changes)
    .slice(0, MAX_CHANGES);
}

function versionOf({ root }: Bundle): string {
  const info = root.value["info"];
  const version =
    typeof info === "object" && info !== null && "version" in info ? info.version : "";
  return String(version);
}

function sameText(a: Bundle, b: Bundle): boolean {
  return JSON.stringify(a.root.value) === JSON.stringify(b.root.value);
}

function versionFits(
  { before, after }: { before: string; after: string },
  semver: DiffAnswer["semver"],
): boolean | undefined {
  const parts = (version: string): number[] | undefined =>
    /^v?\d+(\.\d+){0,2}$/.test(version)
      ? version.replace(/^v/, "").split(".").map(Number)
      : undefined;
  const [a, b] = [parts(before), parts(after)];
  if (a === undefined || b === undefined) return undefined;
  const [major = 0, minor = 0, patch = 0] = b;
  const [wasMajor = 0, wasMinor = 0, wasPatch = 0] = a;
  if (major !== wasMajor) return major > wasMajor;
  // Below 1.0.0 a minor step may break (semver.org, item 4).
  if (semver === "major") return major === 0 && minor > wasMinor;
  if (minor !== wasMinor) return minor > wasMinor;
  return semver === "none" || (semver === "patch" && patch >= wasPatch);
}
