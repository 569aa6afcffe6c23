/** What every command is given: its surroundings, its voice, and the way its exit code goes home. */
import type { Command } from "commander";
import { locateFleet } from "./client/locate.ts";
import { createApiClient, type ApiClient } from "./client/api.ts";
import type { CliIo } from "./io.ts";
import { paintFor, type Paint } from "./ui/paint.ts";
import { createSpinner, type Spinner } from "./ui/spinner.ts";

export interface Globals {
  json?: boolean;
  url?: string;
  /** False with `--no-color`. */
  color?: boolean;
}

export interface Ui {
  /** Results, on stdout. */
  line(text?: string): void;
  lines(texts: readonly string[]): void;
  /** Remarks about the work, on stderr; silent with `--json`. */
  note(text: string): void;
  /** A result for machines: one JSON text. */
  json(value: unknown): void;
  /** For stdout. */
  paint: Paint;
  /** For stderr. */
  notePaint: Paint;
  /** Columns to fit into; Infinity when stdout is no terminal. */
  columns: number;
  spinner(): Spinner;
}

export interface Host {
  io: CliIo;
  version: string;
  globals: Globals;
  ui: Ui;
  /** Wraps an action so that what it resolves with becomes the exit code of the run. */
  action<A extends unknown[]>(run: (...args: A) => Promise<number>): (...args: A) => Promise<void>;
  fleetUrl(): Promise<string>;
  api(): Promise<ApiClient>;
}

export interface HostState {
  host: Host;
  /** What the command ended with; undefined when it took no part (help, or a command with its own way). */
  exitCode(): number | undefined;
  /** Called once the command line is read. */
  setGlobals(globals: Globals): void;
}

export function createHost(io: CliIo, version: string): HostState {
  let code: number | undefined;
  let ui = createUi(io, {});
  let globals: Globals = {};
  const host: Host = {
    io,
    version,
    get globals() {
      return globals;
    },
    get ui() {
      return ui;
    },
    action:
      (run) =>
      async (...args) => {
        code = await run(...args);
      },
    fleetUrl: () => locateFleet(io, globals.url),
    api: async () => {
      const url = await locateFleet(io, globals.url);
      return createApiClient({ url, fetch: io.fetch, clock: io.clock, signal: io.signal });
    },
  };
  return {
    host,
    exitCode: () => code,
    setGlobals(wanted) {
      globals = wanted;
      ui = createUi(io, wanted);
    },
  };
}

export function createUi(io: CliIo, { color, json }: Globals): Ui {
  const { stdout, stderr, env } = io;
  const refused = color === false;
  const notePaint = paintFor({ isTTY: stderr.isTTY, env, refused });
  const silent = { ...stderr, isTTY: false };
  return {
    line: (text = "") => stdout.write(`${text}\n`),
    lines: (texts) => stdout.write(texts.map((text) => `${text}\n`).join("")),
    note: (text) => {
      if (json !== true) stderr.write(`${text}\n`);
    },
    json: (value) => stdout.write(`${JSON.stringify(value, undefined, stdout.isTTY ? 2 : 0)}\n`),
    paint: paintFor({ isTTY: stdout.isTTY, env, refused }),
    notePaint,
    columns: stdout.isTTY ? Math.max(40, stdout.columns) : Number.POSITIVE_INFINITY,
    spinner: () =>
      createSpinner({ sink: json === true ? silent : stderr, paint: notePaint, clock: io.clock }),
  };
}

/** Understood by every verb, before or after it. */
export function addGlobals(command: Command): void {
  const has = (long: string): boolean => command.options.some((option) => option.long === long);
  command.optionsGroup("Everywhere:");
  if (!has("--json")) command.option("--json", "answer in JSON");
  if (!has("--url")) command.option("--url <url>", "the fleet to talk to");
  if (!has("--no-color")) command.option("--no-color", "no colour");
}

export function globalsOf(command: Command): Globals {
  const globals: Globals = {};
  for (let here: Command | null = command; here !== null; here = here.parent) {
    const { json, url, color }: Globals = here.opts();
    if (json === true) globals.json = true;
    if (typeof url === "string") globals.url ??= url;
    if (color === false) globals.color = false;
  }
  return globals;
}
