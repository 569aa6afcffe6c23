/** What package.json itself says: names, versions, ranges, engines, licence, scripts. */
import parseSpdx from "spdx-expression-parse";
import semver from "semver";
import validateName from "validate-npm-package-name";
import type { Finding, Severity } from "flotilla/worker/review";
import { fieldsOf, own, pointerOf, textOf, textsOf } from "../json.ts";
import type { Fields, JsonPlaces } from "../json.ts";

export interface Manifest {
  file: string;
  fields: Fields;
  places: JsonPlaces;
  private: boolean;
}

/** One finding about a place in package.json. */
export function about(
  { places }: Manifest,
  pointer: string,
  finding: Omit<Finding, "location">,
): Finding {
  return { ...finding, location: places.at(pointer) };
}

export function manifestFindings(manifest: Manifest): Finding[] {
  return [
    ...identity(manifest),
    ...licence(manifest),
    ...engines(manifest),
    ...scripts(manifest),
    ...twice(manifest),
  ];
}

function identity(manifest: Manifest): Finding[] {
  const { fields } = manifest;
  const found: Finding[] = [];
  const name = own(fields, "name");
  if (typeof name === "string") {
    const { validForNewPackages, errors = [], warnings = [] } = validateName(name);
    if (!validForNewPackages)
      found.push(
        about(manifest, "/name", {
          rule: "name-invalid",
          severity: manifest.private ? "info" : "error",
          message: `npm takes no package of this name: ${[...errors, ...warnings].join("; ")}.`,
          evidence: name.slice(0, 214),
        }),
      );
  } else if (!manifest.private)
    found.push(
      about(manifest, "", {
        rule: "name-missing",
        severity: "error",
        message: "There is no name.",
      }),
    );
  const version = own(fields, "version");
  if (version !== undefined && semver.valid(textOf(version)) === null)
    found.push(
      about(manifest, "/version", {
        rule: "version-invalid",
        severity: "error",
        message: "The version is not semantic.",
        evidence: JSON.stringify(version).slice(0, 100),
        fix: "Write it as MAJOR.MINOR.PATCH.",
      }),
    );
  else if (version === undefined && !manifest.private)
    found.push(
      about(manifest, "", {
        rule: "version-missing",
        severity: "error",
        message: "There is no version.",
      }),
    );
  return found;
}

function licence(manifest: Manifest): Finding[] {
  const given = own(manifest.fields, "license");
  const severity: Severity = manifest.private ? "info" : "warning";
  if (given === undefined)
    return [
      about(manifest, "", {
        rule: "license-missing",
        severity,
        message: "No licence is named.",
        fix: "Add an SPDX expression, or UNLICENSED.",
      }),
    ];
  if (isLicence(given)) return [];
  return [
    about(manifest, "/license", {
      rule: "license-invalid",
      severity,
      message: "The licence is not an SPDX expression.",
      evidence: JSON.stringify(given).slice(0, 200),
      fix: "Name it as https://spdx.org/licenses does; or write SEE LICENSE IN FILE, or UNLICENSED.",
    }),
  ];
}

function isLicence(given: unknown): boolean {
  if (typeof given !== "string" || given.length > 1_000) return false;
  if (given === "UNLICENSED" || /^SEE LICENSE IN \S/.test(given)) return true;
  return spdxOf(given) !== undefined;
}

/** The licences an expression names; undefined when it is none. */
export function spdxOf(expression: string): string[] | undefined {
  try {
    const open: unknown[] = [parseSpdx(expression)];
    const names: string[] = [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const fields = fieldsOf(next);
      const license = textOf(own(fields, "license"));
      if (license !== undefined) names.push(license);
      for (const side of ["left", "right"])
        if (own(fields, side) !== undefined) open.push(own(fields, side));
    }
    return names;
  } catch {
    return undefined;
  }
}

function engines(manifest: Manifest): Finding[] {
  const { node } = Object.fromEntries(textsOf(own(manifest.fields, "engines")));
  if (node === undefined)
    return [
      about(manifest, "", {
        rule: "engines-missing",
        severity: "info",
        message: "It does not say which versions of Node it supports.",
        fix: "Add engines.node.",
      }),
    ];
  if (semver.validRange(node) !== null) return [];
  return [
    about(manifest, "/engines/node", {
      rule: "engines-invalid",
      severity: "error",
      message: "engines.node is not a range of versions.",
      evidence: node.slice(0, 200),
    }),
  ];
}

/** Scripts that run on the machine of whoever installs the package. */
const AT_INSTALL = ["preinstall", "install", "postinstall"];

function scripts(manifest: Manifest): Finding[] {
  const found = textsOf(own(manifest.fields, "scripts")).filter(([name]) =>
    AT_INSTALL.includes(name),
  );
  return found.map(([name, command]) =>
    about(manifest, pointerOf("scripts", name), {
      rule: "script-at-install",
      severity: manifest.private ? "info" : "warning",
      message: `"${name}" runs on every machine that installs this package, and not where scripts are blocked.`,
      object: name,
      evidence: command.slice(0, 300),
      fix: "Ship what it makes, or let users call it.",
    }),
  );
}

function twice(manifest: Manifest): Finding[] {
  const prod = new Set(textsOf(own(manifest.fields, "dependencies")).map(([name]) => name));
  return textsOf(own(manifest.fields, "devDependencies")).flatMap(([name]) =>
    prod.has(name)
      ? [
          about(manifest, pointerOf("devDependencies", name), {
            rule: "dependency-twice",
            severity: "warning",
            message: "It is in dependencies and in devDependencies; the first one counts.",
            object: name,
            fix: "Keep one of them.",
            patch: [{ op: "remove", path: pointerOf("devDependencies", name) }],
          }),
        ]
      : [],
  );
}
