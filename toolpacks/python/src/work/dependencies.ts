/** Reviews what a Python project depends on: what it declares, what is locked, and what its code imports. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { normalName } from "../data/distributions.ts";
import { importFindings, usesOf } from "./dependency-imports.ts";
import type { Use } from "./dependency-imports.ts";
import { declaredFindings, lockFindings } from "./dependency-rules.ts";
import { isLock, readLock } from "./locks.ts";
import type { Locked } from "./locks.ts";
import { readManifest } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";
import { problemFinding } from "./problems.ts";
import { readRequirements } from "./requirements.ts";
import type { Declared } from "./requirements.ts";
import { specifierText } from "./versions.ts";

export interface DependencyInput {
  files: Record<string, string>;
  /** Distribution by module, where it cannot be guessed. */
  mapping?: Record<string, string>;
  ignore?: string[];
}
export interface DependencyFacts {
  name: string;
  group: string;
  file: string;
  line: number;
  specifier: string;
  locked?: string;
  /** Modules through which the code uses it. */
  modules: string[];
}
export interface DependencyAnswer extends FindingReport {
  manifests: string[];
  locks: string[];
  requiresPython?: string;
  dependencies: DependencyFacts[];
  lockedPackages: number;
  imports: { module: string; distribution?: string; files: number }[];
}

/** Everything the rules look at. */
export interface Project {
  declared: Declared[];
  locked: Locked[];
  uses: Use[];
  requiresPython: string | undefined;
  ownName: string | undefined;
  isPackage: boolean;
  hasCode: boolean;
}

export function reviewDependencies(input: DependencyInput): DependencyAnswer {
  const manifests: string[] = [];
  const locks: string[] = [];
  const findings: Finding[] = [];
  const read: Manifest = { declared: [], findings: [], isPackage: false };
  const locked: Locked[] = [];
  for (const [file, text] of Object.entries(input.files)) {
    try {
      if (isLock(file)) {
        locked.push(...readLock(file, text));
        locks.push(file);
      } else if (/(?:^|\/)(?:pyproject\.toml|Pipfile)$/.test(file)) {
        merge(read, readManifest(file, text));
        manifests.push(file);
      } else if (/\.(?:txt|in)$/.test(file)) {
        const { declared, findings: problems } = readRequirements(file, text);
        read.declared.push(...declared);
        read.findings.push(...problems);
        manifests.push(file);
      }
    } catch (error) {
      findings.push(problemFinding(file, error));
    }
  }
  if (manifests.length + locks.length + findings.length === 0) throw nothing();
  const uses = usesOf(input.files, mappingOf(input.mapping));
  const project: Project = {
    declared: read.declared,
    locked,
    uses,
    requiresPython: read.requiresPython,
    ownName: read.name,
    isPackage: read.isPackage,
    hasCode: Object.keys(input.files).some((file) => file.endsWith(".py")),
  };
  findings.push(
    ...read.findings,
    ...declaredFindings(project),
    ...lockFindings(project),
    ...importFindings(project),
  );
  return {
    manifests,
    locks,
    ...(read.requiresPython === undefined ? {} : { requiresPython: read.requiresPython }),
    dependencies: factsOf(project),
    lockedPackages: locked.length,
    imports: uses.map(({ module, distributions, files }) => {
      const known = distributions.find((one) => project.declared.some(({ name }) => name === one));
      return {
        module,
        ...(known === undefined ? {} : { distribution: known }),
        files: files.length,
      };
    }),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function nothing(): InputProblem {
  return new InputProblem("There is no manifest among the files.", {
    hint: "Pass requirements.txt, pyproject.toml, Pipfile or a lock file, and the code to compare with.",
  });
}

function merge(all: Manifest, one: Manifest): void {
  all.declared.push(...one.declared);
  all.findings.push(...one.findings);
  all.isPackage ||= one.isPackage;
  if (one.requiresPython !== undefined) all.requiresPython ??= one.requiresPython;
  if (one.name !== undefined) all.name ??= one.name;
}

function mappingOf(mapping: Record<string, string> = {}): ReadonlyMap<string, string> {
  return new Map(Object.entries(mapping).map(([module, name]) => [module, normalName(name)]));
}

function factsOf({ declared, locked, uses }: Project): DependencyFacts[] {
  const versions = new Map(locked.map(({ name, version }) => [name, version]));
  return declared.map(({ name, group, file, line, specifiers, url }) => {
    const version = versions.get(name);
    return {
      name,
      group,
      file,
      line,
      specifier: url ?? specifierText(specifiers),
      ...(version === undefined ? {} : { locked: version }),
      modules: uses
        .filter(({ distributions }) => distributions.includes(name))
        .map(({ module }) => module),
    };
  });
}
