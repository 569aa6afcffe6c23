/** Ruff's settings for a set of files: what their pyproject.toml or ruff.toml says, and what the caller adds. */
import picomatch from "picomatch";
import { TomlError, parse } from "smol-toml";
import { InputProblem } from "flotilla/worker/review";
import { isModule } from "../lib/inputs.ts";
import type { RuffOptions } from "./ruff.ts";

export interface SettingsInput {
  files: Record<string, string>;
  /** Of `[tool.ruff]`. "none": only what the caller says. Default auto. */
  config?: "auto" | "none";
  targetVersion?: string;
  lineLength?: number;
  preview?: boolean;
}

export interface Settings {
  /** As found in the files, if any. */
  source: string | undefined;
  options: RuffOptions;
  /** Sources that are not excluded. */
  modules: [name: string, text: string][];
  /** Rules that one file leaves out, by its settings. */
  ignores(file: string, rule: string): boolean;
}

/** Keys that name places on a disk or change how ruff itself prints; what they say cannot hold here. */
const DROPPED = [
  "extend",
  "include",
  "extend-include",
  "exclude",
  "extend-exclude",
  "src",
  "cache-dir",
  "output-format",
  "required-version",
  "respect-gitignore",
  "force-exclude",
];

export function settingsOf(input: SettingsInput): Settings {
  const found = input.config === "none" ? undefined : configured(input.files);
  const own = table(found?.table);
  const lint = table(own["lint"]);
  const excluded = globs([...words(own["exclude"]), ...words(own["extend-exclude"])]);
  const modules = Object.entries(input.files).filter(([name]) => isModule(name) && !excluded(name));
  const { targetVersion, lineLength, preview } = input;
  const options: RuffOptions = {
    ...Object.fromEntries(Object.entries(own).filter(([key]) => !DROPPED.includes(key))),
    lint: {
      ...lint,
      "per-file-ignores": {},
      "extend-per-file-ignores": {},
      isort: { "known-first-party": firstParty(modules), ...table(lint["isort"]) },
    },
    ...(targetVersion === undefined ? {} : { "target-version": versionCode(targetVersion) }),
    ...(lineLength === undefined ? {} : { "line-length": lineLength }),
    ...(preview === undefined ? {} : { preview }),
  };
  if (options["target-version"] === undefined && found?.requires !== undefined) {
    options["target-version"] = found.requires;
  }
  return { source: found?.name, options, modules, ignores: ignoresOf(lint) };
}

/** "3.9" as ruff writes it. */
export function versionCode(version: string): string {
  return `py${version.replace(".", "")}`;
}

interface Found {
  name: string;
  table: unknown;
  requires?: string;
}

/** The settings nearest to the top. */
function configured(files: Record<string, string>): Found | undefined {
  const names = Object.keys(files)
    .filter((name) => /(?:^|\/)(?:pyproject|\.?ruff)\.toml$/.test(name))
    .toSorted((a, b) => a.split("/").length - b.split("/").length || (a < b ? 1 : -1));
  for (const name of names) {
    const value = readToml(name, files[name] ?? "");
    if (!name.endsWith("pyproject.toml")) return { name, table: value };
    const project = table(value["project"]);
    const own = table(value["tool"])["ruff"];
    const least = project["requires-python"];
    const [, minor] = />=\s*3\.(\d+)/.exec(typeof least === "string" ? least : "") ?? [];
    const requires = minor === undefined ? {} : { requires: `py3${minor}` };
    if (own !== undefined || minor !== undefined) return { name, table: own, ...requires };
  }
  return undefined;
}

/** Throws `InputProblem` with the place. */
export function readToml(name: string, text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { message, line, column } = error;
    const [first = "This is no valid TOML."] = message.split("\n");
    throw new InputProblem(first, { location: { file: name, line, column } });
  }
}

function table(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Ruff's patterns: a bare name matches at any depth, and a folder covers all below it. */
function globs(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns
    .slice(0, 200)
    .flatMap((one) => [one, `${one}/**`, `**/${one}`, `**/${one}/**`])
    .map((one) => picomatch(one, { dot: true, nobrace: true }));
  return (name) => matchers.some((matches) => matches(name));
}

function ignoresOf(lint: Record<string, unknown>): Settings["ignores"] {
  const given = {
    ...table(lint["per-file-ignores"]),
    ...table(lint["extend-per-file-ignores"]),
  };
  const rules = Object.entries(given).map(([pattern, codes]) => ({
    matches: globs([pattern]),
    codes: words(codes),
  }));
  return (file, rule) =>
    rules.some(
      ({ matches, codes }) => codes.some((code) => rule.startsWith(code)) && matches(file),
    );
}

/** Names of the packages and modules at the top: what the files import from each other. */
function firstParty(modules: readonly (readonly [string, string])[]): string[] {
  const tops = modules.flatMap(([name]) => {
    const parts = name.replace(/^(?:src|lib)\//, "").split("/");
    const [top = ""] = parts;
    return parts.length > 1 ? [top] : [top.replace(/\.py$/, "")];
  });
  return [...new Set(tops)].filter((name) => /^[A-Za-z_]\w*$/.test(name)).slice(0, 500);
}
