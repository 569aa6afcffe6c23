import type { Command } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import { ownedTools, type OwnedTool } from "../client/catalog.ts";
import { createMcpClient } from "../client/mcp.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { didYouMean } from "../text/nearest.ts";
import { table, type Cell } from "../ui/table.ts";
import { oneLine } from "../ui/text.ts";
import { count } from "../ui/units.ts";
import { argumentLines } from "../ui/tool-page.ts";

interface Options {
  worker?: string;
  search?: string;
  schema?: true;
}

export function register(program: Command, host: Host): void {
  program
    .command("tools [name]")
    .description(
      "Lists what the fleet can do. With a tool's name, shows what it takes; with a worker's, its tools.",
    )
    .option("-w, --worker <name>", "only this worker's tools")
    .option("-s, --search <words>", "only tools whose name or description has all the words")
    .option("--schema", "the whole definitions, as JSON")
    .action(host.action((tool: string | undefined, options: Options) => run(host, tool, options)));
}

async function run(host: Host, name: string | undefined, options: Options): Promise<number> {
  const { ui, globals } = host;
  const shown = select(await listTools(host), name, options);
  if (globals.json === true || options.schema === true) {
    ui.json(shown.map(({ tool, worker }) => ({ worker: worker ?? null, ...tool })));
  } else if (shown[0] !== undefined && shown[0].tool.name === name) {
    ui.lines(argumentLines(shown[0].tool, ui));
  } else if (shown.length === 0) ui.note("No tool matches.");
  else ui.lines(rowsOf(shown, host));
  return EXIT.ok;
}

export async function listTools(host: Host): Promise<OwnedTool[]> {
  const api = await host.api();
  const { io, version } = host;
  const mcp = createMcpClient({ ...io, signal: io.signal, url: api.url, version });
  const { workers } = await api.fleet();
  return ownedTools(mcp, workers);
}

function select(tools: OwnedTool[], name: string | undefined, options: Options): OwnedTool[] {
  if (name !== undefined) {
    const found = tools.filter(({ tool }) => tool.name === name);
    if (found.length > 0) return found;
    // People type a worker's name as often as a tool's.
    const owned = tools.filter(({ worker }) => worker === name);
    if (owned.length > 0) return owned;
    const hint = didYouMean(
      name,
      tools.map(({ tool }) => tool.name),
    );
    throw new FlotillaError("bad_request", `The fleet has no tool "${name.slice(0, 80)}".`, {
      hint: hint ?? "See them with `flotilla tools`.",
    });
  }
  const words = (options.search ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return tools.filter(({ tool, worker }) => {
    if (options.worker !== undefined && worker !== options.worker) return false;
    const text = `${tool.name} ${tool.title ?? ""} ${tool.description ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Tools stand together by worker; the worker is named once. */
function rowsOf(tools: OwnedTool[], { ui }: Host): string[] {
  const { paint, columns } = ui;
  const workers = new Set(tools.map(({ worker }) => worker));
  const sorted = tools.toSorted((a, b) => (a.worker ?? "").localeCompare(b.worker ?? ""));
  let before: string | undefined;
  const rows = sorted.map(({ tool, worker }): Cell[] => {
    const repeated = worker === before;
    before = worker;
    return [
      {
        text: repeated && columns !== Number.POSITIVE_INFINITY ? "" : (worker ?? "?"),
        paint: paint.bold,
      },
      { text: oneLine(tool.name), paint: paint.name },
      { text: firstSentence(tool.description ?? tool.title ?? "") },
    ];
  });
  const heads = [{ title: "WORKER" }, { title: "TOOL" }, { title: "WHAT IT DOES", flexible: true }];
  const lines = table(heads, rows, { columns, title: paint.dim });
  const foot = `${count(tools.length, "tool")} of ${count(workers.size, "worker")}`;
  return columns === Number.POSITIVE_INFINITY ? lines : [...lines, "", paint.dim(foot)];
}

function firstSentence(text: string): string {
  const line = oneLine(text);
  return /^.*?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
}
