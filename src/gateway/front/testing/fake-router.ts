/** A scripted router and the requests that clients of both eras send, for the tests of the front. */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import { encodeHeaderValue } from "../../../protocol/headers.ts";
import { META } from "../../../protocol/meta.ts";
import type { DirectoryEntry } from "../../cards/directory.ts";
import type { ListenRequest, McpOutcome, McpRequest, Router } from "../../call.ts";

export interface FakeRouter extends Router {
  readonly requests: McpRequest[];
  readonly listens: ListenRequest[];
  /** What the next calls do; without one they echo. */
  onCall: ((request: McpRequest) => Promise<McpOutcome> | McpOutcome) | undefined;
  ready: boolean;
  workers: Record<string, { state: string; lastError?: string }>;
}

export const SERVER_INFO = { name: "fake", version: "1.2.3" };

export function resultOf(value: Record<string, unknown>): McpOutcome {
  const meta = { [META.serverInfo]: SERVER_INFO };
  return {
    kind: "result",
    result: { text: JSON.stringify({ resultType: "complete", ...value, _meta: meta }) },
  };
}

export const DISCOVERED = {
  supportedVersions: ["2026-07-28"],
  capabilities: {
    tools: { listChanged: true },
    extensions: { "io.modelcontextprotocol/tasks": {}, "io.modelcontextprotocol/ui": {} },
  },
  instructions: "Be kind.",
  ttlMs: 1000,
  cacheScope: "public",
};

function entryOf(endpoint: string): DirectoryEntry {
  const name = endpoint === "" ? "fake" : endpoint;
  const updatedAtMs = endpoint === "b" ? 2_000 : 1_000;
  return { endpoint, name, title: name, version: "1.2.3", description: "A fake.", updatedAtMs };
}

/** Knows the aggregate and the workers `a` and `b`; echoes `tools/call`; honours every subscription but `test://deaf`. */
export function createFakeRouter(): FakeRouter {
  const router: FakeRouter = {
    requests: [],
    listens: [],
    onCall: undefined,
    ready: true,
    workers: { a: { state: "ready" } },
    async handle(request) {
      router.requests.push(request);
      if (request.method === "server/discover") return resultOf(DISCOVERED);
      if (router.onCall !== undefined) return router.onCall(request);
      return resultOf({ content: [{ type: "text", text: JSON.stringify(request.params) }] });
    },
    listen(request) {
      router.listens.push(request);
      const resourceSubscriptions = request.filter.resourceSubscriptions.filter(
        (uri) => uri !== "test://deaf",
      );
      return Promise.resolve({ ...request.filter, resourceSubscriptions });
    },
    knows: (endpoint) =>
      endpoint.kind === "aggregate" || endpoint.worker === "a" || endpoint.worker === "b",
    directory: () => ["", "a", "b"].map(entryOf),
    health: () => ({ ready: router.ready, workers: router.workers }),
  };
  return router;
}

export interface ManualClock extends Clock {
  /** Moves time on and fires what is due. */
  advance(ms: number): void;
}

export function createManualClock(): ManualClock {
  let now = 1_000_000;
  const timers = new Set<{ at: number; fire: () => void }>();
  return {
    now: () => now,
    monotonicMs: () => now,
    after(delayMs, fire): Timer {
      const timer = { at: now + delayMs, fire };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers]
          .filter(({ at }) => at <= end)
          .toSorted((one, other) => one.at - other.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.fire();
      }
      now = end;
    },
  };
}

export const BASE = "http://localhost:7420";

export interface ModernOptions {
  path?: string;
  id?: string | number;
  meta?: Record<string, unknown>;
  /** Set a header to undefined to leave it out. */
  headers?: Record<string, string | undefined>;
  signal?: AbortSignal;
}

/** A correct modern request, with what the options change. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  options: ModernOptions = {},
): Request {
  const { path = "/mcp", id = 1, meta, signal } = options;
  const name = params["name"] ?? params["uri"];
  const headers: Record<string, string | undefined> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": encodeHeaderValue(name) } : {}),
    ...options.headers,
  };
  const envelope = {
    [META.protocolVersion]: "2026-07-28",
    [META.clientCapabilities]: {},
    ...meta,
  };
  return new Request(`${BASE}${path}`, {
    method: "POST",
    headers: present(headers),
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: envelope } }),
    ...(signal === undefined ? {} : { signal }),
  });
}

export interface PostOptions {
  path?: string;
  session?: string | undefined;
  headers?: Record<string, string | undefined>;
  signal?: AbortSignal;
}

/** A legacy POST of any body. */
export function post(body: unknown, options: PostOptions = {}): Request {
  const headers: Record<string, string | undefined> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-session-id": options.session,
    ...options.headers,
  };
  return new Request(`${BASE}${options.path ?? "/mcp"}`, {
    method: "POST",
    headers: present(headers),
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

export const initializeBody = (protocolVersion = "2025-11-25"): Record<string, unknown> => ({
  jsonrpc: "2.0",
  id: "init",
  method: "initialize",
  params: { protocolVersion, capabilities: {}, clientInfo: { name: "test", version: "0" } },
});

function present(headers: Record<string, string | undefined>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) kept[name] = value;
  return kept;
}
