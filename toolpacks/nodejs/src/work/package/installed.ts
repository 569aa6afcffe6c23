/** What the lockfile shows about a package.json: out of step, deprecated, doubled, scripted, unlicensed, unchecked. */
import semver from "semver";
import type { Finding } from "flotilla/worker/review";
import { own, pointerOf, textOf, textsOf } from "../json.ts";
import type { Fields } from "../json.ts";
import { installedOf } from "../lock/model.ts";
import type { Lock, Locked } from "../lock/model.ts";
import { askersOf, lineIn, reachOf, severalOf, waysTo } from "../lock/ways.ts";
import { about, spdxOf } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { verdictOf } from "./ranges.ts";

export interface LicencePolicy {
  allow?: string[];
  deny?: string[];
}
interface Installed {
  lock: Lock;
  text: string;
  policy: LicencePolicy;
}
type Seen = Installed & {
  production: ReadonlySet<string>;
  way: (id: string) => string;
};

/** Copyleft that reaches what is linked with it; a question for whoever ships. */
const STRONG = /^(A?GPL|SSPL|OSL|EUPL|CC-BY-(NC|SA)|BUSL|Elastic)/;

export function lockFindings(manifest: Manifest | undefined, installed: Installed): Finding[] {
  const { lock } = installed;
  const askers = askersOf(lock);
  const seen: Seen = {
    ...installed,
    production: reachOf(lock).production,
    way: (id) => (waysTo(id, { projects: lock.projects, askers, max: 1 })[0] ?? [id]).join(" → "),
  };
  const range = manifest === undefined ? undefined : nodeRange(manifest.fields);
  return [
    ...(manifest === undefined ? [] : outOfStep(manifest, lock)),
    ...installedOf(lock).flatMap((one) => [
      ...state(one, seen),
      ...source(one, seen),
      ...licence(one, seen),
      ...engine(one, range, seen),
    ]),
    ...several(seen),
  ];
}

function at(one: Locked, { lock, text }: Seen): Pick<Finding, "location" | "object"> {
  const line = lineIn(text, one);
  return {
    object: `${one.name}@${one.version}`,
    ...(line === undefined ? {} : { location: { file: lock.file, line, column: 1 } }),
  };
}

const TABLES = ["dependencies", "devDependencies", "optionalDependencies"];

function outOfStep(manifest: Manifest, lock: Lock): Finding[] {
  const root = lock.packages.get(lock.projects[0] ?? "");
  const byName = new Map(root?.needs.map((need) => [need.name, need]));
  return TABLES.flatMap((table) =>
    textsOf(own(manifest.fields, table)).flatMap(([name, range]) => {
      const got = lock.packages.get(byName.get(name)?.to ?? "");
      const plain = range.replace(/^npm:(@?[^@]+@)?/, "");
      const fits =
        got === undefined
          ? table === "optionalDependencies"
          : semver.validRange(plain) === null ||
            got.project ||
            semver.satisfies(got.version, plain, { includePrerelease: true });
      if (
        fits ||
        verdictOf(range)?.rule === "dependency-from-url" ||
        /^(workspace|link|portal|catalog|file):/.test(range)
      )
        return [];
      return [
        about(manifest, pointerOf(table, name), {
          rule: "lockfile-out-of-step",
          severity: "error",
          message:
            got === undefined
              ? `${lock.file} does not hold it.`
              : `${lock.file} holds ${got.version}, which is outside the range.`,
          object: name,
          evidence: range.slice(0, 200),
          fix: "Install once more, and commit the lockfile.",
        }),
      ];
    }),
  );
}

function state(one: Locked, seen: Seen): Finding[] {
  const found: Finding[] = [];
  const place = at(one, seen);
  if (one.deprecated !== undefined)
    found.push({
      rule: "dependency-deprecated",
      severity: seen.production.has(one.id) ? "warning" : "info",
      message: `Deprecated by its authors: ${one.deprecated.slice(0, 300)}`,
      ...place,
      evidence: seen.way(one.id),
      fix: "Move to what they name, or update what brings it.",
    });
  if (one.installScript === true)
    found.push({
      rule: "dependency-install-script",
      severity: "info",
      message: "It runs a script of its own when installed.",
      ...place,
      evidence: seen.way(one.id),
      fix: "Install with scripts blocked, and allow those you have read.",
    });
  return found;
}

