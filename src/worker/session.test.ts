import { describe, expect, it } from "vitest";
import { LATEST_MODERN, META, WIRE } from "../protocol/index.ts";
import { connectWorker } from "./connect.ts";
import { defineTool, defineWorker } from "./define.ts";
import { structured } from "./results.ts";
import { createTestClient } from "./test-client.ts";

const forever = defineTool({
  name: "forever",
  description: "Waits for its signal.",
  input: { type: "object" },
  run: (_input, { signal, progress }) => {
    progress(1, 2, "half");
    progress(1, 2, "again");
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("told to stop")));
    });
  },
});
const list = defineTool({
  name: "list",
  description: "Answers with an array.",
  input: { type: "object" },
  output: { type: "array", items: { type: "integer" } },
  run: (_input, { log, progress }) => {
    log("debug", "fine print");
    log("warning", "look", { at: 3 });
    progress(1);
    return structured([1, 2], "two");
  },
});
const worker = defineWorker({
  name: "sample",
  version: "1.2.3",
  instructions: "Read me.",
  tools: [list, forever],
  prompts: [
    {
      name: "greet",
      arguments: [{ name: "who", required: true }],
      get: ({ who }) => ({
        messages: [{ role: "user", content: { type: "text", text: `Hello ${who}` } }],
      }),
      complete: (_argument, typed) => ["ada", "alan"].filter((one) => one.startsWith(typed)),
    },
  ],
  resources: [{ name: "a", uri: "mem://a", mimeType: "text/plain", read: () => "text of a" }],
  resourceTemplates: [
    {
      name: "row",
      uriTemplate: "mem://rows/{id}",
      read: ({ id }) => (id === "0" ? undefined : new Uint8Array([1, 2, 3])),
    },
  ],
});

/** Sends raw messages and hands back what came, so that nothing of the test client is trusted. */
interface Raw {
  ask: (message: object) => Promise<Record<string, unknown>>;
  tell: (message: object) => void;
  seen: Record<string, unknown>[];
}
function raw(): Raw {
  const link = connectWorker(worker);
  const seen: Record<string, unknown>[] = [];
  const waiting = new Map<unknown, (answer: Record<string, unknown>) => void>();
  link.onMessage((text) => {
    const message: Record<string, unknown> = JSON.parse(text);
    seen.push(message);
    waiting.get(message["id"])?.(message);
  });
  const tell = (message: object): void =>
    void link.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  return {
    seen,
    tell,
    ask: (message) =>
      new Promise((resolve) => {
        waiting.set("id" in message ? message.id : null, resolve);
        tell(message);
      }),
  };
}
const modern = { [META.protocolVersion]: LATEST_MODERN, [META.clientCapabilities]: {} };

