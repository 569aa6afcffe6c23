import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { FlotillaError, isFlotillaError, isRecord } from "../../protocol/index.ts";
import {
  parseCall,
  propertiesOf,
  put,
  typesOf,
  usage,
  type ParsedCall,
} from "../client/arguments.ts";
import { findTool } from "../client/catalog.ts";
import { checkArguments } from "../client/check-arguments.ts";
import { createMcpClient, type McpClient, type Progress } from "../client/mcp.ts";
import { locateFleet } from "../client/locate.ts";
import { parseDurationMs } from "../config/units.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { oneLine } from "../ui/text.ts";
import { argumentLines } from "../ui/tool-page.ts";
import { printResult } from "../ui/result.ts";

const DEFAULT_TIMEOUT = "120s";
/** Arguments travel in one message; the fleet takes 16 MB. */
const MAX_INPUT_BYTES = 16 * 1024 * 1024;

export function register(program: Command, host: Host): void {
  program
    .command("call")
    .usage("[options] <tool> [--argument value ...]")
    .argument("<tool>", "as `flotilla tools` lists it, or worker/tool")
    .argument("[words...]", "the tool's arguments, by name")
    .description(
      "Calls a tool. Arguments are checked against the tool's schema before anything is sent.\n" +
        "Flotilla's own options may follow the tool's name where the tool has none of that name.",
    )
    .option(
      "--args <json>",
      "arguments as JSON; @file reads a file, - reads stdin (also: --json '{…}')",
    )
    .option("--file <name=path>", "an argument's value from a file")
    .option("--out <path>", "save images and other files of the answer here")
    .option("--timeout <duration>", `how long to wait (default ${DEFAULT_TIMEOUT})`)
    .passThroughOptions()
    .addHelpText("after", () => `\nWhat a tool takes: flotilla call TOOL --help\n`)
    .action(
      host.action((tool: string, words: string[], own: OwnOptions) =>
        call(host, { tool, words, own }),
      ),
    );
}

interface OwnOptions {
  args?: string;
  file?: string;
  out?: string;
  timeout?: string;
}

interface Asked {
  tool: string;
  words: string[];
  own: OwnOptions;
}

async function call(host: Host, asked: Asked): Promise<number> {
  const found = await resolveTool(host, asked);
  const { mcp, tool, worker, parsed } = found;
  const json = host.globals.json === true || parsed.json;
  if (parsed.help) {
    host.ui.lines(argumentLines(tool, host.ui));
    return EXIT.ok;
  }
  const args = await gather(host, found, asked.own);
  if (!checkArguments(tool, args))
    host.ui.note("The tool's schema cannot be checked here; sent as it is.");
  const timeout = parsed.timeout ?? asked.own.timeout ?? DEFAULT_TIMEOUT;
  const timeoutMs = parseDurationMs(timeout);
  if (timeoutMs === undefined)
    throw usage("--timeout expects a duration", "For example 30s or 5m.");
  const spinner = json ? undefined : host.ui.spinner();
  const onProgress = (progress: Progress): void => spinner?.say(progressWords(progress));
  spinner?.say(`calling ${oneLine(tool.name)}`);
  try {
    const result = await mcp.callTool({ tool, worker, args }, { timeoutMs, onProgress });
    spinner?.stop();
    const out = parsed.out ?? asked.own.out;
    return await printResult(result, { host, json, ...(out === undefined ? {} : { out }) });
  } finally {
    spinner?.stop();
  }
}

interface Found {
  mcp: McpClient;
  tool: Awaited<ReturnType<typeof findTool>>["tool"];
  worker: string | undefined;
  parsed: ParsedCall;
}

/**
 * The schema decides whether `--url` after the tool's name is the tool's or ours, and the schema comes from the
 * fleet: so the usual fleet is asked first, and the one behind `--url` only when the tool cannot have meant it.
 */
