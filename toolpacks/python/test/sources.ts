/**
 * Real Python, as npm packages ship it: gyp-next and pypa's packaging (inside of node-gyp), and railroad-diagrams. The
 * numbers that tests expect of them were found with ruff 0.16.9, radon 6.0.1, pyright 1.1.414, bandit 1.9.4 and vermin
 * 1.9.2 from PyPI; the versions of the packages are fixed.
 */
import { afterAll } from "vitest";
import { packageFile, packageFiles, toolpackClient } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";

export const GYP = packageFiles("node-gyp", "gyp/**/*.py", import.meta.url);
export const GYP_PROJECT = packageFile("node-gyp", "gyp/pyproject.toml", import.meta.url);
export const PACKAGING = below(GYP, "gyp/pylib/packaging/");
export const RAILROAD = packageFile("railroad-diagrams", "railroad_diagrams.py", import.meta.url);

/** A part of the files, by names from there on, below `as`. */
function below(files: Record<string, string>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, text]) => [`packaging/${name.slice(prefix.length)}`, text]),
  );
}

/** The pack as a client sees it, closed after the tests of the file. */
export function pythonClient() {
  const toolpack = toolpackClient(createWorker());
  afterAll(toolpack.close);
  return toolpack.call;
}

export interface Told {
  rule: string;
  severity: string;
  message: string;
  location?: { file: string; line: number; column: number };
  reference?: string;
  fix?: string;
  patch?: string;
}

export function findingsOf(value: Record<string, unknown>): Told[] {
  const findings: Told[] = JSON.parse(JSON.stringify(value["findings"] ?? []));
  return findings;
}

/** `rule file:line`, to compare many at once. */
export function placesOf(value: Record<string, unknown>): string[] {
  return findingsOf(value).map(({ rule, location }) =>
    location === undefined ? rule : `${rule} ${location.file}:${location.line}`,
  );
}
