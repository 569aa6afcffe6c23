import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { connectUpstream } from "../connect.ts";
import type { UpstreamCall, UpstreamClient } from "../contract.ts";
import { createEraMemory } from "../era.ts";
import type { Dialled } from "../../dial.ts";
import { createUndiciHttpClient } from "./undici-http-client.node.ts";

interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: { id?: number; method?: string; params?: Record<string, unknown> };
}
type Answer = (seen: Seen, response: ServerResponse) => void;

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function serverOf(answer: Answer): Promise<{ url: string; seen: Seen[]; server: Server }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const one = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? {} : JSON.parse(text),
      };
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, seen, server };
}

interface Connected {
  client: Promise<UpstreamClient>;
  changes: string[];
  eras: ReturnType<typeof createEraMemory>;
}

function connect(
  url: string,
  transport: (Dialled & { kind: "http" })["transport"] = "auto",
): Connected {
  const http = createUndiciHttpClient();
  const changes: string[] = [];
  const eras = createEraMemory(systemClock);
  const client = connectUpstream({
    dialled: { kind: "http", url, transport, headers: { authorization: "Bearer s3cret" } },
    clock: systemClock,
    telemetry: silentTelemetry,
    http,
    gateway: { name: "flotilla", version: "1" },
    maxMessageBytes: 100_000,
    eras,
    eraKey: "w@1",
    onChange: (method) => changes.push(method),
    signal: new AbortController().signal,
  });
  cleanups.push(async () => {
    await client.then((one) => one.close()).catch(() => {});
    await http.close();
  });
  return { client, changes, eras };
}

const callOf = (change: Partial<UpstreamCall> = {}): UpstreamCall => ({
  method: "tools/call",
  params: { name: "grüße", arguments: { region: "eu", n: 3 } },
  client: { principal: "local", capabilities: { elicitation: {}, extensions: { "x/y": {} } } },
  wantsProgress: false,
  signal: new AbortController().signal,
  notify: () => {},
  ...change,
});

const json = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const result = (id: unknown, value: unknown): unknown => ({ jsonrpc: "2.0", id, result: value });
const sse = (response: ServerResponse, ...messages: unknown[]): void => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const message of messages)
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
};
const discovered = {
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: {} },
};
const initialized = {
  protocolVersion: "2025-06-18",
  capabilities: { tools: {} },
  serverInfo: { name: "old", version: "1" },
};

describe("a modern server", () => {
  test("gets headers made from the body, and its JSON answer passes untouched", async () => {
    const { url, seen } = await serverOf(({ body }, response) => {
      if (body.method === "server/discover")
        return json(response, 200, result(body.id, discovered));
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
      response.end(
        `{"jsonrpc":"2.0","id":${body.id},"result":{"content":[],"big":1.0,"resultType":"complete"}}`,
      );
    });
    const client = await connect(url).client;
    expect(client.hello.era).toBe("modern");
    const inputSchema = {
      properties: { region: { type: "string", "x-mcp-header": "Region" }, n: { type: "integer" } },
    };
    expect(await client.call(callOf({ inputSchema }))).toEqual({
      kind: "result",
      result: { text: '{"content":[],"big":1.0,"resultType":"complete"}' },
    });
    expect(seen[1]?.headers).toMatchObject({
      authorization: "Bearer s3cret",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "=?base64?Z3LDvMOfZQ==?=",
      "mcp-param-region": "eu",
    });
    const meta = seen[1]?.body.params?.["_meta"];
    expect(meta).toMatchObject({
      "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
    });
    expect(JSON.stringify(meta)).not.toContain("x/y");
  });

  test("may answer on a stream, with progress before the answer", async () => {
    const { url } = await serverOf(({ body }, response) => {
      if (body.method === "server/discover")
        return json(response, 200, result(body.id, discovered));
      const meta = body.params?.["_meta"] as { progressToken: number } | undefined;
      const token = meta?.progressToken;
      sse(
        response,
        {
          jsonrpc: "2.0",
          method: "notifications/progress",
          params: { progressToken: token, progress: 1 },
        },
        { jsonrpc: "2.0", method: "notifications/tools/list_changed" },
        result(body.id, { content: [], resultType: "complete" }),
      );
      response.end();
    });
    const { client, changes } = connect(url);
    const told: unknown[] = [];
    const call = callOf({
      wantsProgress: true,
      notify: (method, params) => told.push([method, params]),
    });
    expect(await (await client).call(call)).toMatchObject({ kind: "result" });
    expect(told).toEqual([["notifications/progress", { progress: 1 }]]);
    expect(changes).toEqual(["notifications/tools/list_changed"]);
  });

  test("sees its stream closed by a cancelled call, and loses the call when it ends the stream itself", async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await serverOf(({ body }, response) => {
      if (body.method === "server/discover")
        return json(response, 200, result(body.id, discovered));
      sse(response, { jsonrpc: "2.0", method: "notifications/message", params: { level: "info" } });
      if (body.params?.["name"] === "quits") return void response.end();
      response.on("close", () => closed.resolve());
    });
    const client = await connect(url).client;
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    const call = client.call(
      callOf({ signal: abort.signal, logLevel: "debug", notify: () => begun.resolve() }),
    );
    await begun.promise;
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "call_cancelled" });
    await closed.promise;
    await expect(client.call(callOf({ params: { name: "quits" } }))).rejects.toMatchObject({
      code: "drone_lost",
      data: undefined,
    });
  });
});

