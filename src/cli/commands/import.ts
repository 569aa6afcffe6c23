import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Command } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import {
  findServers,
  readClientFile,
  withPlaceholders,
  type FoundFile,
  type FoundServer,
} from "../clients/found.ts";
import { CLIENTS } from "../clients/known.ts";
import { shownName } from "../config/index.ts";
import { openConfiguration, type Editable } from "../edit-config.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { didYouMean } from "../text/nearest.ts";
import { fit } from "../ui/text.ts";
import { count } from "../ui/units.ts";

interface Options {
  all?: true;
  server?: string[];
  file?: string;
  config?: string;
  placeholders?: true;
  overwrite?: true;
  dryRun?: true;
}

const collect = (text: string, before: string[] = []): string[] => [...before, text];

export function register(program: Command, host: Host): void {
  program
    .command("import [clients...]")
    .description(
      "Finds the servers of the MCP clients on this machine. Without a client it lists them and changes nothing;\n" +
        "with some, or --all, it adds them to flotilla.yaml. The clients' own files are never changed.",
    )
    .option("--all", "from every client found")
    .option("-s, --server <name>", "only this server; may be repeated", collect)
    .option("--file <path>", "a file with mcpServers instead of the clients' own")
    .option("--placeholders", "write ${NAME} instead of secret values")
    .option("--overwrite", "replace workers that differ")
    .option("-c, --config <file>", "the file to change (default: flotilla.yaml here)")
    .option("--dry-run", "show the file as it would be")
    .addHelpText("after", `\nClients: ${CLIENTS.map(({ id }) => id).join(", ")}\n`)
    .action(host.action((clients: string[], options: Options) => run(host, clients, options)));
}

async function run(host: Host, clients: string[], options: Options): Promise<number> {
  const found = await find(host, options);
  const wanted = options.server ?? [];
  checkClients(clients);
  if (
    clients.length === 0 &&
    options.all !== true &&
    options.file === undefined &&
    wanted.length === 0
  ) {
    return list(host, found);
  }
  const chosen = found
    .filter(({ client }) => clients.length === 0 || clients.includes(client.id))
    .flatMap(({ servers, client }) => servers.map((server) => ({ server, client: client.id })))
    .filter(({ server }) => wanted.length === 0 || wanted.includes(server.name));
  checkServers(wanted, found);
  return merge(host, chosen, options);
}

async function find({ io, ...host }: Host, options: Options): Promise<FoundFile[]> {
  const url = await host.fleetUrl();
  if (options.file === undefined) return findServers(io, url);
  const file = resolve(io.cwd, options.file);
  const read = await readClientFile(file, url);
  if (read === undefined) {
    throw new FlotillaError("config_invalid", `${options.file}: names no servers.`, {
      hint: "Expected mcpServers, servers, context_servers or mcp_servers.",
    });
  }
  return [{ client: { id: "file", title: options.file }, file, ...read }];
}

function checkClients(clients: readonly string[]): void {
  const ids = CLIENTS.map(({ id }) => id);
  const unknown = clients.find((client) => !ids.includes(client));
  if (unknown === undefined) return;
  throw new FlotillaError("bad_request", `No client "${unknown.slice(0, 40)}" is known.`, {
    hint: didYouMean(unknown, ids) ?? `Known: ${ids.join(", ")}.`,
  });
}

function checkServers(wanted: readonly string[], found: readonly FoundFile[]): void {
  const names = found.flatMap(({ servers }) => servers.map(({ name }) => name));
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new FlotillaError("bad_request", `No client has a server "${unknown.slice(0, 40)}".`, {
    hint: didYouMean(unknown, names) ?? "See them with `flotilla import`.",
  });
}

