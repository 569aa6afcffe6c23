/** The Node entry over real sockets. */
import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock, systemNewId } from "../protocol/index.ts";
import { silentTelemetry } from "../telemetry/index.ts";
import { createFront } from "./front/front.ts";
import { readEvents } from "./front/testing/events.ts";
import { createFakeRouter, modern, resultOf } from "./front/testing/fake-router.ts";
import type { FakeRouter } from "./front/testing/fake-router.ts";
import { createNodeServer } from "./node-server.node.ts";
import type { NodeServer, NodeServerOptions } from "./node-server.node.ts";

let router: FakeRouter;
let server: NodeServer;
const start = (options: Partial<NodeServerOptions> = {}): Promise<NodeServer> =>
  createNodeServer({
    front: createFront({ router, clock: systemClock, newId: systemNewId }),
    host: "127.0.0.1",
    port: 0,
    ...options,
  });
beforeEach(async () => {
  router = createFakeRouter();
  server = await start();
});
afterEach(() => server.close());

/** A request made for the fake host, sent to the real server. */
const send = async (request: Request, signal?: AbortSignal): Promise<Response> => {
  const url = new URL(request.url);
  return fetch(`${server.url}${url.pathname}${url.search}`, {
    method: request.method,
    headers: request.headers,
    body: await request.text(),
    ...(signal === undefined ? {} : { signal }),
  });
};

/** Writes bytes as they are, resolves with everything that comes back until the server closes or `until` shows. */
const raw = (bytes: string | Uint8Array, until?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (until !== undefined && text.includes(until)) socket.destroy();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((done) => setImmediate(done));
};

test("serves a plain call with its length, and many on one connection", async () => {
  for (let id = 0; id < 3; id += 1) {
    const response = await send(modern("tools/call", { name: "größe" }, { id }));
    expect(response.headers.get("content-length")).not.toBeNull();
    expect(await response.json()).toMatchObject({ id, result: { content: [{ type: "text" }] } });
  }
});

test("streams what comes before the result, without waiting for it", async () => {
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof resultOf>>();
  router.onCall = (request) => {
    request.notify("notifications/progress", { progress: 1 });
    return promise;
  };
  const response = await send(modern("tools/call", { name: "t" }, { meta: { progressToken: 1 } }));
  const events = readEvents(response);
  expect(await events.message()).toMatchObject({ params: { progress: 1 } });
  resolve(resultOf({}));
  expect(await events.message()).toMatchObject({ id: 1 });
});

test("a client that hangs up cancels its call", async () => {
  router.onCall = () => new Promise(() => {});
  const gone = new AbortController();
  const pending = send(modern("tools/call", { name: "t" }), gone.signal).catch(() => "aborted");
  await until(() => router.requests.length === 1);
  gone.abort();
  expect(await pending).toBe("aborted");
  await until(() => router.requests[0]?.signal.aborted === true);
});

test("a finished call is not cancelled", async () => {
  await (await send(modern("tools/call", { name: "t" }))).text();
  await (await send(modern("tools/list"))).text();
  expect(router.requests[0]?.signal.aborted).toBe(false);
});

describe("a body that is too large", () => {
  const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  test("is refused as soon as its length is known, and the connection lives on", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${server.url}/mcp`, {
        method: "POST",
        agent,
        headers: { "content-type": "application/json", "content-length": 50_000_000 },
      });
      request.on("error", reject);
      request.on("response", (response: IncomingMessage) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
        for (let i = 0; i < 50; i += 1) request.write(Buffer.alloc(1_000_000, 32));
        request.end();
      });
      request.flushHeaders();
    });
    expect(status).toBe(413);
    agent.destroy();
    expect((await send(modern("tools/list"))).status).toBe(200);
  });

  test("is not even asked for when the client waits for a go", async () => {
    const answer = await raw(
      `${head}Content-Length: 50000000\r\nExpect: 100-continue\r\n\r\n`,
      "}}",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("message_too_large");
  });

  test("is refused at the limit when its length is not announced", async () => {
    await server.close();
    server = await start({
      front: createFront({
        router,
        clock: systemClock,
        newId: systemNewId,
        limits: { maxBodyBytes: 100 },
      }),
    });
    const chunk = `c8\r\n${" ".repeat(200)}\r\n`;
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`, "}}")).toMatch(
      /^HTTP\/1\.1 413 /,
    );
  });

  test("that goes on and on is cut in the end", async () => {
    await server.close();
    server = await start({ limits: { maxDiscardBytes: 1000 } });
    const answer = await raw(`${head}Content-Length: 50000000\r\n\r\n${"x".repeat(5000)}`).catch(
      () => "cut",
    );
    expect(answer === "cut" || answer.includes("413")).toBe(true);
  });
});

