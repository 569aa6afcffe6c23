import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../protocol/index.ts";
import { runBridge } from "./bridge.ts";

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

let server: ReturnType<typeof createServer>;
let answer: Answer;
let url: string;
let asked: { method: string; headers: IncomingMessage["headers"]; body: string }[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      asked.push({ method: request.method ?? "", headers: request.headers, body });
      answer(request, body, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterEach(
  () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
);

const MODERN = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise<void>((done) => setImmediate(done));
}

/** A client at the other end of the pipes. */
function client() {
  const lines: string[] = [];
  const readers: (() => void)[] = [];
  const queue: Uint8Array[] = [];
  let closed = false;
  let wake: (() => void) | undefined;
  async function* stdin(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = queue.shift();
      if (chunk !== undefined) yield chunk;
      else if (closed) return;
      else await new Promise<void>((done) => (wake = done));
    }
  }
  const write = (line: string): void => {
    lines.push(line);
    for (const read of readers.splice(0)) read();
  };
  const { signal } = new AbortController();
  const deps = { url, path: "/mcp", fetch, clock: systemClock, signal, stdin: stdin(), write };
  const ended = runBridge(deps);
  const push = (text: string): void => {
    queue.push(new TextEncoder().encode(text));
    wake?.();
  };
  return {
    say: (message: unknown) => push(`${JSON.stringify(message)}\n`),
    push,
    end: () => {
      closed = true;
      wake?.();
      return ended;
    },
    /** The line at that index, once it has come. */
    line: async (index: number): Promise<Record<string, unknown>> => {
      while (lines.length <= index) await new Promise<void>((done) => readers.push(done));
      return JSON.parse(lines[index] ?? "") as Record<string, unknown>;
    },
    lines,
  };
}

const json = (response: ServerResponse, body: unknown, headers = {}): void => {
  response
    .writeHead(200, { "content-type": "application/json", ...headers })
    .end(JSON.stringify(body, undefined, 1));
};

test("a legacy client: session, version, the server's own messages, and an end", async () => {
  answer = (request, body, response) => {
    const message = (body === "" ? {} : JSON.parse(body)) as { id?: number; method?: string };
    if (message.method === "initialize") {
      const result = {
        protocolVersion: "2025-11-25",
        capabilities: {},
        serverInfo: { name: "f", version: "1" },
      };
      json(response, { jsonrpc: "2.0", id: message.id, result }, { "mcp-session-id": "s1" });
    } else if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n');
    } else if (message.method === "tools/call") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n');
      response.end(`data: {"jsonrpc":"2.0","id":${message.id},"result":{"content":[]}}\n\n`);
    } else response.writeHead(202).end();
  };
  const { say, line, lines, end } = client();
  say({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  expect(await line(0)).toMatchObject({ id: 1 });
  // One message is one line, however the server wrote it.
  expect(lines[0]).not.toContain("\n");
  say({ jsonrpc: "2.0", method: "notifications/initialized" });
  expect(await line(1)).toMatchObject({ method: "notifications/tools/list_changed" });
  say({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "x" } });
  expect(await line(2)).toMatchObject({ method: "notifications/progress" });
  expect(await line(3)).toMatchObject({ id: 2, result: { content: [] } });
  await end();
  const legacy = { "mcp-session-id": "s1", "mcp-protocol-version": "2025-11-25" };
  expect(asked.find(({ body }) => body.includes("tools/call"))?.headers).toMatchObject(legacy);
  expect(asked.at(-1)).toMatchObject({ method: "DELETE", headers: legacy });
});

test("a modern client: the headers that repeat its message", async () => {
  const inputSchema = {
    type: "object",
    properties: { q: { type: "string", "x-mcp-header": "Q" } },
  };
  answer = (_request, body, response) => {
    const { id, method } = JSON.parse(body) as { id: number; method: string };
    const result = method === "tools/list" ? { tools: [{ name: "näme", inputSchema }] } : {};
    json(response, { jsonrpc: "2.0", id, result });
  };
  const { say, line, end } = client();
  say({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: MODERN } });
  await line(0);
  say({
    jsonrpc: "2.0",
    id: 2,
    method: "tools/call",
    params: { name: "näme", arguments: { q: "v" }, _meta: MODERN },
  });
  await line(1);
  await end();
  expect(asked[1]?.headers).toMatchObject({
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": `=?base64?${Buffer.from("näme").toString("base64")}?=`,
    "mcp-param-q": "v",
  });
  expect(asked.map(({ method }) => method)).toEqual(["POST", "POST"]);
});

test("a request that cannot be answered gets an error; rubbish and notifications get nothing", async () => {
  answer = (_request, _body, response) => response.writeHead(404).end();
  const { say, push, line, lines, end } = client();
  push("rubbish\n\n[1]\n");
  say({ jsonrpc: "2.0", method: "notifications/roots/list_changed" });
  say({ jsonrpc: "2.0", id: "a", method: "ping" });
  expect(await line(0)).toMatchObject({
    id: "a",
    error: { message: expect.stringContaining("session") },
  });
  await new Promise<void>((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
  say({ jsonrpc: "2.0", id: "b", method: "ping" });
  expect(await line(1)).toMatchObject({ id: "b", error: { data: { code: "fleet_unreachable" } } });
  await end();
  expect(lines).toHaveLength(2);
});

test("a modern request is cancelled by leaving it; the end of stdin leaves all", async () => {
  let left = 0;
  const leaving: (() => void)[] = [];
  answer = (_request, body, response) => {
    if (body.includes("cancelled")) {
      response.writeHead(202).end();
      return;
    }
    response.on("close", () => {
      left++;
      for (const done of leaving.splice(0)) done();
    });
  };
  const { say, end, lines } = client();
  say({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x", _meta: MODERN } });
  say({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "x", _meta: MODERN } });
  await until(() => asked.length >= 2);
  say({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
  if (left === 0) await new Promise<void>((done) => leaving.push(done));
  expect(left).toBe(1);
  await end();
  await until(() => left === 2);
  expect(lines).toEqual([]);
});
