/** Rules over declared requirements and lock files. */
import type { Finding } from "flotilla/worker/review";
import type { Project } from "./dependencies.ts";
import type { Locked } from "./locks.ts";
import { environments, evaluate, overlap } from "./markers.ts";
import type { Environment } from "./markers.ts";
import type { Declared } from "./requirements.ts";
import { fits, satisfiable, specifierText } from "./versions.ts";

const placeOf = ({ file, line }: Pick<Declared, "file" | "line">) => ({ file, line, column: 1 });

export function declaredFindings(project: Project): Finding[] {
  const all = environments(project.requiresPython);
  const byName = Map.groupBy(project.declared, ({ name }) => name);
  return [
    ...[...byName.values()].flatMap((same) => conflicts(same, all)),
    ...project.declared.flatMap((one) => [
      ...markerFindings(one, all),
      ...urlFindings(one),
      ...pinFindings(one, project),
    ]),
    ...hashFindings(project.declared),
  ];
}

function conflicts(same: readonly Declared[], all: readonly Environment[]): Finding[] {
  const found: Finding[] = [];
  for (const [at, one] of same.entries()) {
    for (const other of same.slice(0, at)) {
      if (!overlap(one.marker, other.marker, all)) continue;
      const inOne = one.file === other.file && one.group === other.group;
      const both = [...one.specifiers, ...other.specifiers];
      if (!satisfiable(both)) {
        found.push(conflict(one, other));
        break;
      }
      if (inOne) {
        found.push({
          rule: "duplicate-requirement",
          severity: "warning",
          message: `${one.name} is asked for twice.`,
          location: placeOf(one),
          object: one.name,
          evidence: `${other.raw} (line ${other.line}); ${one.raw}`.slice(0, 200),
          fix: `Keep one line: ${one.name}${specifierText(both)}.`,
        });
        break;
      }
    }
    if (one.specifiers.length > 1 && !satisfiable(one.specifiers)) found.push(conflict(one, one));
  }
  return found;
}

function conflict(one: Declared, other: Declared): Finding {
  const where =
    other === one ? "itself" : `${other.file}:${other.line} (${specifierText(other.specifiers)})`;
  return {
    rule: "version-conflict",
    severity: "error",
    message: `No version of ${one.name} can be ${specifierText(one.specifiers)} and agree with ${where}.`,
    location: placeOf(one),
    object: one.name,
    evidence: one === other ? one.raw : `${other.raw}; ${one.raw}`.slice(0, 200),
    fix: "Loosen one of the two bounds.",
  };
}

function markerFindings(one: Declared, all: readonly Environment[]): Finding[] {
  const { marker } = one;
  if (marker === undefined || all.length === 0) return [];
  const answers = all.map((environment) => evaluate(marker, environment));
  const never = answers.every((answer) => answer === false);
  if (!never && !answers.every((answer) => answer === true)) return [];
  return [
    {
      rule: never ? "dead-marker" : "needless-marker",
      severity: never ? "warning" : "info",
      message: never
        ? `The marker of ${one.name} is never true on the Python versions allowed.`
        : `The marker of ${one.name} is always true on the Python versions allowed.`,
      location: placeOf(one),
      object: one.name,
      evidence: one.raw.slice(0, 200),
      fix: never ? "Remove the requirement." : "Remove the marker.",
    },
  ];
}