const legacy =
  (onCall: Answer, session = { id: "s1" }): Answer =>
  (seen, response) => {
    const { body, method } = seen;
    if (method === "GET") return void response.writeHead(405).end();
    if (method === "DELETE") return void response.writeHead(200).end();
    if (body.method === "server/discover") return json(response, 400, { error: "no session" });
    if (body.method === "initialize") {
      response.setHeader("mcp-session-id", session.id);
      return json(response, 200, result(body.id, initialized));
    }
    if (body.id === undefined) return void response.writeHead(202).end();
    if (seen.headers["mcp-session-id"] !== session.id)
      return json(response, 404, { error: "unknown session" });
    onCall(seen, response);
  };

describe("a legacy server", () => {
  test("gets a session with its id and version on every request", async () => {
    const { url, seen } = await serverOf(
      legacy(({ body }, response) => sse(response, result(body.id, { content: [] }))),
    );
    const client = await connect(url).client;
    expect(client.hello).toMatchObject({
      era: "legacy",
      protocolVersion: "2025-06-18",
      serverInfo: { name: "old" },
    });
    expect(await client.call(callOf())).toEqual({
      kind: "result",
      result: { text: '{"content":[],"resultType":"complete"}' },
    });
    const call = seen.find(({ body }) => body.method === "tools/call");
    expect(call?.headers).toMatchObject({
      "mcp-session-id": "s1",
      "mcp-protocol-version": "2025-06-18",
    });
    expect(call?.headers["mcp-method"]).toBeUndefined();
    expect(seen.some(({ body }) => body.method === "notifications/initialized")).toBe(true);
  });

  test("that forgot the session is initialized once more for a whole burst, and no call runs twice", async () => {
    const session = { id: "s1" };
    let ran = 0;
    const { url, seen } = await serverOf(
      legacy(({ body }, response) => {
        ran += 1;
        json(response, 200, result(body.id, { content: [] }));
      }, session),
    );
    const client = await connect(url).client;
    session.id = "s2";
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.call(callOf())));
    expect(answers.every(({ kind }) => kind === "result")).toBe(true);
    expect(ran).toBe(5);
    expect(seen.filter(({ body }) => body.method === "initialize")).toHaveLength(2);
  });

  test("is told of a cancelled call, and gets an answer to what it asks meanwhile", async () => {
    const asked = Promise.withResolvers<void>();
    const { url, seen } = await serverOf(
      legacy((_seen, response) => {
        sse(response, { jsonrpc: "2.0", id: 77, method: "elicitation/create", params: {} });
        asked.resolve();
      }),
    );
    const client = await connect(url).client;
    const abort = new AbortController();
    const call = client.call(callOf({ signal: abort.signal }));
    call.catch(() => {});
    await asked.promise;
    await expect
      .poll(() => seen.find(({ body }) => body.id === 77)?.body)
      .toMatchObject({ error: { code: -32601 } });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "call_cancelled" });
    await expect
      .poll(() => seen.some(({ body }) => body.method === "notifications/cancelled"))
      .toBe(true);
  });
});

test("an old HTTP+SSE server is found and spoken to", async () => {
  let stream: ServerResponse | undefined;
  const { url } = await serverOf(({ method, path, body }, response) => {
    if (method === "GET") {
      stream = response;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("event: endpoint\ndata: /messages?session=1\n\n");
      return;
    }
    if (path === "/mcp") {
      response.writeHead(405).end();
      return;
    }
    response.writeHead(202).end("Accepted");
    const answer = body.method === "initialize" ? initialized : { content: [] };
    if (body.id !== undefined)
      stream?.write(`event: message\ndata: ${JSON.stringify(result(body.id, answer))}\n\n`);
  });
  const { client, eras } = connect(url);
  expect(await (await client).call(callOf())).toMatchObject({ kind: "result" });
  expect(eras.recall("w@1")).toEqual({ era: "legacy", transport: "sse" });
});

test("an old server cannot have our secret headers sent to another origin", async () => {
  const { url } = await serverOf((_seen, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("event: endpoint\ndata: http://127.0.0.1:1/steal\n\n");
  });
  await expect(connect(url, "sse").client).rejects.toMatchObject({ code: "drone_protocol" });
});

test.each([401, 403, 500, 503])("status %i is no evidence of an era", async (status) => {
  const { url, seen } = await serverOf((_seen, response) => void response.writeHead(status).end());
  const { client, eras } = connect(url);
  await expect(client).rejects.toMatchObject({
    code: status < 500 ? "worker_unavailable" : "drone_lost",
  });
  expect(seen).toHaveLength(1);
  expect(eras.recall("w@1")).toBeUndefined();
});

test("a refused connection was provably not used; a broken one may have been", async () => {
  const { url, server } = await serverOf(({ body }, response) => {
    if (body.method === "server/discover") return json(response, 200, result(body.id, discovered));
    response.destroy();
  });
  const client = await connect(url).client;
  await expect(client.call(callOf())).rejects.toMatchObject({
    code: "drone_lost",
    data: undefined,
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await expect(client.call(callOf())).rejects.toMatchObject({
    code: "drone_lost",
    data: { sent: false },
  });
});

test("an answer over the limit fails its call alone", async () => {
  const { url } = await serverOf(({ body }, response) => {
    if (body.method === "server/discover") return json(response, 200, result(body.id, discovered));
    const text = body.params?.["name"] === "big" ? "x".repeat(200_000) : "small";
    json(response, 200, result(body.id, { text, resultType: "complete" }));
  });
  const client = await connect(url).client;
  await expect(client.call(callOf({ params: { name: "big" } }))).rejects.toMatchObject({
    code: "message_too_large",
  });
  expect(await client.call(callOf({ params: { name: "small" } }))).toMatchObject({
    kind: "result",
  });
});
