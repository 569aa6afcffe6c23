/** Answers the shells' completion scripts: candidates with a word about each, one per line, a tab between. */
import type { Command } from "commander";
import { createApiClient } from "../client/api.ts";
import { propertiesOf } from "../client/arguments.ts";
import { locateFleet } from "../client/locate.ts";
import { createMcpClient } from "../client/mcp.ts";
import { CLIENTS } from "../clients/known.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { oneLine } from "../ui/text.ts";
import { VERBS } from "../verbs.ts";
import { isRecord } from "../../protocol/index.ts";

type Candidate = readonly [word: string, about: string];

/** Nobody waits longer for a tab key. */
const PATIENCE_MS = 800;
const MAX_CANDIDATES = 500;

export function registerComplete(program: Command, host: Host): void {
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .passThroughOptions()
    .allowUnknownOption()
    .action(
      host.action(async (typed: string[]) => {
        const found = await candidates(host, typed.length === 0 ? [""] : typed);
        const current = typed.at(-1) ?? "";
        const lines = found
          .filter(([word]) => word.startsWith(current))
          .slice(0, MAX_CANDIDATES)
          .map(([word, what]) => `${oneLine(word)}\t${oneLine(what).slice(0, 80)}\n`);
        host.io.stdout.write(lines.join(""));
        return EXIT.ok;
      }),
    );
}

async function candidates(host: Host, words: readonly string[]): Promise<Candidate[]> {
  const typed = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  const verb = typed.find((word) => !word.startsWith("-"));
  if (verb === undefined) return VERBS.map(({ name, summary }) => [name, summary]);
  const options = await optionsOf(host, verb);
  const before = typed.at(-1) ?? "";
  if (before === "--worker" || before === "-w") return workers(host);
  if (verb === "call") return callCandidates(host, { typed, current, options });
  if (current.startsWith("-")) return options;
  if (verb === "wake" || verb === "retire") return workers(host);
  if (verb === "tools") return tools(host);
  if (verb === "connect" || verb === "import") return CLIENTS.map(({ id, title }) => [id, title]);
  if (verb === "completion") return ["bash", "zsh", "fish"].map((shell) => [shell, ""]);
  if (verb === "help") return VERBS.map(({ name, summary }) => [name, summary]);
  return [];
}

async function callCandidates(
  host: Host,
  at: { typed: readonly string[]; current: string; options: Candidate[] },
): Promise<Candidate[]> {
  const words = at.typed.slice(at.typed.indexOf("call") + 1);
  const tool = words.find((word) => !word.startsWith("-"));
  if (tool === undefined) return at.current.startsWith("-") ? at.options : tools(host);
  if (!at.current.startsWith("-")) return [];
  const list = await quietly(() => mcpOf(host).then((mcp) => mcp.listTools()));
  const found = list.find(({ name }) => name === tool);
  const properties = Object.entries(found === undefined ? {} : propertiesOf(found));
  return [
    ...properties.map(([name, schema]): Candidate => [`--${name}`, about(schema)]),
    ...at.options,
  ];
}

function about(schema: unknown): string {
  const text = isRecord(schema) ? schema["description"] : undefined;
  return typeof text === "string" ? text : "";
}

/** The verb's own file knows its options; the scratch program never runs. */
async function optionsOf(host: Host, name: string): Promise<Candidate[]> {
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (verb === undefined) return [];
  const { Command: Scratch } = await import("commander");
  const { addGlobals } = await import("../host.ts");
  const scratch = new Scratch().enablePositionalOptions();
  const { register } = await verb.load();
  register(scratch, host);
  const command = scratch.commands[0];
  if (command === undefined) return [];
  addGlobals(command);
  return command.options.map((option): Candidate => [
    option.long ?? option.short ?? "",
    option.description,
  ]);
}

async function workers(host: Host): Promise<Candidate[]> {
  return quietly(async () => {
    const api = createApiClient(await deps(host));
    const { workers: list } = await api.fleet();
    return list.map(({ name, summary }): Candidate => [name, summary]);
  });
}

async function tools(host: Host): Promise<Candidate[]> {
  return quietly(async () => {
    const mcp = await mcpOf(host);
    const list = await mcp.listTools();
    return list.map(({ name, description }): Candidate => [name, description ?? ""]);
  });
}

async function mcpOf(host: Host) {
  return createMcpClient({ ...(await deps(host)), version: host.version });
}

async function deps({ io, globals }: Host) {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const url = await locateFleet(io, globals.url);
  return { url, fetch: io.fetch, clock: io.clock, signal: late };
}

/** A fleet that is not there completes nothing, without a word. */
async function quietly<T>(ask: () => Promise<T[]>): Promise<T[]> {
  try {
    return await ask();
  } catch {
    return [];
  }
}
