/** One run of the command line: reads it, loads the verb it names, and answers with an exit code. */
import { Command, CommanderError, type OutputConfiguration } from "commander";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FlotillaError, isRecord } from "../protocol/index.ts";
import { packageRoot } from "./config/index.ts";
import { EXIT, exitCodeOf } from "./exit.ts";
import { addGlobals, createHost, createUi, globalsOf, type Host, type HostState } from "./host.ts";
import type { CliIo } from "./io.ts";
import { failureLines, failureValue } from "./ui/failure.ts";
import { createFormatHelp } from "./ui/help.ts";
import { paintFor } from "./ui/paint.ts";
import { startPage } from "./ui/start-page.ts";
import { VERBS } from "./verbs.ts";

/** `args` without the interpreter and the script. Never rejects, never exits. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const state = createHost(io, await readVersion());
  try {
    return await execute(args, state);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and its like end with 0; commander has printed everything already.
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    report(error, io, state.host);
    return exitCodeOf(error);
  }
}

async function execute(args: readonly string[], state: HostState): Promise<number> {
  const { host } = state;
  if (args.length === 0) {
    host.ui.lines(startPage(host));
    return EXIT.ok;
  }
  const program = await buildProgram(verbOf(args), state);
  await program.parseAsync([...args], { from: "user" });
  // `up` may say how it ended in its own way, by `process.exitCode`.
  return state.exitCode() ?? Number(process.exitCode ?? EXIT.ok);
}

function report(error: unknown, io: CliIo, host: Host): void {
  if (host.globals.json === true) {
    io.stderr.write(`${JSON.stringify(failureValue(error))}\n`);
    return;
  }
  const { notePaint } = createUi(io, host.globals);
  io.stderr.write(
    failureLines(error, notePaint)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

/** The first word that is no option decides which file is loaded; parsing proper is commander's. */
function verbOf(args: readonly string[]): string | undefined {
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--url") rest.shift();
    else if (!word.startsWith("-")) return word === "help" ? rest.shift() : word;
  }
  return undefined;
}

/** All verbs are known by name; the one in use, or with `"*"` every one, with its options. */
export async function buildProgram(verb: string | undefined, state: HostState): Promise<Command> {
  const { host } = state;
  const program = new Command("flotilla");
  const formatHelp = createFormatHelp(host.io);
  program
    .description("Runs MCP servers as a fleet: one endpoint, drones started on demand.")
    .usage("<verb> [options]")
    .helpOption("-h, --help", "how to use it")
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureHelp({ ...helpStyle(host.io), formatHelp })
    .configureOutput(output(host.io))
    .exitOverride();
  program.addHelpCommand(helpVerb());
  program.option("-V, --version", "print the version");
  program.on("option:version", () => {
    host.io.stdout.write(`${host.version}\n`);
    throw new CommanderError(EXIT.ok, "flotilla.version", host.version);
  });
  addGlobals(program);
  await addVerbs(program, verb, host);
  // A verb may have verbs of its own.
  for (const command of program.commands.flatMap((verb) => [verb, ...verb.commands])) {
    command.copyInheritedSettings(program).helpOption("-h, --help", "how to use it");
    command.configureHelp(helpStyle(host.io));
    addGlobals(command);
  }
  program.hook("preAction", (_program, command) => state.setGlobals(globalsOf(command)));
  return program;
}

async function addVerbs(program: Command, wanted: string | undefined, host: Host): Promise<void> {
  for (const { name, summary, group, load } of VERBS) {
    if (wanted === name || wanted === "*") {
      const { register } = await load();
      register(program, host);
      const command = program.commands.find((candidate) => candidate.name() === name);
      command?.summary(summary).helpGroup(group);
    } else program.command(name).summary(summary).helpGroup(group);
  }
  if (wanted !== "__complete") return;
  const { registerComplete } = await import("./commands/complete.ts");
  registerComplete(program, host);
}

function helpStyle(io: CliIo) {
  const { stdout, env } = io;
  const paint = paintFor({ isTTY: stdout.isTTY, env, refused: false });
  return {
    helpWidth: stdout.isTTY ? Math.min(100, stdout.columns) : 80,
    sortSubcommands: false,
    styleTitle: paint.bold,
    styleCommandText: paint.name,
    styleSubcommandText: paint.name,
    styleOptionText: paint.name,
    styleArgumentText: paint.name,
    subcommandTerm: (command: Command) => command.name(),
  };
}

function output(io: CliIo): OutputConfiguration {
  const { stdout, stderr, env } = io;
  const paint = paintFor({ isTTY: stderr.isTTY, env, refused: false });
  return {
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    getOutHasColors: () => true,
    getErrHasColors: () => true,
    outputError: (text, write) => {
      const said = text
        .replace(/^error: /, "")
        .trim()
        .split("\n")
        .join(" ");
      const error = new FlotillaError(
        "bad_request",
        said.replace(/\s*\((Did you mean[^)]*)\)/, ". $1"),
        {
          hint: "Add --help to see how it is used.",
        },
      );
      write(
        failureLines(error, paint)
          .map((line) => `${line}\n`)
          .join(""),
      );
    },
  };
}

function helpVerb(): Command {
  return new Command("help").argument("[verb]").summary("how to use a verb").helpGroup("More:");
}

async function readVersion(): Promise<string> {
  const text = await readFile(join(packageRoot(), "package.json"), "utf8");
  const manifest: unknown = JSON.parse(text);
  const version = isRecord(manifest) ? manifest["version"] : undefined;
  return typeof version === "string" ? version : "0.0.0";
}
