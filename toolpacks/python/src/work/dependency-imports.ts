/** What the code imports against what the project declares. */
import type { Finding } from "flotilla/worker/review";
import { distributionsOf, isTool } from "../data/distributions.ts";
import { isPython, isTest } from "../lib/inputs.ts";
import type { Project } from "./dependencies.ts";
import { importsOf } from "./imports.ts";
import { moduleIndex } from "./module-index.ts";
import { isStandard } from "./stdlib.ts";
import { parsePython } from "./syntax.ts";

/** A module of somebody else that the code imports. */
export interface Use {
  module: string;
  /** Who may bring it, the likeliest first. */
  distributions: string[];
  files: string[];
  first: { file: string; line: number; column: number };
  /** Only where a failed import is caught. */
  optional: boolean;
  /** Only for type checkers. */
  typeOnly: boolean;
  /** Only in tests. */
  testOnly: boolean;
}

export function usesOf(files: Record<string, string>, mapping: ReadonlyMap<string, string>): Use[] {
  const modules = Object.entries(files).filter(([file]) => isPython(file));
  const index = moduleIndex(modules.map(([file]) => file));
  const uses = new Map<string, Use>();
  for (const [file, text] of modules) {
    for (const one of importsOf(parsePython(file, text))) {
      const [top = ""] = one.module.split(".");
      if (one.level > 0 || top === "" || isStandard(top)) continue;
      if (index.resolve(file, one).length > 0 || index.isOwn(one.module)) continue;
      const known = uses.get(top) ?? {
        module: top,
        distributions: candidatesOf(one.module, mapping),
        files: [],
        first: { file, line: one.line, column: one.column },
        optional: true,
        typeOnly: true,
        testOnly: true,
      };
      if (known.files.at(-1) !== file) known.files.push(file);
      known.optional &&= one.optional;
      known.typeOnly &&= one.typeOnly;
      known.testOnly &&= isTest(file);
      uses.set(top, known);
    }
  }
  return [...uses.values()].toSorted((a, b) => b.files.length - a.files.length);
}

function candidatesOf(module: string, mapping: ReadonlyMap<string, string>): string[] {
  const [top = ""] = module.split(".");
  const told = mapping.get(top);
  if (told !== undefined) return [told];
  // Namespaces such as google.cloud.storage are shared: google-cloud-storage and its parents may bring them.
  const parts = module.split(".");
  const joined = parts.map((_, at) =>
    parts
      .slice(0, parts.length - at)
      .join("-")
      .replaceAll("_", "-")
      .toLowerCase(),
  );
  return [...new Set([...distributionsOf(top), ...joined])];
}

const isDevelopment = (group: string): boolean => group !== "main" && group !== "constraint";

export function importFindings(project: Project): Finding[] {
  if (!project.hasCode || project.declared.length === 0) return [];
  return [...project.uses.flatMap((use) => useFindings(use, project)), ...unusedFindings(project)];
}

function useFindings(use: Use, { declared, locked, ownName }: Project): Finding[] {
  const bringers = declared.filter(
    ({ name, group }) => group !== "constraint" && use.distributions.includes(name),
  );
  if (use.distributions.some((name) => name === ownName)) return [];
  const evidence = `import ${use.module} in ${use.files.length} ${use.files.length === 1 ? "file" : "files"}`;
  if (bringers.length === 0) {
    if (use.optional || use.typeOnly) return [];
    const transitive = locked.find(({ name }) => use.distributions.includes(name));
    const [guess = use.module] = use.distributions;
    return [
      {
        rule: "missing-dependency",
        severity: use.testOnly ? "warning" : "error",
        message:
          transitive === undefined
            ? `${use.module} is imported, but nothing declared brings it.`
            : `${use.module} is imported, but comes only by way of others (${transitive.name} ${transitive.version} in the lock).`,
        location: use.first,
        object: transitive?.name ?? guess,
        evidence,
        fix: `Add ${transitive?.name ?? guess} to the dependencies${transitive === undefined ? ", or say in mapping what brings it" : ""}.`,
      },
    ];
  }
  if (
    use.testOnly ||
    use.optional ||
    use.typeOnly ||
    !bringers.every(({ group }) => isDevelopment(group))
  )
    return [];
  const [first] = bringers;
  if (first === undefined || isOptionalExtra(first.group)) return [];
  return [
    {
      rule: "development-dependency-in-code",
      severity: "warning",
      message: `${use.module} is imported outside of tests, but ${first.name} is only in the group ${first.group}.`,
      location: use.first,
      object: first.name,
      evidence,
      fix: `Move ${first.name} to the main dependencies.`,
    },
  ];
}

/** Extras of features are there to be imported; those of development are not. */
function isOptionalExtra(group: string): boolean {
  return !/^(?:dev|develop|development|tests?|testing|lint|docs?|ci|build|typing)$/.test(group);
}

function unusedFindings({ declared, uses, ownName }: Project): Finding[] {
  const used = new Set(uses.flatMap(({ distributions }) => distributions));
  return declared
    .filter(
      ({ name, group }) => group === "main" && !used.has(name) && !isTool(name) && name !== ownName,
    )
    .map(({ name, file, line, raw }) => ({
      rule: "unused-dependency",
      severity: "warning",
      message: `${name} is declared, but no file imports it.`,
      location: { file, line, column: 1 },
      object: name,
      evidence: raw.slice(0, 160),
      fix: "Remove it, or say in mapping which module it brings.",
    }));
}
