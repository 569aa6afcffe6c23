import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { HEADER, META } from "../../protocol/index.ts";
import type { Worker } from "../contract.ts";
import { serveHttp } from "./serve-http.ts";
import type { HttpServer, ServeHttpOptions } from "./serve-http.ts";
import { call, events, meta, modernHeaders, plainHeaders, sample } from "./testing/sample.ts";

describe("serveHttp", () => {
  const open: HttpServer[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  async function serve(worker: Worker, options: ServeHttpOptions = {}): Promise<HttpServer> {
    const server = await serveHttp(worker, { port: 0, log: () => {}, ...options });
    open.push(server);
    return server;
  }
  const send = (server: HttpServer, body: object, headers = modernHeaders(body)) =>
    fetch(server.url, { method: "POST", headers, body: JSON.stringify(body) });
  const get = (server: HttpServer, path: string) => fetch(new URL(path, server.url));

  it("says how it is, and counts calls for Prometheus", async () => {
    const server = await serve(sample().worker);
    await (await send(server, call("echo", { text: "é" }))).text();
    expect(await (await get(server, "/health")).json()).toEqual({ status: "ok", running: 0 });
    expect((await get(server, "/ready")).status).toBe(200);
    const metrics = await get(server, "/metrics");
    expect(metrics.headers.get("content-type")).toContain("version=0.0.4");
    expect(await metrics.text()).toContain('flotilla_worker_calls{tool="echo",outcome="ok"} 1');
    expect((await get(server, "/mcp")).status).toBe(405);
    expect((await get(server, "/")).status).toBe(404);
  });

  it("drains: lets listeners go, finishes running calls, then stops", async () => {
    const { worker, go, started, stopped } = sample();
    const server = await serve(worker);
    const running = send(server, call("wait"));
    const listening = send(server, {
      jsonrpc: "2.0",
      id: 7,
      method: "subscriptions/listen",
      params: { notifications: {}, _meta: meta },
    });
    await Promise.all([started, listening]);
    const closed = server.close();
    // The listener is let go in good order, with its result.
    expect((await events(await listening)).at(-1)).toMatchObject({ id: 7, result: {} });
    go();
    expect(await (await running).json()).toMatchObject({ result: { content: [{ text: "went" }] } });
    await stopped;
    await closed;
    await expect(get(server, "/health")).rejects.toThrow();
  });

  it("refuses a body that is too large without reading on for ever, and one that breaks off", async () => {
    const server = await serve(sample().worker, { maxBodyBytes: 100 });
    expect((await send(server, call("echo", { text: "x".repeat(200) }))).status).toBe(413);
    const broken = httpRequest(server.url, {
      method: "POST",
      headers: { ...plainHeaders, "content-length": "50" },
    });
    broken.on("error", () => {});
    broken.write("{");
    broken.destroy();
    expect(await (await get(server, "/health")).json()).toMatchObject({ status: "ok" });
  });

  it("logs what tools say with what it belongs to", async () => {
    const { worker, go } = sample();
    const lines: string[] = [];
    const server = await serve(worker, { log: (line) => lines.push(line) });
    go();
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const more = { [META.traceparent]: `00-${trace}-b7ad6b7169203331-01` };
    await (await send(server, call("wait", {}, more))).text();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "info", worker: "sample", message: "waiting", traceId: trace },
    ]);
  });

  it("answers to no name but loopback's", async () => {
    const server = await serve(sample().worker);
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(
        new URL("/health", server.url),
        { headers: { host: "rebound.example" } },
        (response) => resolve(response.resume().statusCode),
      );
      request.on("error", reject).end();
    });
    expect(status).toBe(403);
  });

  it("asks a client of an older version on the stream of its call", async () => {
    const server = await serve(sample().worker);
    const initialize = {
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: { elicitation: {} } },
    };
    const opened = await send(server, initialize, plainHeaders);
    const session = {
      ...plainHeaders,
      [HEADER.sessionId]: opened.headers.get(HEADER.sessionId) ?? "",
    };
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "ask", arguments: {} },
    };
    const response = await send(server, body, session);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const asked: { id: string } = JSON.parse(
      /^data: (.*)$/m.exec((await reader.read()).value ?? "")?.[1] ?? "",
    );
    expect(asked).toMatchObject({ method: "elicitation/create", params: { message: "A word?" } });
    const answer = { jsonrpc: "2.0", id: asked.id, result: { action: "decline" } };
    expect((await send(server, answer, session)).status).toBe(202);
    expect((await reader.read()).value).toContain('"text":"decline"');
    expect((await send(server, answer, session)).status).toBe(400);
  });

  it("cancels a session's call when told to", async () => {
    const { worker, started, aborted } = sample();
    const server = await serve(worker);
    const session = { ...plainHeaders, [HEADER.protocolVersion]: "2025-11-25" };
    const opened = await send(
      server,
      {
        jsonrpc: "2.0",
        id: 0,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {} },
      },
      session,
    );
    const own = { ...session, [HEADER.sessionId]: opened.headers.get(HEADER.sessionId) ?? "" };
    const running = send(
      server,
      { jsonrpc: "2.0", id: 9, method: "tools/call", params: { name: "wait" } },
      own,
    );
    await started;
    await send(
      server,
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 9 } },
      own,
    );
    expect(await aborted).toContain("cancelled");
    await (await running).text();
  });
});
