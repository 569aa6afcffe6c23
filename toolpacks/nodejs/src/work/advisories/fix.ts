/** The nearest version of a package that no known advisory hits, and what stands in its way. */
import semver from "semver";
import type { PatchStep } from "flotilla/worker/review";
import { pointerOf } from "../json.ts";
import type { Lock, LockFormat, Locked } from "../lock/model.ts";
import type { Asker } from "../lock/ways.ts";
import type { Advisory } from "./osv.ts";

export interface Fix {
  /**
   * update: the ranges allow it, renew the lockfile. widen: a direct dependency's range must change. override: packages
   * in between pin it. none: no version free of advisories is known.
   */
  kind: "update" | "widen" | "override" | "none";
  version?: string;
  /** The step leaves the major version (or the minor one, below 1.0.0). */
  breaking?: boolean;
  /** Who must change its range. */
  blockedBy: { id: string; range: string }[];
  text: string;
  /** For the project's package.json. */
  patch?: PatchStep[];
}

interface Around {
  lock: Lock;
  others: readonly Advisory[];
}

export function fixOf(one: Locked, askers: readonly Asker[], { lock, others }: Around): Fix {
  const version = freeVersion(one, others);
  if (version === undefined) {
    const text = `No version of ${one.name} without a known advisory is known: replace it, or judge whether the hit code is reached.`;
    return { kind: "none", blockedBy: [], text };
  }
  const breaking = !semver.satisfies(version, `^${one.version}`, { includePrerelease: true });
  const blockedBy = askers
    .filter(({ range }) => !allows(range, version))
    .map(({ id, range }) => ({ id, range }));
  const base = { version, breaking, blockedBy };
  if (blockedBy.length === 0)
    return { ...base, kind: "update", text: updateText(lock.format, one.name, version) };
  if (blockedBy.every(({ id }) => lock.projects.includes(id)))
    return { ...base, kind: "widen", ...widened(one, { askers, lock, version }) };
  const text = `${blockedBy
    .map(({ id, range }) => `${id} wants ${range}`)
    .slice(0, 3)
    .join(
      ", ",
    )}: update what brings it, or set ${OVERRIDES[lock.format]}.${one.name} to ${version} in package.json.`;
  return { ...base, kind: "override", text };
}

function freeVersion({ version }: Locked, advisories: readonly Advisory[]): string | undefined {
  return advisories
    .flatMap(({ fixed }) => fixed)
    .filter((one) => semver.valid(version) !== null && semver.gt(one, version))
    .toSorted(semver.compare)
    .find((one) => advisories.every(({ hits }) => !hits(one)));
}

/** Ranges of yarn and aliases carry a protocol; tags and URLs allow only what they name. */
function allows(range: string, version: string): boolean {
  const plain = range.replace(/^npm:(@?[^@]+@)?/, "");
  return semver.validRange(plain) !== null && semver.satisfies(version, plain);
}

const UPDATE: Record<LockFormat, string> = {
  npm: "npm update",
  pnpm: "pnpm update",
  yarn: "yarn up -R",
  "yarn-classic": "yarn upgrade",
};

function updateText(format: LockFormat, name: string, version: string): string {
  return `The ranges allow ${version}: run ${UPDATE[format]} ${name}.`;
}

const OVERRIDES: Record<LockFormat, string> = {
  npm: "overrides",
  pnpm: "pnpm.overrides",
  yarn: "resolutions",
  "yarn-classic": "resolutions",
};

const TABLES = {
  prod: "dependencies",
  dev: "devDependencies",
  optional: "optionalDependencies",
  peer: "peerDependencies",
};

function widened(
  { name }: Locked,
  { askers, lock, version }: { askers: readonly Asker[]; lock: Lock; version: string },
): Pick<Fix, "text" | "patch"> {
  const root = askers.find(({ id }) => id === lock.projects[0]);
  const table = Object.entries(TABLES).find(([kind]) => kind === root?.kind)?.[1] ?? "dependencies";
  const range = /^\d/.test(root?.range ?? "") ? version : `^${version}`;
  return {
    text: `Ask for ${name} ${range} in package.json.`,
    ...(root === undefined
      ? {}
      : { patch: [{ op: "replace", path: pointerOf(table, name), value: range }] }),
  };
}
