import { describe, expect, it } from "vitest";
import { HEADER, META, WIRE } from "../../protocol/index.ts";
import { fetchHandler } from "./fetch.ts";
import type { FetchOptions } from "./fetch.ts";
import { call, events, modernHeaders, plainHeaders, sample } from "./testing/sample.ts";

const REGION = call("echo", { text: "", region: "eu" });
const PING = { ...call("x"), method: "ping" };

describe("fetchHandler", () => {
  const handler = (options?: FetchOptions) => fetchHandler(sample().worker, options);
  const post = (
    body: object | string,
    headers?: Record<string, string>,
    origin = "http://w.example",
  ) =>
    new Request(`${origin}/mcp`, {
      method: "POST",
      headers: headers ?? modernHeaders(body as object),
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  it("answers a plain call in JSON, and one that reports progress as events", async () => {
    const fetch = handler();
    const plain = await fetch(post(call("echo", { text: "hi" })));
    expect(plain.headers.get("content-type")).toBe("application/json");
    expect(await plain.json()).toMatchObject({
      result: { resultType: "complete", content: [{ text: "hi" }] },
    });
    const streamed = await fetch(post(call("steps", {}, { [META.progressToken]: "p" })));
    expect(streamed.headers.get("content-type")).toBe("text/event-stream");
    expect(await events(streamed)).toMatchObject([
      { method: "notifications/progress", params: { progressToken: "p", message: "é" } },
      { id: 1, result: { content: [{ text: "done" }] } },
    ]);
    const unasked = await fetch(post(call("steps")));
    expect(unasked.headers.get("content-type")).toBe("application/json");
  });

  it.each<[string, object, Record<string, string>, string]>([
    ["another version", call("echo"), { [HEADER.protocolVersion]: "2026-07-29" }, "400 -32020"],
    ["another method", call("echo"), { [HEADER.method]: "tools/list" }, "400 -32020"],
    ["another name", call("echo"), { [HEADER.name]: "wait" }, "400 -32020"],
    ["a missing argument header", REGION, {}, "400 -32020"],
    ["another argument", REGION, { "mcp-param-region": "us" }, "400 -32020"],
    ["an unknown method", PING, { [HEADER.method]: "ping" }, "404 -32601"],
    ["no JSON", call("echo"), { "content-type": "text/plain" }, "415 -32600"],
    ["no Accept for us", call("echo"), { accept: "text/html" }, "406 -32600"],
    ["a foreign page", call("echo"), { origin: "https://evil.example" }, "403 -32600"],
  ])("refuses %s", async (...[, body, change, expected]) => {
    const response = await handler()(post(body, { ...modernHeaders(body), ...change }));
    const { error }: { error: { code: number } } = await response.json();
    expect(`${response.status} ${error.code}`).toBe(expected);
  });

  it("takes an argument header that repeats its argument", async () => {
    const body = call("echo", { text: "hi", region: "eu" });
    const headers = { ...modernHeaders(body), "mcp-param-region": "eu" };
    expect((await handler()(post(body, headers))).status).toBe(200);
  });

  it("bounds the body and says what is wrong with it", async () => {
    const fetch = handler({ maxBodyBytes: 300 });
    const large = await fetch(post(call("echo", { text: "x".repeat(300) })));
    expect(large.status).toBe(413);
    const broken = await fetch(post("{", plainHeaders));
    expect([broken.status, await broken.json()]).toMatchObject([400, { error: { code: -32700 } }]);
  });

  it("names what a modern client must declare to be asked", async () => {
    const body = call("ask", {}, { [META.clientCapabilities]: {} });
    const response = await handler()(post(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        code: WIRE.missingCapability,
        data: { requiredCapabilities: { elicitation: { form: {} } } },
      },
    });
  });

  it("cancels a modern call when its client goes away", async () => {
    const { worker, started, aborted } = sample();
    const away = new AbortController();
    const body = call("wait");
    const answer = fetchHandler(worker)(
      new Request("http://w.example/mcp", {
        method: "POST",
        headers: modernHeaders(body),
        body: JSON.stringify(body),
        signal: away.signal,
      }),
    );
    await started;
    away.abort();
    expect(await aborted).toContain("went away");
    await answer;
  });

  it("reads a session from its id alone, in another process too", async () => {
    const initialize = {
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: { elicitation: {} } },
    };
    const opened = await handler()(post(initialize, plainHeaders));
    expect(await opened.json()).toMatchObject({ result: { protocolVersion: "2025-06-18" } });
    const session = opened.headers.get(HEADER.sessionId) ?? "";
    const inSession = { ...plainHeaders, [HEADER.sessionId]: session };
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "echo", arguments: { text: "hi" } },
    };
    const elsewhere = await handler()(post(body, inSession));
    expect(await elsewhere.json()).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: { content: [{ type: "text", text: "hi" }] },
    });
    const made = { ...plainHeaders, [HEADER.sessionId]: `${session.slice(0, 9)}!` };
    expect((await handler()(post(body, made))).status).toBe(404);
    // Nothing tells a client's answer the way to this process, so the tool is told that it cannot ask.
    const ask = { ...body, params: { name: "ask", arguments: {} } };
    expect(await (await handler()(post(ask, inSession))).json()).toMatchObject({
      result: { isError: true },
    });
  });

  it("answers batches of the version that has them, and no other", async () => {
    const fetch = handler();
    const batch = JSON.stringify([
      { jsonrpc: "2.0", id: 1, method: "ping" },
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", id: 2, method: "nothing" },
    ]);
    const old = { ...plainHeaders, [HEADER.protocolVersion]: "2025-03-26" };
    expect(await (await fetch(post(batch, old))).json()).toMatchObject([
      { id: 1, result: {} },
      { id: 2, error: { code: WIRE.methodNotFound } },
    ]);
    const newer = { ...plainHeaders, [HEADER.protocolVersion]: "2025-06-18" };
    expect((await fetch(post(batch, newer))).status).toBe(400);
    expect((await fetch(post("[", old))).status).toBe(400);
  });

  it("answers only to the hosts it is given", async () => {
    const fetch = handler({ hosts: ["w.example"] });
    expect((await fetch(post(call("echo", { text: "" })))).status).toBe(200);
    const other = await fetch(post(call("echo"), undefined, "http://rebound.example"));
    expect(other.status).toBe(403);
  });
});
