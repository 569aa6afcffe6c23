/** Questions of a legacy HTTP worker: whose they are, by the stream they come on. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { connectUpstream } from "../connect.ts";
import type { Ask, UpstreamCall, UpstreamClient } from "../contract.ts";
import { createEraMemory } from "../era.ts";
import { createUndiciHttpClient } from "./undici-http-client.node.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Message {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: unknown;
}

interface Worker {
  url: string;
  /** Capabilities declared at each `initialize`, by session. */
  declared: Map<string, unknown>;
}

const put = (stream: ServerResponse | undefined, message: object): void =>
  void stream?.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);

/** Asks on the stream of the call, or with `standing` on that of the session, and tells the answer. */
async function askingServer(standing = false): Promise<Worker> {
  const declared = new Map<string, unknown>();
  const streams = new Map<string, ServerResponse>();
  const waiting = new Map<string, (answer: unknown) => void>();
  let asks = 0;
  async function call(message: Message, session: string, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const id = `ask-${(asks += 1)}`;
    const question = { id, method: "elicitation/create", params: { message: session } };
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    put(standing ? streams.get(session) : response, question);
    const content = [{ type: "text", text: JSON.stringify(await answer) }];
    put(response, { id: message.id, result: { content } });
    response.end();
  }

  function initialize(message: Message, response: ServerResponse): void {
    const id = `s${declared.size}`;
    declared.set(id, message.params?.["capabilities"]);
    const serverInfo = { name: "w", version: "1" };
    const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo };
    response.writeHead(200, { "content-type": "application/json", "mcp-session-id": id });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
  }

  const server = createServer((request: IncomingMessage, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const session = String(request.headers["mcp-session-id"] ?? "");
      if (request.method === "GET") {
        streams.set(session, response);
        response.writeHead(200, { "content-type": "text/event-stream" }).write(": hi\n\n");
        return;
      }
      const message = (text === "" ? {} : JSON.parse(text)) as Message;
      switch (message.method) {
        case "server/discover":
          response.writeHead(400).end();
          break;
        case "initialize":
          initialize(message, response);
          break;
        case "tools/call":
          void call(message, session, response);
          break;
        default:
          waiting.get(String(message.id))?.(message.result ?? message.error);
          response.writeHead(202).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, declared };
}

async function connect(url: string): Promise<UpstreamClient> {
  const http = createUndiciHttpClient();
  const client = await connectUpstream({
    dialled: { kind: "http", url, transport: "streamable-http", headers: {} },
    clock: systemClock,
    telemetry: silentTelemetry,
    http,
    gateway: { name: "flotilla", version: "1" },
    maxMessageBytes: 100_000,
    eras: createEraMemory(systemClock),
    eraKey: "w@1",
    onChange: () => {},
    signal: new AbortController().signal,
  });
  cleanups.push(async () => {
    client.close();
    await http.close();
  });
  return client;
}

function callOf(principal: string, ask: Ask, elicits = true): UpstreamCall {
  return {
    method: "tools/call",
    params: { name: "t", inputResponses: { stray: 1 } },
    client: { principal, capabilities: elicits ? { elicitation: {} } : {} },
    wantsProgress: false,
    signal: new AbortController().signal,
    notify: () => {},
    ask,
  };
}

const saying =
  (text: string): Ask =>
  () => ({ kind: "result", result: { text: JSON.stringify({ text }) } });

test("many at once: each question goes to the call on whose stream it came", async () => {
  const { url, declared } = await askingServer();
  const client = await connect(url);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      client.call(callOf(n % 2 === 0 ? "ann" : "bob", saying(`answer ${n}`))),
    ),
  );
  for (const [n, answer] of answers.entries()) {
    expect(JSON.stringify(answer)).toContain(`answer ${n}\\`);
  }
  // One for what is nobody's, then one for each principal.
  expect([...declared.values()]).toEqual([
    { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} },
    { elicitation: { form: {} } },
    { elicitation: { form: {} } },
  ]);
});

test("on the standing stream the session tells whose it is, and its calls go one at a time", async () => {
  const { url } = await askingServer(true);
  const client = await connect(url);
  // The stream opens with the session; a call before it stands would be asked of nobody.
  const shown: string[] = [];
  const ask: Ask = (_method, params) => {
    shown.push(String(params["message"]));
    return { kind: "result", result: { text: '{"text":"yes"}' } };
  };
  const first = await client.call(callOf("ann", ask)).catch(() => undefined);
  expect(JSON.stringify(first)).toContain("yes");
  const both = await Promise.all([
    client.call(callOf("ann", ask)),
    client.call(callOf("bob", ask)),
  ]);
  for (const answer of both) expect(JSON.stringify(answer)).toContain("yes");
  expect(new Set(shown)).toEqual(new Set(["s1", "s2"]));
});
