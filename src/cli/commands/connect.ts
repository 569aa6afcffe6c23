import { copyFile, mkdir, readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import { editJson } from "../clients/edit-json.ts";
import { editToml } from "../clients/edit-toml.ts";
import { CLIENTS, type KnownClient } from "../clients/known.ts";
import { writeAtomically } from "../edit-config.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { didYouMean } from "../text/nearest.ts";

interface Options {
  project?: true;
  remove?: true;
  dryRun?: true;
  name: string;
  worker?: string;
  file?: string;
}

export function register(program: Command, host: Host): void {
  program
    .command("connect <client>")
    .description(
      "Writes this fleet into a client's configuration, as one server. The old file is kept beside it.",
    )
    .option("--project", "for the project in this folder instead of your account")
    .option("--worker <name>", "only this worker instead of the whole fleet")
    .option("--name <name>", "what the client calls it", "flotilla")
    .option("--file <path>", "the client's file, when it is not in its usual place")
    .option("--remove", "take it out again")
    .option("--dry-run", "show the file as it would be")
    .addHelpText("after", `\nClients: ${CLIENTS.map(({ id }) => id).join(", ")}\n`)
    .action(host.action((client: string, options: Options) => connect(host, client, options)));
}

async function connect(host: Host, id: string, options: Options): Promise<number> {
  const client = clientOf(id);
  const file = fileOf(client, host, options);
  const endpoint = `${await host.fleetUrl()}/mcp${options.worker === undefined ? "" : `/${options.worker}`}`;
  const before = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new FlotillaError("config_invalid", `${file} cannot be read (${error.code ?? "?"}).`);
  });
  const entry = options.remove === true ? undefined : client.entry(endpoint);
  const change = { list: client.list, name: options.name, entry };
  const edit = client.format === "toml" ? editToml : editJson;
  const after = before === undefined && entry === undefined ? "" : edit(before ?? "", change);
  const same = after === (before ?? "");
  if (options.dryRun === true && host.globals.json !== true) {
    host.io.stdout.write(after);
    return EXIT.ok;
  }
  const backup =
    same || options.dryRun === true ? undefined : await write(file, { before, after, host });
  tell(host, { client, file, endpoint, backup, options, same });
  return EXIT.ok;
}

function clientOf(id: string): KnownClient {
  const client = CLIENTS.find((candidate) => candidate.id === id);
  if (client !== undefined) return client;
  const ids = CLIENTS.map((candidate) => candidate.id);
  throw new FlotillaError("bad_request", `No client "${id.slice(0, 40)}" is known.`, {
    hint: didYouMean(id, ids) ?? `Known: ${ids.join(", ")}.`,
  });
}

function fileOf(client: KnownClient, { io }: Host, options: Options): string {
  if (options.file !== undefined) return options.file;
  if (options.project !== true) return client.userFile(io);
  const file = client.projectFile?.(io);
  if (file !== undefined) return file;
  throw new FlotillaError("bad_request", `${client.title} has no configuration per project.`, {
    hint: "Leave out --project.",
  });
}

/** The backup is written first, and never over an older one. */
async function write(
  file: string,
  { before, after, host }: { before: string | undefined; after: string; host: Host },
): Promise<string | undefined> {
  await mkdir(dirname(file), { recursive: true });
  let backup: string | undefined;
  if (before !== undefined) {
    const real = await realpath(file);
    const stamp = new Date(host.io.clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
    backup = await freeCopy(real, `${real}.${stamp}.backup`);
  }
  await writeAtomically(file, after);
  return backup;
}

const MAX_BACKUPS_PER_SECOND = 100;

async function freeCopy(from: string, wanted: string): Promise<string> {
  for (let count = 1; count <= MAX_BACKUPS_PER_SECOND; count++) {
    const to = count === 1 ? wanted : `${wanted}-${count}`;
    const { COPYFILE_EXCL } = (await import("node:fs")).constants;
    const taken = await copyFile(from, to, COPYFILE_EXCL).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return true;
        throw error;
      },
    );
    if (!taken) return to;
  }
  throw new FlotillaError("internal", "Too many backups within one second.");
}

function tell(
  host: Host,
  facts: {
    client: KnownClient;
    file: string;
    endpoint: string;
    backup: string | undefined;
    options: Options;
    same: boolean;
  },
): void {
  const { ui, globals } = host;
  const { client, file, endpoint, backup, options, same } = facts;
  const removed = options.remove === true;
  if (globals.json === true) {
    const changed = !same && options.dryRun !== true;
    ui.json({
      client: client.id,
      file,
      endpoint: removed ? null : endpoint,
      changed,
      backup: backup ?? null,
    });
    return;
  }
  const { paint } = ui;
  const state = removed ? "is not connected" : "is connected";
  if (same) {
    ui.line(`${paint.good("✓")} ${client.title} ${state} ${paint.dim("(nothing to change)")}`);
    return;
  }
  ui.line(`${paint.good("✓")} ${client.title} ${removed ? "no longer uses" : "uses"} ${endpoint}`);
  ui.line(`  ${paint.dim("file  ")} ${file}`);
  if (backup !== undefined) ui.line(`  ${paint.dim("backup")} ${backup}`);
  ui.line(`  ${paint.dim("next  ")} ${client.next}`);
}
