/** Configuration, whatever its dialect → the wanted fleet and the settings of this machine. */
import { access, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import { FlotillaError, isFlotillaError, type FleetSpec } from "../../protocol/index.ts";
import { clientDrafts, clientListPath } from "./client-file.ts";
import { assembleFleet, type ToolpackChoice } from "./assemble.ts";
import { isRecord, type Drafts } from "./draft.ts";
import { expand, type Variables } from "./expand.ts";
import { flotillaDrafts } from "./flotilla-file.ts";
import { configError, fileError, problemAt, type Problem } from "./problems.ts";
import {
  defaultStateDir,
  parsePort,
  settingsOf,
  type Machine,
  type Overrides,
  type Settings,
} from "./settings.ts";
import type { Source } from "./source.ts";
import type { FlotillaFile } from "./shape.ts";
import type { Toolpack } from "./toolpacks.ts";
import { toolsetSpecs } from "./toolsets.ts";
import { faultWords } from "./worker-spec.ts";

export interface LoadOptions {
  /** A file; without it `FLOTILLA_CONFIG`, then flotilla.yaml/.yml/.json in `cwd`, then no file at all. */
  path?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** What is installed (`discoverToolpacks`). */
  toolpacks: readonly Toolpack[];
  /** From flags; they win over environment and file. */
  overrides?: Overrides;
  home?: string;
  platform?: NodeJS.Platform;
}

export interface Configuration {
  fleet: FleetSpec;
  settings: Settings;
  /** Absolute paths of every file this came from: what a watcher watches. Empty without a configuration. */
  files: string[];
  /** Worth showing, not worth failing. */
  warnings: Problem[];
}

const FILE_NAMES = ["flotilla.yaml", "flotilla.yml", "flotilla.json"];
const MAX_ENV_FILE_BYTES = 256 * 1024;

/** Rejects with `config_invalid` alone; `problemsOf(error)` has every finding with its place. */
export async function loadConfiguration(options: LoadOptions): Promise<Configuration> {
  const machine = machineOf(options);
  const file = await findConfiguration(options);
  if (file === undefined) {
    const settings = settingsOf(machine, {}, options.overrides);
    const choice = choiceOf({}, options);
    const fleet = assembleFleet({
      drafts: [],
      toolpacks: options.toolpacks,
      choice,
      grants: settings,
    });
    return { fleet: { workers: fleet.workers }, settings, files: [], warnings: [] };
  }
  const { readSource } = await parsers();
  const source = await readSource(file, shownName(file, options.cwd));
  return translate(source, { file, machine, options });
}

/** The file that `loadConfiguration` would read; undefined when there is none. Checks nothing in it. */
export async function findConfiguration(
  options: Pick<LoadOptions, "path" | "env" | "cwd">,
): Promise<string | undefined> {
  const given = options.path ?? (options.env["FLOTILLA_CONFIG"] || undefined);
  if (given !== undefined) return resolve(options.cwd, given);
  const present: string[] = [];
  for (const name of FILE_NAMES) {
    const path = join(options.cwd, name);
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) present.push(path);
  }
  if (present.length > 1) {
    const names = present.map((path) => basename(path)).join(" and ");
    throw new FlotillaError("config_invalid", `${names} are both here`, {
      hint: "Keep one, or choose with --config.",
    });
  }
  return present[0];
}

interface Context {
  file: string;
  machine: Machine;
  options: LoadOptions;
}

async function translate(source: Source, context: Context): Promise<Configuration> {
  const { file, machine, options } = context;
  const variables = variablesOf(context);
  const { read, value, native } = await readDialect(source);
  const problems = [...read.problems];
  const fromFile = native ? fileSettings({ source, value, variables, problems }) : {};
  const settings = settingsOf(machine, { ...fromFile, file }, options.overrides);
  const envFiles = await readEnvFiles(read, { variables, problems, source });
  const fleet = assembleFleet({
    drafts: read.drafts,
    toolpacks: options.toolpacks,
    choice: choiceOf(value, options),
    grants: settings,
    surroundings: {
      source,
      variables,
      toolpacks: options.toolpacks,
      grants: settings,
      envFiles: envFiles.values,
      ...(native ? { baseFolder: dirname(file) } : {}),
    },
  });
  problems.push(...fleet.problems);
  const chosen = toolsetSpecs(value.toolsets ?? {}, { source, workers: fleet.workers });
  // A worker that could not be read is missing, and what names it is not to blame.
  if (problems.length === 0) problems.push(...chosen.problems);
  if (problems.length > 0) throw configError(problems);
  return {
    fleet: { workers: fleet.workers, toolsets: chosen.toolsets },
    settings,
    files: [file, ...envFiles.paths],
    warnings: [...read.warnings, ...fleet.warnings, ...chosen.warnings],
  };
}

/** Names a file as a person would: relative when it is below the working folder. */
export function shownName(file: string, cwd: string): string {
  const way = relative(cwd, file);
  return way === "" || way.startsWith("..") ? file : way;
}

const NATIVE_KEYS = [
  "workers",
  "toolsets",
  "toolpacks",
  "port",
  "host",
  "state",
  "store",
  "workspace",
  "network",
];

interface Dialect {
  read: Drafts;
  value: FlotillaFile;
  /** flotilla.yaml's own form, not a client's. */
  native: boolean;
}

