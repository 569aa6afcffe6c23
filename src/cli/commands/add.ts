import type { Command } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import { checkEntry } from "../config/check-entry.ts";
import { shownName } from "../config/index.ts";
import { openConfiguration, type Entry } from "../edit-config.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";

interface Options {
  url?: string;
  header?: string[];
  env?: string[];
  cwd?: string;
  toolpack?: string;
  transport?: string;
  config?: string;
  force?: true;
  dryRun?: true;
}

const collect = (text: string, before: string[] = []): string[] => [...before, text];

export function register(program: Command, host: Host): void {
  program
    .command("add <name> [command...]")
    .usage(
      "<name> [options] -- <command> [args...]\n       flotilla add <name> --url <url> [options]",
    )
    .description(
      "Adds a worker to flotilla.yaml; comments and order stay. A running fleet picks it up.",
    )
    .option("--url <url>", "a server that runs elsewhere, instead of a command")
    .option(
      "--header <name: value>",
      "sent with every request to the URL; may be repeated",
      collect,
    )
    .option("--env <NAME=value>", "environment of the command; NAME alone refers to yours", collect)
    .option("--cwd <folder>", "working folder of the command")
    .option("--toolpack <name>", "an installed toolpack, under this name")
    .option("--transport <kind>", "auto, streamable-http or sse")
    .option("-c, --config <file>", "the file to change (default: flotilla.yaml here)")
    .option("--force", "replace a worker of that name")
    .option("--dry-run", "show the file as it would be")
    .action(
      host.action((name: string, command: string[], options: Options) =>
        add(host, { name, command, options }),
      ),
    );
}

interface Asked {
  name: string;
  command: string[];
  options: Options;
}

async function add(host: Host, { name, command, options }: Asked): Promise<number> {
  const { ui, io, globals } = host;
  // For this verb `--url` is the worker's, not the fleet's.
  const url = options.url ?? globals.url;
  const entry = entryOf(command, { ...options, ...(url === undefined ? {} : { url }) });
  checkEntry(name, entry);
  const config = await openConfiguration({ path: options.config, env: io.env, cwd: io.cwd });
  const file = shownName(config.file, io.cwd);
  if (config.has(name) && options.force !== true) {
    throw new FlotillaError("bad_request", `${file} has a worker "${name}" already.`, {
      hint: "Choose another name, or replace it with --force.",
    });
  }
  config.set(name, entry);
  if (options.dryRun === true) {
    if (globals.json === true) ui.json({ file: config.file, name, entry, written: false });
    else io.stdout.write(config.text());
    return EXIT.ok;
  }
  await config.save();
  if (globals.json === true) ui.json({ file: config.file, name, entry, written: true });
  else ui.line(`${ui.paint.good("✓")} ${ui.paint.bold(name)} is in ${file}`);
  return EXIT.ok;
}

function entryOf(words: string[], options: Options): Entry {
  const [command, ...args] = words;
  const given = [command, options.url, options.toolpack].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new FlotillaError(
      "bad_request",
      "Give a command after --, or --url, or --toolpack: one of them.",
      {
        hint: "For example: flotilla add files -- npx -y @modelcontextprotocol/server-filesystem .",
      },
    );
  }
  const env = pairs(options.env ?? [], "=");
  const headers = pairs(options.header ?? [], ":");
  return {
    ...(command === undefined ? {} : { command }),
    ...(args.length === 0 ? {} : { args }),
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.toolpack === undefined ? {} : { toolpack: options.toolpack }),
    ...(env === undefined ? {} : { env }),
    ...(headers === undefined ? {} : { headers }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.transport === undefined ? {} : { transport: options.transport }),
  };
}

/** `NAME=value`; `NAME` alone becomes `${NAME}`, which keeps the value out of the file. */
function pairs(texts: string[], separator: "=" | ":"): Record<string, string> | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const at = text.indexOf(separator);
      if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
      if (separator === "=" && /^[A-Za-z_]\w*$/.test(text)) return [text, `\${${text}}`];
      const form = separator === "=" ? "--env NAME=value" : '--header "Name: value"';
      throw new FlotillaError("bad_request", `Write it as ${form}.`);
    }),
  );
}
