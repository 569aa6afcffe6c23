/** A lockfile of any package manager as one graph: who is installed, and who asked for whom. */

export type Kind = "prod" | "dev" | "optional" | "peer";

export interface Need {
  name: string;
  /** As written by the one that needs it. */
  range: string;
  kind: Kind;
  /** The id of the package it got; absent when the lockfile holds none. */
  to?: string;
}

export interface Locked {
  /** Unique: `ms@2.0.0`, with its place or peers behind where one version is there more than once. */
  id: string;
  name: string;
  version: string;
  /** One of the projects that the lockfile belongs to, not something installed. */
  project: boolean;
  needs: Need[];
  /** Text that stands at its entry, to find the line by. */
  mark: string;
  license?: string;
  deprecated?: string;
  /** The lockfile says that it runs a script when installed. */
  installScript?: boolean;
  /** Where it came from, as written. */
  resolved?: string;
  /** False when the lockfile could hold a checksum and does not; undefined where none belongs. */
  checksum?: boolean;
  /** The range of Node versions it wants. */
  engine?: string;
}

export type LockFormat = "npm" | "pnpm" | "yarn" | "yarn-classic";

export interface Lock {
  format: LockFormat;
  /** The version of the format, as the file says it. */
  formatVersion: string;
  file: string;
  /** Ids of the projects; the first is the root. */
  projects: string[];
  packages: Map<string, Locked>;
  /** True when the file itself says what the projects ask for; else it was guessed from who is needed by nobody. */
  rootsKnown: boolean;
}

/** More than the largest monorepos hold. */
export const MAX_PACKAGES = 50_000;

/** Ids by name and version, with what tells copies apart where there are several. */
export function idMaker(): (name: string, version: string, place: string) => string {
  const taken = new Set<string>();
  return (name, version, place) => {
    const plain = `${name}@${version}`;
    const id = taken.has(plain) ? `${plain} (${place})` : plain;
    taken.add(id);
    return id;
  };
}

export function installedOf(lock: Lock): Locked[] {
  return [...lock.packages.values()].filter(({ project }) => !project);
}

/** Needs of one kind from a `name: range` table. */
export function needsOf(pairs: readonly (readonly [string, string])[], kind: Kind): Need[] {
  return pairs.map(([name, range]) => ({ name, range, kind }));
}

/** What a package.json asks for; what is optional there is not asked for twice. */
export function manifestNeeds(manifest: {
  prod: readonly (readonly [string, string])[];
  dev: readonly (readonly [string, string])[];
  optional: readonly (readonly [string, string])[];
  peer: readonly (readonly [string, string])[];
}): Need[] {
  const optional = new Set(manifest.optional.map(([name]) => name));
  const prod = manifest.prod.filter(([name]) => !optional.has(name));
  return [
    ...needsOf(prod, "prod"),
    ...needsOf(manifest.optional, "optional"),
    ...needsOf(manifest.dev, "dev"),
    ...needsOf(manifest.peer, "peer"),
  ];
}