/** Throws `config_invalid` when the file is neither. */
export async function readDialect(source: Source): Promise<Dialect> {
  const { value } = source;
  const named = /^flotilla\.(ya?ml|json)$/i.test(basename(source.file));
  const own = isRecord(value) && NATIVE_KEYS.some((key) => Object.hasOwn(value, key));
  const list = clientListPath(value);
  if (list !== undefined && !own && !(named && list[0] === "mcpServers")) {
    return { read: clientDrafts(source, { path: list }), value: {}, native: false };
  }
  const empty = value === null || value === undefined;
  if (!named && !own && !(empty && /\.ya?ml$/i.test(source.file)) && list === undefined) {
    const hint = "Expected workers (flotilla.yaml) or mcpServers (a client's file).";
    throw configError([problemAt(source, { path: [], message: "names no servers", hint })]);
  }
  const checked = empty ? { ...source, value: {} } : source;
  // Loaded when there is something to check: most verbs read no configuration, and Ajv is large.
  const { createCheck } = await import("./check.ts");
  const answer = createCheck()(checked);
  if (answer.problems !== undefined) throw configError(answer.problems);
  return { read: flotillaDrafts(checked, answer.value), value: answer.value, native: true };
}

function fileSettings(from: {
  source: Source;
  value: FlotillaFile;
  variables: Variables;
  problems: Problem[];
}) {
  const { source, value, variables, problems } = from;
  const fill = (key: "host" | "state" | "store" | "port"): string | undefined => {
    const raw = value[key];
    if (raw === undefined) return undefined;
    const { text, faults } = expand(String(raw), variables);
    for (const fault of faults)
      problems.push(problemAt(source, { path: [key], ...faultWords(fault) }));
    return faults.length === 0 ? text : undefined;
  };
  const workspace = [value.workspace ?? []].flat().map((text, index) => {
    const { text: filled, faults } = expand(text, variables);
    const path = ["workspace", ...(Array.isArray(value.workspace) ? [index] : [])];
    for (const fault of faults) problems.push(problemAt(source, { path, ...faultWords(fault) }));
    return filled;
  });
  const port = fill("port");
  const number = port === undefined ? undefined : parsePort(port);
  if (port !== undefined && number === undefined) {
    const message = "expected a port number from 0 to 65535";
    problems.push(problemAt(source, { path: ["port"], message }));
  }
  return {
    host: fill("host"),
    state: fill("state"),
    store: fill("store"),
    port: number,
    workspace,
    network: value.network,
  };
}

function choiceOf(file: FlotillaFile, { env, overrides }: LoadOptions): ToolpackChoice {
  const asked = overrides?.toolpacks ?? (env["FLOTILLA_TOOLPACKS"] || undefined);
  const wanted =
    asked === undefined ? file.toolpacks : asked.includes(",") ? asked.split(",") : asked;
  const list = asked === undefined ? wanted : [wanted].flat().map((name) => name?.trim());
  if (wanted === undefined || list === "all" || String(list) === "all") return "all";
  if (String(list) === "none") return [];
  return [list].flat().filter((name): name is string => name !== undefined && name !== "");
}

function machineOf(options: LoadOptions): Machine {
  const { env, cwd, home = homedir(), platform = process.platform } = options;
  return { env, cwd, home, platform };
}

/** Editors keep project settings in a folder of their own; the workspace is its parent. */
function variablesOf({ file, machine }: Context): Variables {
  const folder = dirname(file);
  const nested = [".vscode", ".cursor", ".zed", ".windsurf"].includes(basename(folder));
  return { env: machine.env, folder: nested ? dirname(folder) : folder, home: machine.home };
}

async function readEnvFiles(
  read: Drafts,
  context: { variables: Variables; problems: Problem[]; source: Source },
) {
  const values = new Map<string, Record<string, string>>();
  const paths: string[] = [];
  for (const draft of read.drafts) {
    const name = draft.run.kind === "command" ? draft.run.envFile : undefined;
    if (name === undefined || values.has(name)) continue;
    const path = resolve(context.variables.folder, expand(name, context.variables).text);
    try {
      values.set(name, await readEnvFile(path));
      paths.push(path);
    } catch (error) {
      if (!isFlotillaError(error)) throw error;
      const finding = { path: [...draft.path, "envFile"], message: "this file cannot be read" };
      context.problems.push(problemAt(context.source, { ...finding, hint: error.hint }));
    }
  }
  return { values, paths };
}

async function readEnvFile(path: string): Promise<Record<string, string>> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true || facts.size > MAX_ENV_FILE_BYTES) {
    throw fileError(path, { message: "is no small text file", hint: "Check the path." });
  }
  const pairs = Object.entries(parseEnv(await readFile(path, "utf8")));
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A fleet without a configuration never pays for reading one. */
const parsers = () => import("./source.ts");

/** Where the fleet of that file keeps its state, judged by the file's `state` alone: the rest may be broken. */
export async function findStateDir(file: string, machine: Machine): Promise<string> {
  const { readSource } = await parsers();
  const source = await readSource(file).catch(() => undefined);
  const raw = isRecord(source?.value) ? source.value["state"] : undefined;
  const variables = { env: machine.env, folder: dirname(file), home: machine.home };
  const filled = typeof raw === "string" ? expand(raw, variables) : undefined;
  const state = filled?.faults.length === 0 ? filled.text : undefined;
  return state === undefined ? defaultStateDir(machine, file) : resolve(dirname(file), state);
}