async function resolveTool(host: Host, { tool: name, words }: Asked): Promise<Found> {
  const at = async (url: string) => {
    const { io, version } = host;
    const mcp = createMcpClient({ ...io, signal: io.signal, url, version });
    const { tool, worker } = await findTool(mcp, name);
    return { mcp, tool, worker, parsed: parseCall(words, tool) };
  };
  const typed = urlIn(words);
  const settled = host.globals.url !== undefined || typed === undefined;
  try {
    const found = await at(await host.fleetUrl());
    if (settled || found.parsed.url === undefined) return found;
  } catch (error) {
    const elsewhere =
      isFlotillaError(error) && ["fleet_unreachable", "bad_request"].includes(error.code);
    if (settled || !elsewhere) throw error;
  }
  const found = await at(await locateFleet(host.io, typed));
  if (found.parsed.url !== undefined) return found;
  throw usage(
    `${name} has an argument --url of its own`,
    "Put the fleet's --url before the tool's name.",
  );
}

function urlIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === "--url" || word.startsWith("--url="));
  const word = at < 0 ? undefined : words[at];
  return word === "--url" ? words[at + 1] : word?.slice("--url=".length);
}

/** The document first, files over it, flags over both: what is typed last and most by hand wins. */
async function gather(host: Host, { parsed, tool }: Found, own: OwnOptions) {
  const args: Record<string, unknown> = {};
  const document = parsed.document ?? own.args;
  if (document !== undefined) {
    for (const [name, value] of Object.entries(await readDocument(host, document)))
      put(args, name, value);
  }
  const files = [...(own.file === undefined ? [] : [splitFile(own.file)]), ...parsed.files];
  for (const { name, path } of files) {
    const schema = propertiesOf(tool)[name];
    const text = await readInput(host, path);
    const before = Object.hasOwn(args, name) ? args[name] : undefined;
    put(args, name, fileValue({ schema, text, path, before }));
  }
  for (const [name, value] of Object.entries(parsed.args)) put(args, name, value);
  return args;
}

function splitFile(text: string): { name: string; path: string } {
  const at = text.indexOf("=");
  if (at < 1) throw usage("--file expects name=path", "For example --file sql=query.sql.");
  return { name: text.slice(0, at), path: text.slice(at + 1).replace(/^@/, "") };
}

/** A text argument gets the text; `files: {path: text}` gains an entry; anything else is read as JSON. */
function fileValue(from: {
  schema: unknown;
  text: string;
  path: string;
  before: unknown;
}): unknown {
  const { schema, text, path, before } = from;
  const types = typesOf(schema);
  if (types.length === 0 || types.includes("string")) return text;
  const values = isRecord(schema) ? schema["additionalProperties"] : undefined;
  if (types.includes("object") && typesOf(values).includes("string") && !path.endsWith(".json")) {
    const map = isRecord(before) ? { ...before } : {};
    put(map, path, text);
    return map;
  }
  return parseJson(text, path);
}

async function readDocument(host: Host, document: string): Promise<Record<string, unknown>> {
  const read = document === "-" || document.startsWith("@");
  const text = read ? await readInput(host, document.replace(/^@/, "")) : document;
  const value = parseJson(text, read ? document : "--args");
  if (isRecord(value)) return value;
  throw usage("the arguments must be one JSON object", `For example '{"name": "value"}'.`);
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? (/position \d+.*$/.exec(error.message)?.[0] ?? "") : "";
    throw usage(
      `${where} is not valid JSON`,
      reason === "" ? "Check quotes and commas." : `Look at ${reason}.`,
    );
  }
}

async function readInput({ io }: Host, path: string): Promise<string> {
  if (path === "-") return readAll(io.stdin);
  const file = resolve(io.cwd, path);
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true) throw usage(`${path}: no such file`, "Check the path.");
  if (facts.size > MAX_INPUT_BYTES) throw usage(`${path} is larger than 16 MB`, "Send less of it.");
  return readFile(file, "utf8");
}

async function readAll(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of stdin) {
    bytes += chunk.byteLength;
    if (bytes > MAX_INPUT_BYTES) {
      throw new FlotillaError("message_too_large", "stdin holds more than 16 MB.");
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function progressWords({ progress, total, message }: Progress): string {
  const done =
    total === undefined || total <= 0 ? "" : `${Math.round((progress / total) * 100)} % `;
  return `${done}${oneLine(message ?? "working")}`;
}
