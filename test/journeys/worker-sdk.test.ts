/** Servers made with the official SDK, handed to the kit as they are: both eras over HTTP, with what their tools say and ask. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { createTestClient, fromMcpServer, serveHttp } from "../../src/worker/index.ts";
import type { SdkServer } from "../../src/worker/index.ts";
import { lacksNode, NODE_NEEDED, peer, sdkV1, sdkV2Auto } from "./peers.ts";

type Loose = Record<string, never>;
type Extra = Record<string, (...args: unknown[]) => Promise<Record<string, unknown>>>;
interface AnyServer extends SdkServer {
  registerTool(name: string, config: object, run: (args: Loose, extra: never) => unknown): void;
  registerPrompt(name: string, config: object, get: () => unknown): void;
  registerResource(name: string, uri: string, config: object, read: () => unknown): void;
}
type Make = new (info: object, options?: object) => AnyServer;

const load = async (specifier: string): Promise<Record<string, never>> => {
  const require = createRequire(peer("package.json"));
  return (await import(pathToFileURL(require.resolve(specifier)).href)) as Record<string, never>;
};
const INFO = { name: "orbit", version: "3.1.0" };
const OPTIONS = { capabilities: { logging: {} } };
const CONFIRM = { type: "object", properties: { sure: { type: "boolean" } } } as const;
const text = (value: string) => ({ content: [{ type: "text", text: value }] });

/** What differs between the generations is where a tool finds its call. */
interface Call {
  signal: AbortSignal;
  progress(done: number): Promise<unknown>;
  log(message: string): Promise<unknown>;
  elicit(message: string): Promise<Record<string, unknown>>;
}

function furnish(server: AnyServer, empty: object, callOf: (extra: never) => Call): void {
  server.registerTool("steps", { inputSchema: empty }, async (_args, extra) => {
    const call = callOf(extra);
    await call.progress(1);
    await call.log("half");
    return text("done");
  });
  server.registerTool("confirm", { inputSchema: empty }, async (_args, extra) => {
    const answer = await callOf(extra).elicit("Sure?");
    return text(`${String(answer["action"])} ${JSON.stringify(answer["content"])}`);
  });
  server.registerTool("wait", { inputSchema: empty }, async (_args, extra) => {
    const { signal } = callOf(extra);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    return text("stopped");
  });
  server.registerPrompt("greet", { description: "Greets." }, () => ({
    messages: [{ role: "user", content: { type: "text", text: "Hello" } }],
  }));
  server.registerResource("a", "mem://a", { mimeType: "text/plain" }, () => ({
    contents: [{ uri: "mem://a", text: "text of a" }],
  }));
}

async function first(): Promise<AnyServer> {
  const { McpServer } = await load("@modelcontextprotocol/sdk/server/mcp.js");
  const { ElicitResultSchema } = await load("@modelcontextprotocol/sdk/types.js");
  const server = new (McpServer as unknown as Make)(INFO, OPTIONS);
  furnish(server, {}, (given) => {
    const extra = given as Extra & { signal: never };
    const { progressToken } = extra["_meta"] as unknown as { progressToken: number };
    const note = (method: string, params: object) => extra["sendNotification"]!({ method, params });
    return {
      signal: extra.signal,
      progress: (progress) => note("notifications/progress", { progress, progressToken }),
      log: (data) => note("notifications/message", { level: "info", data }),
      elicit: (message) =>
        extra["sendRequest"]!(
          { method: "elicitation/create", params: { message, requestedSchema: CONFIRM } },
          ElicitResultSchema,
        ),
    };
  });
  return server;
}

async function second(): Promise<AnyServer> {
  const { McpServer, fromJsonSchema } = await load("@modelcontextprotocol/server");
  const server = new (McpServer as unknown as Make)(INFO, OPTIONS);
  const empty = (fromJsonSchema as unknown as (schema: object) => object)({ type: "object" });
  furnish(server, empty, (given) => {
    const { mcpReq } = given as { mcpReq: Extra & { signal: never } };
    const { progressToken } = mcpReq["_meta"] as unknown as { progressToken: number };
    return {
      signal: mcpReq.signal,
      progress: (progress) =>
        mcpReq["notify"]!({
          method: "notifications/progress",
          params: { progress, progressToken },
        }),
      log: (data) => mcpReq["log"]!("info", data),
      elicit: (message) => mcpReq["elicitInput"]!({ message, requestedSchema: CONFIRM }),
    };
  });
  return server;
}

describe.skipIf(lacksNode)(`fromMcpServer ${NODE_NEEDED}`, () => {
  const generations: [string, () => Promise<AnyServer>][] = [
    ["version 1", first],
    ["version 2", second],
  ];

  test.each(generations)("%s: lists, progress, logs, prompts, resources", async (_name, make) => {
    const worker = await fromMcpServer(await make());
    const client = createTestClient(worker, { logLevel: "info" });
    const progress: unknown[] = [];
    const result = await client.callTool("steps", {}, { onProgress: (one) => progress.push(one) });
    expect(result).toMatchObject({ content: [{ text: "done" }] });
    expect(progress).toMatchObject([{ progress: 1 }]);
    expect(client.notifications.map(({ method }) => method)).toContain("notifications/message");
    expect(await client.request("prompts/get", { name: "greet" })).toMatchObject({
      messages: [{ content: { text: "Hello" } }],
    });
    expect(await client.request("resources/read", { uri: "mem://a" })).toMatchObject({
      contents: [{ text: "text of a" }],
    });
    client.close();
  });

  test.each(generations)("%s: a tool that asks does so in rounds", async (_name, make) => {
    const answer = () => ({ action: "accept", content: { sure: true } });
    const client = createTestClient(await fromMcpServer(await make()), { answer });
    expect(await client.callTool("confirm", {})).toMatchObject({
      content: [{ text: 'accept {"sure":true}' }],
    });
    client.close();
    const mute = createTestClient(await fromMcpServer(await make()));
    await expect(mute.callTool("confirm", {})).rejects.toMatchObject({ wire: { code: -32021 } });
    mute.close();
  });

  test.each(generations)("%s: cancelling reaches the tool", async (_name, make) => {
    const client = createTestClient(await fromMcpServer(await make()));
    const away = new AbortController();
    const call = client.callTool("wait", {}, { signal: away.signal });
    away.abort();
    await expect(call).rejects.toThrow("cancelled");
    // The server is idle again: it answers.
    expect(await client.callTool("steps", {})).toMatchObject({ content: [{ text: "done" }] });
    client.close();
  });

  test.each(generations)("%s: clients of both eras over HTTP", async (_name, make) => {
    const server = await serveHttp(await fromMcpServer(await make()), { port: 0, log: () => {} });
    try {
      for (const client of [sdkV1, sdkV2Auto]) {
        const answer = await client(server.url, [{ name: "steps", arguments: {} }]);
        expect(answer.server).toMatchObject(INFO);
        expect(answer.results).toMatchObject([{ content: [{ text: "done" }] }]);
      }
    } finally {
      await server.close();
    }
  });
});
