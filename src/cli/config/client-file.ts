/**
 * The server lists of MCP clients, unchanged: Claude Desktop and Code, Cursor, VS Code, Windsurf, Zed, Gemini, Codex.
 * Clients add keys of their own at will, so unknown keys are no mistake here; what a server needs is checked.
 */
import type { Drafts, RawRun, Transport, WorkerDraft } from "./draft.ts";
import { RESERVED_NAMES } from "../../protocol/index.ts";
import { isRecord } from "./draft.ts";
import { freeName, normaliseName } from "./names.ts";
import { problemAt, type Path, type Problem } from "./problems.ts";
import { MAX_WORKERS } from "./schema.ts";
import type { Source } from "./source.ts";

/** Where clients keep their list. VS Code: `servers` in mcp.json, `mcp.servers` in settings.json. */
const LISTS: readonly Path[] = [
  ["mcpServers"],
  ["context_servers"],
  ["mcp_servers"],
  ["mcp", "servers"],
  ["servers"],
];

/** The path of the server list when the value looks like a client's file. */
export function clientListPath(value: unknown): Path | undefined {
  return LISTS.find((path) => isRecord(at(value, path)));
}

export function at(value: unknown, path: Path): unknown {
  let here: unknown = value;
  for (const part of path) here = isRecord(here) ? here[part] : undefined;
  return here;
}

interface Where {
  path: Path;
  /** Names that other entries have already; they are not given twice. */
  taken?: ReadonlySet<string>;
}

export function clientDrafts(source: Source, { path, taken = new Set() }: Where): Drafts {
  const list = at(source.value, path);
  const entries = isRecord(list) ? Object.entries(list) : [];
  const result: Drafts = { drafts: [], problems: [], warnings: [] };
  if (entries.length > MAX_WORKERS) {
    const message = `at most ${MAX_WORKERS} servers are read`;
    return { ...result, problems: [problemAt(source, { path, message })] };
  }
  const used = new Set([...taken, ...RESERVED_NAMES]);
  for (const [given, entry] of entries) {
    const here = [...path, given];
    const note = (message: string, hint?: string): Problem =>
      problemAt(source, { path: here, part: "key", message, hint });
    const read = readEntry(entry);
    if (read.kind === "skip") result.warnings.push(note(read.why));
    if (read.kind === "wrong") {
      const place = { path: [...here, ...read.at], message: read.message, hint: read.hint };
      result.problems.push(problemAt(source, place));
    }
    if (read.kind !== "run") continue;
    const name = freeName(normaliseName(given), (candidate) => used.has(candidate));
    used.add(name);
    if (name !== given) result.warnings.push(note(`is called "${name}" in the fleet`));
    const draft: WorkerDraft = { name, path: here, origin: "import", run: read.run };
    result.drafts.push(draft);
  }
  return result;
}

type Read =
  | { kind: "run"; run: RawRun }
  | { kind: "skip"; why: string }
  | { kind: "wrong"; at: Path; message: string; hint?: string };

function readEntry(entry: unknown): Read {
  if (!isRecord(entry)) return { kind: "wrong", at: [], message: "expected a group of keys" };
  if (entry["disabled"] === true || entry["enabled"] === false) {
    return { kind: "skip", why: "is switched off in this file and left out" };
  }
  const url = entry["url"] ?? entry["serverUrl"] ?? entry["httpUrl"];
  if (url !== undefined) return readUrl(entry, url);
  if (entry["command"] !== undefined) return readCommand(entry);
  if (entry["settings"] !== undefined || entry["source"] === "extension") {
    return { kind: "skip", why: "comes from an editor's extension and cannot be started here" };
  }
  const hint = 'A local server needs "command", a remote one "url".';
  return { kind: "wrong", at: [], message: "neither a command nor a URL", hint };
}

function readUrl(entry: Record<string, unknown>, url: unknown): Read {
  const key = ["url", "serverUrl", "httpUrl"].find((name) => entry[name] === url) ?? "url";
  if (typeof url !== "string") return { kind: "wrong", at: [key], message: "expected text" };
  const headers = strings(entry, ["headers", "http_headers"]);
  if ("wrong" in headers) return headers.wrong;
  const type = entry["type"] ?? entry["transport"];
  return {
    kind: "run",
    run: { kind: "url", url, headers: headers.value, transport: transportOf(type, key) },
  };
}

/** Clients spell the transports in many ways; what is unknown is tried out. */
function transportOf(type: unknown, key: string): Transport {
  const name = typeof type === "string" ? type.toLowerCase().replaceAll(/[-_]/g, "") : "";
  if (name === "sse") return "sse";
  if (["http", "streamablehttp"].includes(name) || key === "httpUrl") return "streamable-http";
  return "auto";
}

function readCommand(entry: Record<string, unknown>): Read {
  // Zed once wrote { command: { path, args, env } }.
  const nested = isRecord(entry["command"]) ? entry["command"] : undefined;
  const holder = nested ?? entry;
  const command = nested === undefined ? entry["command"] : nested["path"];
  if (typeof command !== "string" || command === "") {
    const where = nested === undefined ? ["command"] : ["command", "path"];
    return { kind: "wrong", at: where, message: "expected a program to run, such as npx" };
  }
  const args = holder["args"] ?? [];
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string")) {
    return { kind: "wrong", at: ["args"], message: "expected a list of texts" };
  }
  const env = strings(holder, ["env"]);
  if ("wrong" in env) return env.wrong;
  const run: RawRun = { kind: "command", command, args, env: env.value };
  if (typeof entry["cwd"] === "string") run.cwd = entry["cwd"];
  if (typeof entry["envFile"] === "string") run.envFile = entry["envFile"];
  return { kind: "run", run };
}

/** Numbers and booleans are common slips in `env`, harmless and clear; VS Code writes null for "unset". */
function strings(
  entry: Record<string, unknown>,
  keys: readonly string[],
): { value: Record<string, string> } | { wrong: Read } {
  const key = keys.find((name) => entry[name] !== undefined && entry[name] !== null);
  if (key === undefined) return { value: {} };
  const group = entry[key];
  const wrong = (where: Path): { wrong: Read } => ({
    wrong: { kind: "wrong", at: [key, ...where], message: "expected text" },
  });
  if (!isRecord(group)) return wrong([]);
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(group)) {
    if (value === null) continue;
    if (typeof value === "string") pairs.push([name, value]);
    else if (typeof value === "number" || typeof value === "boolean")
      pairs.push([name, `${value}`]);
    else return wrong([name]);
  }
  return { value: Object.fromEntries(pairs) };
}
