/** The smallest modern MCP client a command line needs (2026-07-28, Streamable HTTP): one POST, one answer. */
import {
  encodeHeaderValue,
  FlotillaError,
  HEADER,
  isRecord,
  LATEST_MODERN,
  META,
  type CallToolResult,
  type FlotillaErrorCode,
  type ToolDefinition,
} from "../../protocol/index.ts";
import { notFlotilla, readText, send, type HttpDeps } from "./http.ts";
import { readEvents } from "./sse.ts";

export interface McpDeps extends HttpDeps {
  version: string;
}

export interface Progress {
  progress: number;
  total?: number;
  message?: string;
}

export interface CallOptions {
  timeoutMs: number;
  onProgress?: (progress: Progress) => void;
}

export interface McpClient {
  /** All pages. `worker` chooses one worker's own names instead of the fleet's. */
  listTools(worker?: string): Promise<ToolDefinition[]>;
  callTool(
    target: { tool: ToolDefinition; worker?: string | undefined; args: Record<string, unknown> },
    options: CallOptions,
  ): Promise<CallToolResult & Record<string, unknown>>;
}

const LIST_TIMEOUT_MS = 15_000;
/** Lists of more pages come from a worker that counts in circles. */
const MAX_PAGES = 200;

export function createMcpClient(deps: McpDeps): McpClient {
  return {
    async listTools(worker) {
      const tools: ToolDefinition[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const params = cursor === undefined ? {} : { cursor };
        const options = { timeoutMs: LIST_TIMEOUT_MS };
        const result = await request(deps, { worker, method: "tools/list", params }, options);
        if (!Array.isArray(result["tools"])) throw notFlotilla(deps.url);
        tools.push(...result["tools"].filter(isTool));
        const next = result["nextCursor"];
        if (typeof next !== "string" || next === cursor) break;
        cursor = next;
      }
      return tools;
    },
    async callTool({ tool, worker, args }, options) {
      const params = { name: tool.name, arguments: args };
      const headers = parameterHeaders(tool.inputSchema, args);
      const what = { worker, method: "tools/call", params, headers };
      const result = await request(deps, what, options);
      const content = Array.isArray(result["content"]) ? result["content"].filter(isBlock) : [];
      return { ...result, content };
    },
  };
}

interface What {
  worker: string | undefined;
  method: string;
  params: Record<string, unknown>;
  headers?: Record<string, string>;
}

async function request(deps: McpDeps, what: What, options: CallOptions) {
  const path = what.worker === undefined ? "/mcp" : `/mcp/${encodeURIComponent(what.worker)}`;
  const late = new AbortController();
  const timer = deps.clock.after(options.timeoutMs, () => late.abort());
  try {
    const response = await send(deps, {
      path,
      method: "POST",
      timeoutMs: options.timeoutMs,
      headers: headersOf(what),
      body: JSON.stringify(bodyOf(what, { deps, options })),
      signal: late.signal,
    });
    return await answerOf(response, { deps, options });
  } catch (error) {
    if (!late.signal.aborted || deps.signal.aborted) throw error;
    throw new FlotillaError("call_timeout", "The fleet took too long to answer.", {
      hint: "Give it longer with --timeout, or look at `flotilla ps` and `flotilla logs`.",
    });
  } finally {
    timer.cancel();
  }
}

function headersOf({ method, params, headers }: What): Record<string, string> {
  const { name } = params;
  return {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    [HEADER.protocolVersion]: LATEST_MODERN,
    [HEADER.method]: method,
    ...(typeof name === "string" ? { [HEADER.name]: encodeHeaderValue(name) } : {}),
    ...headers,
  };
}

function bodyOf({ method, params }: What, around: { deps: McpDeps; options: CallOptions }) {
  const envelope = {
    [META.protocolVersion]: LATEST_MODERN,
    [META.clientCapabilities]: {},
    [META.clientInfo]: { name: "flotilla-cli", version: around.deps.version },
    ...(around.options.onProgress === undefined ? {} : { [META.progressToken]: 1 }),
  };
  return { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: envelope } };
}