function source(one: Locked, seen: Seen): Finding[] {
  const found: Finding[] = [];
  const from = one.resolved ?? "";
  if (from.startsWith("http://"))
    found.push({
      rule: "dependency-insecure",
      severity: "error",
      message: "It is fetched without encryption.",
      ...at(one, seen),
      evidence: from.slice(0, 300),
    });
  else if (/^git|^ssh:|codeload\.github|@git|\.git#/.test(from))
    found.push({
      rule: "dependency-from-git",
      severity: "info",
      message: "It comes from a repository, not from a registry.",
      ...at(one, seen),
      evidence: from.slice(0, 300),
    });
  if (one.checksum === false)
    found.push({
      rule: "checksum-missing",
      severity: "warning",
      message: "The lockfile holds no checksum for it: what is installed is not verified.",
      ...at(one, seen),
      fix: "Delete its entry and install once more.",
    });
  return found;
}

function licence(one: Locked, seen: Seen): Finding[] {
  const { allow, deny = [] } = seen.policy;
  // Only npm's lockfiles carry licences, and only since version 2.
  if (one.license === undefined) return [];
  const names = spdxOf(one.license);
  const place = { ...at(one, seen), evidence: `${one.license.slice(0, 200)}; ${seen.way(one.id)}` };
  if (names === undefined)
    return /^SEE LICENSE|^UNLICENSED/.test(one.license) || seen.production.has(one.id)
      ? [
          {
            rule: "license-unclear",
            severity: "info",
            message: "Its licence is not an SPDX expression: read it.",
            ...place,
          },
        ]
      : [];
  // In `A OR B` one that is allowed is enough.
  const choices = one.license
    .split(/\s+OR\s+/)
    .map((part) => spdxOf(part.replaceAll(/[()]/g, "")) ?? []);
  const allowed = (all: readonly string[]): boolean =>
    all.every(
      (name) =>
        !deny.includes(name) && (allow === undefined ? !STRONG.test(name) : allow.includes(name)),
    );
  if (choices.some(allowed)) return [];
  const asked = allow !== undefined || names.some((name) => deny.includes(name));
  return [
    {
      rule: asked ? "license-denied" : "license-copyleft",
      severity: asked ? "error" : seen.production.has(one.id) ? "warning" : "info",
      message: asked
        ? "Your policy does not allow its licence."
        : "Its licence reaches what is shipped with it.",
      ...place,
      fix: "Replace it, or ask whoever answers for licences.",
    },
  ];
}

function nodeRange(fields: Fields): string | undefined {
  const { node } = Object.fromEntries(textsOf(own(fields, "engines")));
  return node !== undefined && semver.validRange(node) !== null ? node : undefined;
}

function engine(one: Locked, range: string | undefined, seen: Seen): Finding[] {
  if (range === undefined || one.engine === undefined || !seen.production.has(one.id)) return [];
  if (semver.validRange(one.engine) === null || semver.subset(range, one.engine)) return [];
  const from = semver.minVersion(one.engine)?.version;
  return [
    {
      rule: "engine-conflict",
      severity: semver.intersects(range, one.engine) ? "warning" : "error",
      message: `engines.node promises ${range}, but this needs ${one.engine}.`,
      ...at(one, seen),
      evidence: seen.way(one.id),
      ...(from === undefined
        ? {}
        : { fix: `Raise engines.node to >=${from}, or take an older version.` }),
    },
  ];
}

function several(seen: Seen): Finding[] {
  const askers = askersOf(seen.lock);
  return severalOf(seen.lock).flatMap(({ name, versions, copies }): Finding[] => {
    const best = versions
      .map(({ version }) => version)
      .filter((one) => semver.valid(one) !== null)
      .toSorted(semver.rcompare)[0];
    const [first] = versions.flatMap(({ ids }) => ids).map((id) => seen.lock.packages.get(id));
    if (best === undefined || first === undefined || versions.length === 1) return [];
    // Where every other version is wanted by ranges that the highest one also meets, the lockfile alone is at fault.
    const needless = versions.filter(
      ({ version, ids }) =>
        version !== best &&
        ids.every((id) =>
          (askers.get(id) ?? []).every(({ range }) =>
            semver.satisfies(best, range.replace(/^npm:/, "")),
          ),
        ),
    );
    return [
      {
        rule: needless.length > 0 ? "duplicates-needless" : "duplicates",
        severity: needless.length > 0 ? "warning" : "info",
        message: `${name} is there in ${versions.length} versions (${copies} copies).`,
        ...at(first, seen),
        object: name,
        evidence: versions.map(({ version }) => version).join(", "),
        fix:
          needless.length > 0
            ? `Everyone could take ${best}: run the package manager's dedupe.`
            : `Update what asks for the older ones.`,
      },
    ];
  });
}

/** packageManager against the lockfile that is really there. */
export function managerFindings(manifest: Manifest, lock: Lock): Finding[] {
  const said = /^(npm|pnpm|yarn)@/.exec(textOf(own(manifest.fields, "packageManager")) ?? "")?.[1];
  if (said === undefined || lock.format.startsWith(said)) return [];
  return [
    about(manifest, "/packageManager", {
      rule: "manager-mismatch",
      severity: "warning",
      message: `packageManager says ${said}, but ${lock.file} is ${lock.format}'s.`,
      fix: "Delete the lockfile that nobody keeps.",
    }),
  ];
}