describe("a modern client", () => {
  it("discovers, lists with cache hints, and is told who answers", async () => {
    const client = createTestClient(worker);
    const discovered = await client.request("server/discover");
    expect(discovered).toMatchObject({
      resultType: "complete",
      supportedVersions: [LATEST_MODERN],
      instructions: "Read me.",
      capabilities: { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} },
      cacheScope: "public",
      _meta: { [META.serverInfo]: { name: "sample", version: "1.2.3" } },
    });
    const tools = await client.request("tools/list");
    expect(tools).toMatchObject({
      tools: [{ name: "list", outputSchema: { type: "array" } }, { name: "forever" }],
    });
    expect(tools["ttlMs"]).toBeGreaterThan(0);
    client.close();
  });

  it("calls, reads, prompts and completes", async () => {
    const client = createTestClient(worker);
    expect(await client.callTool("list", {})).toMatchObject({ structuredContent: [1, 2] });
    expect(await client.request("resources/read", { uri: "mem://a" })).toMatchObject({
      contents: [{ uri: "mem://a", mimeType: "text/plain", text: "text of a" }],
    });
    expect(await client.request("resources/read", { uri: "mem://rows/7" })).toMatchObject({
      contents: [{ blob: "AQID" }],
    });
    await expect(client.request("resources/read", { uri: "mem://rows/0" })).rejects.toMatchObject({
      wire: { code: WIRE.invalidParams },
    });
    expect(
      await client.request("prompts/get", { name: "greet", arguments: { who: "you" } }),
    ).toMatchObject({
      messages: [{ content: { text: "Hello you" } }],
    });
    await expect(client.request("prompts/get", { name: "greet" })).rejects.toThrow(
      'needs the argument "who"',
    );
    const asked = {
      ref: { type: "ref/prompt", name: "greet" },
      argument: { name: "who", value: "al" },
    };
    expect(await client.request("completion/complete", asked)).toMatchObject({
      completion: { values: ["alan"] },
    });
    client.close();
  });

  it("gets progress that grows and only the log lines it opted in to", async () => {
    const client = createTestClient(worker, { logLevel: "info" });
    const progress: unknown[] = [];
    await client.callTool("list", {}, { onProgress: (one) => progress.push(one["progress"]) });
    expect(progress).toEqual([1]);
    const logs = client.notifications.filter(({ method }) => method === "notifications/message");
    expect(logs.map(({ params }) => params)).toMatchObject([
      { level: "warning", data: { message: "look", at: 3 } },
    ]);
    client.close();
  });

  it("hears nothing of a call it cancelled, and the tool's signal aborts", async () => {
    const { ask, tell, seen } = raw();
    const params = { name: "forever", _meta: { ...modern, progressToken: "p" } };
    tell({ id: 5, method: "tools/call", params });
    await expect.poll(() => seen.length).toBe(1);
    tell({ method: "notifications/cancelled", params: { requestId: 5 } });
    await ask({ id: 6, method: "tools/list", params: { _meta: modern } });
    expect(seen.map((one) => one["id"] ?? one["method"])).toEqual(["notifications/progress", 6]);
  });

  it("is refused with the wire's own codes", async () => {
    const { ask } = raw();
    const code = async (message: object): Promise<unknown> => {
      const { error } = await ask(message);
      return typeof error === "object" && error !== null && "code" in error ? error.code : error;
    };
    expect(await code({ id: 1, method: "tools/list", params: {} })).toBe(WIRE.invalidParams);
    const noCapabilities = { [META.protocolVersion]: LATEST_MODERN };
    expect(await code({ id: 2, method: "tools/list", params: { _meta: noCapabilities } })).toBe(
      WIRE.invalidParams,
    );
    const future = { ...modern, [META.protocolVersion]: "2099-01-01" };
    expect(await ask({ id: 3, method: "tools/list", params: { _meta: future } })).toMatchObject({
      error: {
        code: WIRE.unsupportedVersion,
        data: { supported: [LATEST_MODERN], requested: "2099-01-01" },
      },
    });
    expect(await code({ id: 4, method: "ping", params: { _meta: modern } })).toBe(
      WIRE.methodNotFound,
    );
    expect(
      await code({ id: 5, method: "tools/call", params: { name: "nope", _meta: modern } }),
    ).toBe(WIRE.invalidParams);
    expect(
      await code({ id: 6, method: "tools/list", params: { cursor: "x", _meta: modern } }),
    ).toBe(WIRE.invalidParams);
    const loud = { ...modern, [META.logLevel]: "shout" };
    expect(await code({ id: 7, method: "tools/list", params: { _meta: loud } })).toBe(
      WIRE.invalidParams,
    );
  });

  it("opens a listen stream that is acknowledged first and ends with its client", async () => {
    const { ask, tell, seen } = raw();
    tell({ id: "L", method: "subscriptions/listen", params: { notifications: {}, _meta: modern } });
    await ask({ id: 2, method: "tools/list", params: { _meta: modern } });
    expect(seen[0]).toMatchObject({
      method: "notifications/subscriptions/acknowledged",
      params: { _meta: { [META.subscriptionId]: "L" } },
    });
    expect(seen.some(({ id }) => id === "L")).toBe(false);
  });
});

describe("a legacy client", () => {
  it.each(["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])(
    "of %s gets its version and no modern word",
    async (version) => {
      const { ask, tell, seen } = raw();
      const opened = await ask({
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: version,
          capabilities: {},
          clientInfo: { name: "t", version: "1" },
        },
      });
      expect(opened).toMatchObject({
        result: { protocolVersion: version, serverInfo: { name: "sample" } },
      });
      tell({ method: "notifications/initialized" });
      expect(await ask({ id: 2, method: "ping" })).toMatchObject({ result: {} });
      const listed = await ask({ id: 3, method: "tools/list" });
      expect(listed).toMatchObject({
        result: { tools: [{ outputSchema: { type: "object", required: ["result"] } }, {}] },
      });
      expect(
        await ask({ id: 4, method: "logging/setLevel", params: { level: "error" } }),
      ).toMatchObject({ result: {} });
      const called = await ask({
        id: 5,
        method: "tools/call",
        params: { name: "list", arguments: {} },
      });
      expect(called).toMatchObject({ result: { structuredContent: { result: [1, 2] } } });
      expect(
        await ask({ id: 6, method: "resources/read", params: { uri: "mem://none" } }),
      ).toMatchObject({
        error: { code: WIRE.resourceNotFound },
      });
      expect(await ask({ id: 7, method: "server/discover" })).toMatchObject({
        error: { code: WIRE.methodNotFound },
      });
      expect(JSON.stringify(seen)).not.toMatch(
        /resultType|ttlMs|cacheScope|notifications\/message/,
      );
    },
  );

  it("that asks for an unknown version is offered the newest legacy one", async () => {
    const { ask } = raw();
    expect(
      await ask({ id: 1, method: "initialize", params: { protocolVersion: "1999-01-01" } }),
    ).toMatchObject({
      result: { protocolVersion: "2025-11-25" },
    });
  });
});