/** Arguments that the tool wants repeated as headers (`x-mcp-header`, SEP-2243). */
export function parameterHeaders(
  schema: unknown,
  args: unknown,
  depth = 0,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const properties = isRecord(schema) && isRecord(schema["properties"]) ? schema["properties"] : {};
  if (depth > 16) return headers;
  for (const [name, property] of Object.entries(properties)) {
    const value = isRecord(args) && Object.hasOwn(args, name) ? args[name] : undefined;
    if (!isRecord(property) || value === undefined || value === null) continue;
    const header = property["x-mcp-header"];
    const simple =
      typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (typeof header === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(header) && simple) {
      headers[`${HEADER.paramPrefix}${header}`] = encodeHeaderValue(String(value));
    }
    Object.assign(headers, parameterHeaders(property, value, depth + 1));
  }
  return headers;
}

async function answerOf(response: Response, around: { deps: McpDeps; options: CallOptions }) {
  const { deps, options } = around;
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "text/event-stream") return resultOf(parse(await readText(response)), deps.url);
  for await (const { data } of readEvents(response)) {
    const message = parse(data);
    if (!isRecord(message)) continue;
    if (message["method"] === "notifications/progress") tell(message["params"], options);
    if (message["id"] !== undefined && message["method"] === undefined) {
      // Leaving the loop closes the stream; nothing after the answer is of interest.
      return resultOf(message, deps.url);
    }
  }
  throw new FlotillaError("drone_lost", "The connection ended before the answer came.", {
    hint: "The call may have run. `flotilla logs` tells more.",
  });
}

function tell(params: unknown, { onProgress }: CallOptions): void {
  if (!isRecord(params) || typeof params["progress"] !== "number") return;
  const { progress, total, message } = params;
  onProgress?.({
    progress,
    ...(typeof total === "number" ? { total } : {}),
    ...(typeof message === "string" ? { message } : {}),
  });
}

function resultOf(message: unknown, url: string): Record<string, unknown> {
  if (isRecord(message) && isRecord(message["result"])) return message["result"];
  const error = isRecord(message) ? message["error"] : undefined;
  if (!isRecord(error)) throw notFlotilla(url);
  throw failureOf(error);
}

const KNOWN: readonly string[] = [
  "call_already_ran",
  "call_ambiguous",
  "call_cancelled",
  "call_timeout",
  "drone_lost",
  "drone_protocol",
  "forbidden",
  "message_too_large",
  "not_found",
  "not_supported",
  "overloaded",
  "wake_timeout",
  "worker_crash_loop",
  "worker_unavailable",
  "worker_unknown",
] satisfies FlotillaErrorCode[];

function isKnown(code: unknown): code is FlotillaErrorCode {
  return typeof code === "string" && KNOWN.includes(code);
}

/** Flotilla's own wire errors name their code; others are the worker's and are told as they came. */
function failureOf(error: Record<string, unknown>): FlotillaError {
  const data = isRecord(error["data"]) ? error["data"] : {};
  const said = typeof data["reason"] === "string" ? data["reason"] : error["message"];
  const code = isKnown(data["code"]) ? data["code"] : "worker_unavailable";
  return new FlotillaError(code, typeof said === "string" ? said : "the worker refused", {
    data: { wire: error },
    ...(typeof data["hint"] === "string" ? { hint: data["hint"] } : {}),
    ...(typeof data["retryAfterMs"] === "number" ? { retryAfterMs: data["retryAfterMs"] } : {}),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTool(value: unknown): value is ToolDefinition {
  return isRecord(value) && typeof value["name"] === "string" && isRecord(value["inputSchema"]);
}

function isBlock(value: unknown): value is CallToolResult["content"][number] {
  return isRecord(value) && typeof value["type"] === "string";
}