function urlFindings(one: Declared): Finding[] {
  const { url, name } = one;
  if (url === undefined) return [];
  const base = { location: placeOf(one), object: name, evidence: url.slice(0, 160) };
  if (/^(?:git\+)?(?:http|git):\/\//.test(url)) {
    return [
      {
        rule: "insecure-url",
        severity: "error",
        message: `${name} comes over a connection that others can change.`,
        ...base,
        fix: "Use https.",
        reference: "CWE-494",
      },
    ];
  }
  const isGit = /^git\+|\.git(?:@|$|#)/.test(url);
  if (!isGit || /@[0-9a-f]{7,40}(?:#|$)|@v?\d+(?:\.\d+)+/.test(url)) return [];
  return [
    {
      rule: "unpinned-url",
      severity: "warning",
      message: `${name} is whatever the branch holds today.`,
      ...base,
      fix: "Add @COMMIT after the address.",
    },
  ];
}

function pinFindings(one: Declared, { isPackage, locked }: Project): Finding[] {
  const { specifiers, name, group, file, url } = one;
  if (group === "build" || group === "constraint" || url !== undefined) return [];
  const pinned = specifiers.some(
    ({ operator, version }) => operator.startsWith("==") && !version.endsWith(".*"),
  );
  const base = { location: placeOf(one), object: name, evidence: one.raw.slice(0, 160) };
  const isRequirements = file.endsWith(".txt");
  if (isRequirements && !pinned && locked.length === 0) {
    return [
      {
        rule: "unpinned",
        severity: specifiers.length === 0 ? "warning" : "info",
        message: `${name} may be another version tomorrow.`,
        ...base,
        fix: "Pin it with ==VERSION, or keep a lock file (uv, poetry, pip-compile).",
      },
    ];
  }
  if (!isRequirements && specifiers.length === 0 && group === "main") {
    return [
      {
        rule: "no-lower-bound",
        severity: "info",
        message: `${name} has no lower bound: a resolver may choose a very old version.`,
        ...base,
        fix: "Add the oldest version that works: >=VERSION.",
      },
    ];
  }
  if (isPackage && pinned && group === "main" && !isRequirements) {
    return [
      {
        rule: "exact-pin-in-package",
        severity: "info",
        message: `${name} is pinned exactly: whoever installs this package together with others gets conflicts.`,
        ...base,
        fix: "Give a range, and keep the exact versions in a lock file.",
      },
    ];
  }
  return [];
}

/** pip checks hashes of all or of none. */
function hashFindings(declared: readonly Declared[]): Finding[] {
  return [...Map.groupBy(declared, ({ file }) => file).values()].flatMap((same) => {
    if (!same.some(({ hashed }) => hashed)) return [];
    return same
      .filter(({ hashed }) => !hashed)
      .map((one) => ({
        rule: "missing-hash",
        severity: "error",
        message: `${one.name} has no hash while others in ${one.file} have: pip refuses the whole file.`,
        location: placeOf(one),
        object: one.name,
        evidence: one.raw.slice(0, 160),
        fix: "Add --hash, with pip-compile --generate-hashes for instance.",
      }));
  });
}

export function lockFindings({ declared, locked, ownName }: Project): Finding[] {
  if (locked.length === 0) return [];
  const byName = Map.groupBy(locked, ({ name }) => name);
  const wanted = declared.filter(({ group }) => group !== "build" && group !== "constraint");
  const drift = wanted.flatMap((one): Finding[] => {
    const versions = byName.get(one.name);
    const base = { location: placeOf(one), object: one.name, evidence: one.raw.slice(0, 160) };
    if (versions === undefined) {
      const message = `${one.name} is declared, but not in the lock.`;
      return [
        {
          rule: "not-locked",
          severity: "error",
          message,
          ...base,
          fix: "Lock again (uv lock, poetry lock).",
        },
      ];
    }
    if (one.url !== undefined || versions.some(({ version }) => fits(version, one.specifiers)))
      return [];
    const have = versions.map(({ version }) => version).join(", ");
    const message = `${one.name} is locked at ${have}, which is not ${specifierText(one.specifiers)}.`;
    return [
      {
        rule: "lock-mismatch",
        severity: "error",
        message,
        ...base,
        fix: "Lock again (uv lock, poetry lock).",
      },
    ];
  });
  return [
    ...drift,
    ...orphans(locked, byName, new Set([...wanted.map(({ name }) => name), ownName ?? ""])),
  ];
}

/** Locked packages that nothing declared leads to. Only where the lock tells its edges. */
function orphans(
  locked: readonly Locked[],
  byName: ReadonlyMap<string, Locked[]>,
  roots: ReadonlySet<string>,
): Finding[] {
  if (roots.size < 2 || !locked.some(({ dependencies }) => dependencies.length > 0)) return [];
  const reached = new Set<string>();
  const queue = [...roots, ...locked.filter(({ local }) => local).map(({ name }) => name)];
  for (const name of queue) {
    if (reached.has(name)) continue;
    reached.add(name);
    queue.push(...(byName.get(name) ?? []).flatMap(({ dependencies }) => dependencies));
  }
  return locked
    .filter(({ name }) => !reached.has(name))
    .map((one) => ({
      rule: "orphan-in-lock",
      severity: "info",
      message: `${one.name} ${one.version} is locked, but nothing declared needs it.`,
      location: placeOf(one),
      object: `${one.name}@${one.version}`,
      fix: "Lock again.",
    }));
}
