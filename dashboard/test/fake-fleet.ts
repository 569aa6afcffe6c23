/** A small stand-in for Flotilla's HTTP face: the dashboard in front of a fleet that a test writes line by line. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FleetEvent, WorkerStatus } from "../../src/protocol/api.ts";
import { createDashboard } from "../serve.node.ts";

export interface FakeTool {
  name: string;
  description?: string;
  inputSchema: Record<string, unknown>;
  annotations?: Record<string, unknown>;
  /** What a call answers: a result, or a JSON-RPC error. */
  answer: (args: Record<string, unknown>) => Record<string, unknown>;
}

/** What a test writes and reads. */
interface Script {
  workers: WorkerStatus[];
  tools: Map<string, FakeTool[]>;
  /** Every request that asks for something to be done. */
  asked: { path: string; headers: IncomingMessage["headers"]; body: unknown }[];
  /** To every page that listens now, and to those that come later. */
  emit(event: Fresh): void;
  /** Breaks all open streams; `refuse` also turns new ones away. */
  hangUp(options: { refuse: boolean }): void;
}

export interface FakeFleet extends Script, AsyncDisposable {
  url: string;
}

/** An event before it has a place in the log. */
export type Fresh = FleetEvent extends infer Event
  ? Event extends FleetEvent
    ? Omit<Event, "offset" | "atMs"> & { atMs?: number }
    : never
  : never;

type Reply = { status: number; body: unknown };

export async function startFakeFleet(): Promise<FakeFleet> {
  const log: string[] = [];
  const listeners = new Set<ServerResponse>();
  let refusing = false;
  const dashboard = createDashboard();
  const fleet: Script = {
    workers: [],
    tools: new Map(),
    asked: [],
    emit(event) {
      const whole = { atMs: Date.now(), ...event, offset: `all:${log.length}` };
      const message = `id: ${whole.offset}\ndata: ${JSON.stringify(whole)}\n\n`;
      log.push(message);
      for (const listener of listeners) listener.write(message);
    },
    hangUp({ refuse }) {
      refusing = refuse;
      for (const listener of listeners) listener.destroy();
      listeners.clear();
    },
  };
  const openStream = (request: IncomingMessage, response: ServerResponse, url: URL): void => {
    if (refusing) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 100\n\n");
    const last = request.headers["last-event-id"] ?? url.searchParams.get("after");
    const from = typeof last === "string" ? Number(last.split(":")[1]) + 1 : 0;
    for (const message of log.slice(from)) response.write(message);
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/api/v1/events/stream") openStream(request, response, url);
    else void answer({ fleet, dashboard }, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(fleet, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

interface Parts {
  fleet: Script;
  dashboard: ReturnType<typeof createDashboard>;
}

async function answer(
  parts: Parts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const path = incoming.url ?? "/";
  const reply = await apiReply(parts.fleet, incoming, path);
  if (reply !== undefined) {
    outgoing.writeHead(reply.status, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(reply.body));
    return;
  }
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const request = new Request(`http://127.0.0.1${path}`, {
    method: incoming.method ?? "GET",
    headers,
  });
  const response = (await parts.dashboard.fetch(request)) ?? new Response("", { status: 404 });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

async function apiReply(
  fleet: Parts["fleet"],
  incoming: IncomingMessage,
  path: string,
): Promise<Reply | undefined> {
  if (path === "/api/v1/fleet") {
    const body = { version: "0.1.0", startedAtMs: 0, leader: "here", workers: fleet.workers };
    return { status: 200, body };
  }
  if (incoming.method !== "POST") return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Message;
  const mcp = /^\/mcp\/([^/]+)$/.exec(path)?.[1];
  if (mcp === undefined || body.method !== "tools/list") {
    fleet.asked.push({ path, headers: incoming.headers, body });
  }
  if (mcp !== undefined) return { status: 200, body: mcpReply(fleet.tools.get(mcp) ?? [], body) };
  if (/\/(?:wake|retire)$/.test(path)) return { status: 202, body: { retired: [] } };
  return { status: 404, body: { error: { code: "not_found", message: "No such path." } } };
}

interface Message {
  id: number;
  method: string;
  params: { name?: string; arguments?: Record<string, unknown> };
}

function mcpReply(tools: FakeTool[], { id, method, params }: Message): Record<string, unknown> {
  if (method === "tools/list") {
    const listed = tools.map(({ name, description, inputSchema, annotations }) => ({
      name,
      description,
      inputSchema,
      annotations,
    }));
    return { jsonrpc: "2.0", id, result: { resultType: "complete", tools: listed } };
  }
  const tool = tools.find(({ name }) => name === params.name);
  return { jsonrpc: "2.0", id, ...tool?.answer(params.arguments ?? {}) };
}