test("a client that waits for a go gets one when its request is fine", async () => {
  const body = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  const answer = await raw(
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
});

test("a body that is no UTF-8 is refused, not repaired", async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"a":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ]);
  const response = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: bytes,
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("UTF-8");
});

describe("what is not HTTP as it should be", () => {
  test.each([
    ["no HTTP", "hello\r\n\r\n", 400],
    ["no Host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    [
      "huge headers",
      `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ["a huge path", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    [
      "two lengths",
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      400,
    ],
    [
      "length and chunks",
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    [
      "a foreign Host",
      "GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
      403,
    ],
  ])("%s", async (_, bytes, status) => {
    expect(await raw(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test("slow headers run out of time", async () => {
    await server.close();
    server = await start({ limits: { headersTimeoutMs: 50 } });
    expect(await raw("GET /health HTTP/1.1\r\nHost: local")).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("the fallback", () => {
  test("gets the request and answers, streams included", async () => {
    await server.close();
    let wasCancelled = false;
    server = await start({
      fallback: async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/echo")
          return new Response(await request.text(), { status: 201, headers: { "x-a": "b" } });
        if (pathname === "/broken") throw new Error("secret detail");
        if (pathname !== "/stream") return undefined;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
          cancel: () => void (wasCancelled = true),
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      },
    });
    const echo = await fetch(`${server.url}/echo?x=1`, { method: "POST", body: "hello" });
    expect([echo.status, echo.headers.get("x-a"), await echo.text()]).toEqual([201, "b", "hello"]);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    const broken = await fetch(`${server.url}/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain("secret");
    const events = readEvents(await fetch(`${server.url}/stream`));
    expect(await events.message()).toBe(1);
    await events.cancel();
    await until(() => wasCancelled);
  });
});

test("a port in use is a typed error that says what to do", async () => {
  await expect(start({ port: server.port })).rejects.toMatchObject({
    code: "port_in_use",
    hint: expect.stringContaining("--port"),
  });
  await expect(start({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "config_invalid" });
});

describe("closing", () => {
  test("lets calls under way finish, ends listen streams with their result, takes no new calls", async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = () => promise;
    const pending = send(modern("tools/call", { name: "t" }));
    const listen = await send(
      modern("subscriptions/listen", { notifications: { toolsListChanged: true } }, { id: "L" }),
    );
    await until(() => router.requests.length === 1);
    const closed = server.close({ graceMs: 60_000 });
    expect((await readEvents(listen).rest()).at(-1)).toMatchObject({ id: "L", result: {} });
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    resolve(resultOf({}));
    expect((await pending).status).toBe(200);
    await closed;
  });

  test("does not wait longer than it was told", async () => {
    router.onCall = () => new Promise(() => {});
    const pending = send(modern("tools/call", { name: "t" })).catch(() => "cut");
    await until(() => router.requests.length === 1);
    await server.close({ graceMs: 1 });
    expect(await pending).toBe("cut");
    expect(router.requests[0]?.signal.aborted).toBe(true);
  });
});

test("requests are counted by route and status alone", async () => {
  await server.close();
  const counted: unknown[] = [];
  server = await start({
    telemetry: {
      ...silentTelemetry,
      meter: { ...silentTelemetry.meter, count: (...args) => void counted.push(args) },
    },
  });
  await (await fetch(`${server.url}/health?secret=1`)).text();
  await until(() => counted.length === 1);
  expect(counted).toEqual([["gateway_http_requests", 1, { route: "health", status: "200" }]]);
});
