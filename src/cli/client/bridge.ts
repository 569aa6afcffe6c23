/**
 * A fleet on stdin and stdout, for MCP clients that only start programs. Each line in becomes one POST, each message
 * of an answer one line out; both eras pass as they are. What HTTP needs besides (headers, the session, the stream
 * for the server's own messages) is added here (2025-11-25 and 2026-07-28, Streamable HTTP).
 */
import {
  encodeError,
  encodeHeaderValue,
  FlotillaError,
  HEADER,
  isFlotillaError,
  isRecord,
  META,
  NAME_PARAM,
  oneLine,
  toWireError,
  type JsonRpcId,
} from "../../protocol/index.ts";
import { readText, send, type HttpDeps } from "./http.ts";
import { parameterHeaders } from "./mcp.ts";
import { readEvents } from "./sse.ts";

export interface BridgeDeps extends HttpDeps {
  /** "/mcp" or "/mcp/<worker>". */
  path: string;
  stdin: AsyncIterable<Uint8Array>;
  /** Takes one message, without the newline. */
  write(line: string): void;
}

/** Answers may take as long as the slowest tool; the gateway has the say. */
const TIMEOUT_MS = 3_600_000;
const CLOSE_TIMEOUT_MS = 2_000;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Schemas are kept to know which arguments are repeated as headers. */
const MAX_SCHEMAS = 10_000;

interface Session {
  id: string | undefined;
  version: string | undefined;
  schemas: Map<string, unknown>;
  /** Requests under way, by their id as JSON text. */
  running: Map<string, AbortController>;
  ended: AbortController;
}

/** Resolves when stdin ends; whatever is still under way is given up then. */
export async function runBridge(deps: BridgeDeps): Promise<void> {
  const session: Session = {
    id: undefined,
    version: undefined,
    schemas: new Map(),
    running: new Map(),
    ended: new AbortController(),
  };
  const open = new Set<Promise<void>>();
  for await (const line of linesOf(deps.stdin)) {
    const message = parse(line);
    if (message === undefined) continue;
    const done = handle(message, line, { deps, session }).finally(() => open.delete(done));
    open.add(done);
    // Nothing may overtake the handshake: the session's name comes with its answer.
    if (message["method"] === "initialize") await done;
  }
  session.ended.abort();
  await Promise.allSettled(open);
  await endSession(deps, session);
}

interface Around {
  deps: BridgeDeps;
  session: Session;
}

type Message = Record<string, unknown>;

async function handle(message: Message, line: string, around: Around): Promise<void> {
  const { deps, session } = around;
  const id = idOf(message);
  const stop = new AbortController();
  if (id !== undefined) session.running.set(JSON.stringify(id), stop);
  if (message["method"] === "notifications/cancelled") cancel(message, session);
  try {
    const response = await send(deps, {
      path: deps.path,
      method: "POST",
      timeoutMs: TIMEOUT_MS,
      headers: headersOf(message, session),
      body: line,
      signal: AbortSignal.any([stop.signal, session.ended.signal]),
    });
    session.id ??= response.headers.get(HEADER.sessionId) ?? undefined;
    await passOn(response, message, around);
    if (message["method"] === "notifications/initialized") void listen(around);
  } catch (error) {
    if (stop.signal.aborted || session.ended.signal.aborted || id === undefined) return;
    const known = isFlotillaError(error)
      ? error
      : new FlotillaError("internal", "The bridge failed.");
    deps.write(encodeError(id, toWireError(known)));
  } finally {
    if (id !== undefined) session.running.delete(JSON.stringify(id));
  }
}

/** Over HTTP a modern request is cancelled by leaving; the legacy notification travels like any other. */
function cancel({ params }: Message, session: Session): void {
  if (session.id !== undefined || !isRecord(params)) return;
  session.running.get(JSON.stringify(params["requestId"]))?.abort();
}

async function passOn(response: Response, request: Message, around: Around): Promise<void> {
  const type = (response.headers.get("content-type") ?? "").toLowerCase();
  if (type.startsWith("text/event-stream")) {
    for await (const { data } of readEvents(response)) {
      if (data !== "") out(data, request, around);
    }
    return;
  }
  const text = await readText(response);
  if (type.startsWith("application/json") && text !== "") out(text, request, around);
  else if (!response.ok) throw refused(response.status);
}

function refused(status: number): FlotillaError {
  if (status !== 404)
    return new FlotillaError("bad_request", `The fleet refused it (HTTP ${status}).`);
  return new FlotillaError("not_found", "The fleet no longer knows this session.", {
    hint: "Restart the server in your client.",
  });
}

/** Learns what later requests need from what passes by. */
function out(text: string, request: Message, { deps, session }: Around): void {
  const message = parse(text);
  const result = isRecord(message?.["result"]) ? message["result"] : undefined;
  if (request["method"] === "initialize" && typeof result?.["protocolVersion"] === "string") {
    session.version = result["protocolVersion"];
  }
  if (request["method"] === "tools/list" && Array.isArray(result?.["tools"])) {
    for (const tool of result["tools"].filter(isRecord)) {
      if (session.schemas.size < MAX_SCHEMAS)
        session.schemas.set(String(tool["name"]), tool["inputSchema"]);
    }
  }
  deps.write(oneLine(text));
}

function headersOf({ method, params }: Message, session: Session): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const meta = isRecord(params) && isRecord(params["_meta"]) ? params["_meta"] : {};
  const modern = meta[META.protocolVersion];
  if (typeof modern !== "string" || typeof method !== "string" || !isRecord(params)) {
    if (session.id !== undefined) headers[HEADER.sessionId] = session.id;
    if (session.version !== undefined) headers[HEADER.protocolVersion] = session.version;
    return headers;
  }
  headers[HEADER.protocolVersion] = modern;
  headers[HEADER.method] = method;
  const name = params[NAME_PARAM[method] ?? ""];
  if (typeof name === "string") headers[HEADER.name] = encodeHeaderValue(name);
  if (method !== "tools/call" || typeof name !== "string") return headers;
  return { ...headers, ...parameterHeaders(session.schemas.get(name), params["arguments"]) };
}

/** The server's own messages between answers. A fleet without such a stream says 405, and that is fine. */
async function listen({ deps, session }: Around): Promise<void> {
  const headers = { ...headersOf({}, session), accept: "text/event-stream" };
  try {
    const response = await send(deps, {
      path: deps.path,
      timeoutMs: TIMEOUT_MS,
      headers,
      signal: session.ended.signal,
    });
    if (response.ok)
      for await (const { data } of readEvents(response)) if (data !== "") deps.write(oneLine(data));
  } catch {
    // The stream is a convenience: calls go on without it.
  }
}

async function endSession(deps: BridgeDeps, session: Session): Promise<void> {
  if (session.id === undefined) return;
  const headers = headersOf({}, session);
  const call = { path: deps.path, method: "DELETE", timeoutMs: CLOSE_TIMEOUT_MS, headers };
  await send(deps, call).catch(() => undefined);
}

function idOf({ id, method }: Message): JsonRpcId | undefined {
  const named = typeof id === "string" || typeof id === "number";
  return named && typeof method === "string" ? id : undefined;
}

function parse(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function* linesOf(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stdin) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > MAX_LINE_BYTES) {
      throw new FlotillaError("message_too_large", "A line on stdin is larger than 16 MB.");
    }
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line.trim();
  }
}