function list({ ui, globals }: Host, found: readonly FoundFile[]): number {
  if (globals.json === true) {
    const files = found.map(({ client, file, servers, notes }) => ({
      client: client.id,
      file,
      servers: servers.map(({ name, summary }) => ({ name, summary })),
      notes,
    }));
    ui.json({ files });
    return EXIT.ok;
  }
  const { paint } = ui;
  const clients = found.filter(({ servers, notes }) => servers.length + notes.length > 0);
  if (clients.length === 0) {
    ui.line("No MCP client on this machine has servers configured.");
    return EXIT.ok;
  }
  const width = Math.max(
    ...clients.flatMap(({ servers }) => servers.map(({ name }) => name.length)),
    4,
  );
  for (const { client, file, servers, notes } of clients) {
    ui.line(`${paint.bold(client.title)} ${paint.dim(`(${client.id}) ${file}`)}`);
    for (const { name, summary } of servers) {
      const text = fit(summary, ui.columns - width - 4);
      ui.line(`  ${paint.name(name.padEnd(width))}  ${paint.dim(text)}`);
    }
    for (const note of notes) ui.line(`  ${paint.busy("!")} ${fit(note, ui.columns - 4)}`);
    ui.line();
  }
  const first = clients[0]?.client.id ?? "cursor";
  ui.line(
    paint.dim(
      `Take them over with: flotilla import ${first}, or --all; --dry-run shows what would change.`,
    ),
  );
  return EXIT.ok;
}

interface Chosen {
  server: FoundServer;
  client: string;
}

interface Report {
  added: string[];
  same: string[];
  conflicts: { name: string; client: string }[];
  secrets: string[];
}

async function merge(host: Host, chosen: readonly Chosen[], options: Options): Promise<number> {
  const { io, ui, globals } = host;
  const config = await openConfiguration({ path: options.config, env: io.env, cwd: io.cwd });
  const report = apply(config, chosen, options);
  const write = report.added.length > 0 && options.dryRun !== true;
  if (write) await config.save();
  const file = shownName(config.file, io.cwd);
  if (globals.json === true) ui.json({ file: config.file, written: write, ...report });
  else if (options.dryRun === true) io.stdout.write(config.text());
  else tell(host, file, report);
  if (options.dryRun === true && globals.json !== true)
    for (const line of conflictLines(host, file, report)) ui.note(line);
  return report.conflicts.length === 0 ? EXIT.ok : EXIT.failed;
}

function apply(config: Editable, chosen: readonly Chosen[], options: Options): Report {
  const report: Report = { added: [], same: [], conflicts: [], secrets: [] };
  for (const { server, client } of chosen) {
    const { name } = server;
    const entry = options.placeholders === true ? withPlaceholders(server) : server.entry;
    const before = config.get(name);
    if (before !== undefined && isDeepStrictEqual(before, entry)) {
      if (!report.added.includes(name)) report.same.push(name);
      continue;
    }
    // Of two clients that differ, the first has been taken; `--overwrite` is about what was there before.
    const overwrite = options.overwrite === true && !report.added.includes(name);
    if (before !== undefined && !overwrite) {
      report.conflicts.push({ name, client });
      continue;
    }
    config.set(name, entry);
    report.added.push(name);
    if (options.placeholders !== true && server.secrets.length > 0) {
      report.secrets.push(`${name}: ${server.secrets.join(", ")}`);
    }
  }
  return report;
}

function tell(host: Host, file: string, report: Report): void {
  const { ui } = host;
  const { paint } = ui;
  for (const name of report.added) ui.line(`${paint.good("+")} ${paint.bold(name)}`);
  for (const name of report.same) ui.line(paint.dim(`= ${name} is there already`));
  ui.lines(conflictLines(host, file, report));
  if (report.added.length > 0) ui.line(`${count(report.added.length, "worker")} added to ${file}`);
  else ui.line(`${file} stays as it is.`);
  if (report.secrets.length === 0) return;
  ui.line();
  ui.line(
    `${paint.busy("!")} ${file} now holds values that may be secret. Keep it out of version control,`,
  );
  ui.line(`  or import with --placeholders and set them in the environment:`);
  for (const line of report.secrets) ui.line(paint.dim(`    ${line}`));
}

function conflictLines({ ui }: Host, file: string, { conflicts }: Report): string[] {
  const mark = ui.paint.bad("✗");
  return conflicts.map(
    ({ name, client }) =>
      `${mark} ${name} (${client}) differs from the worker of that name in ${file}; left out`,
  );
}
