/** A fleet on an ephemeral port that answers as scripted: for tests of what the command line asks and shows. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type {
  FleetEvent,
  FleetStatus,
  ToolDefinition,
  WorkerStatus,
} from "../../protocol/index.ts";
import { DEFAULT_LIMITS, DEFAULT_SCALE, isRecord, routes } from "../../protocol/index.ts";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export interface FakeFleet {
  url: string;
  /** Everything asked so far. */
  seen: Seen[];
  close(): Promise<void>;
}

export interface Script {
  workers?: WorkerStatus[];
  /** By worker; the aggregate list is made of them. */
  tools?: Record<string, ToolDefinition[]>;
  events?: FleetEvent[];
  /** Answers a `tools/call`. Messages before the last are sent as SSE. */
  call?: (params: Record<string, unknown>) => unknown[];
  /** Answers anything else first. */
  other?: (request: Seen) => { status: number; body: unknown } | undefined;
}

export function fakeWorker(name: string, over: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    name,
    revision: "r1",
    kind: "command",
    origin: "config",
    naming: "prefixed",
    scale: DEFAULT_SCALE,
    limits: DEFAULT_LIMITS,
    summary: `npx -y ${name}`,
    health: { worker: name, state: "asleep", failures: 0, sinceMs: 0 },
    drones: [],
    offers: { tools: 1, prompts: 0, resources: 0 },
    ...over,
  };
}

export async function startFakeFleet(script: Script): Promise<FakeFleet> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await read(request);
      const entry: Seen = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body,
      };
      seen.push(entry);
      answer(entry, response, script);
    })();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<unknown> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? undefined : JSON.parse(text);
}

function answer(seen: Seen, response: ServerResponse, script: Script): void {
  const json = (body: unknown, status = 200): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const other = script.other?.(seen);
  const path = seen.path.split("?")[0] ?? "";
  if (other !== undefined) json(other.body, other.status);
  else if (path === routes.fleet()) json(fleetOf(script));
  else if (path === routes.events()) json({ events: script.events ?? [] });
  else if (path === routes.eventStream()) stream(response, script);
  else if (path.startsWith("/mcp")) mcp(seen, response, script);
  else if (/\/(wake|retire)$/.test(path)) json(action(path));
  else {
    const worker = script.workers?.find(({ name }) => path === routes.worker(name));
    if (worker === undefined) json({ error: { code: "not_found", message: "Nothing here." } }, 404);
    else json(worker);
  }
}

function action(path: string): unknown {
  const [worker, verb] = path.split("/").slice(-2);
  return verb === "wake" ? { worker, state: "ready" } : { worker, retired: ["drone-1", "drone-2"] };
}

function fleetOf({ workers = [] }: Script): FleetStatus {
  return { version: "0.0.0", startedAtMs: Date.now() - 3.2 * 3_600_000, leader: "me", workers };
}

function stream(response: ServerResponse, { events = [] }: Script): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) {
    response.write(`id: ${event.offset}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}

function mcp({ path, body }: Seen, response: ServerResponse, script: Script): void {
  const request = isRecord(body) ? body : {};
  const params = isRecord(request["params"]) ? request["params"] : {};
  const reply = (result: unknown) => ({ jsonrpc: "2.0", id: request["id"], result });
  if (request["method"] === "tools/list") {
    const worker = path.split("/")[2];
    const tools = worker === undefined ? aggregate(script) : (script.tools?.[worker] ?? []);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify(reply({ resultType: "complete", tools, ttlMs: 0, cacheScope: "public" })),
    );
    return;
  }
  const messages = script.call?.(params) ?? [];
  const last = messages.at(-1);
  const whole =
    isRecord(last) && "error" in last ? { jsonrpc: "2.0", id: 1, ...last } : reply(last);
  if (messages.length === 1) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const message of [...messages.slice(0, -1), whole]) {
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }
  response.end();
}

function aggregate({ tools = {}, workers = [] }: Script): ToolDefinition[] {
  return Object.entries(tools).flatMap(([worker, list]) => {
    const verbatim = workers.find(({ name }) => name === worker)?.naming === "verbatim";
    return list.map((tool) => (verbatim ? tool : { ...tool, name: `${worker}_${tool.name}` }));
  });
}
