import { beforeEach, describe, expect, test } from "vitest";
import { FlotillaError } from "../../../protocol/errors.ts";
import { META } from "../../../protocol/meta.ts";
import { toWireError } from "../../../protocol/wire-errors.ts";
import { createFront } from "../front.ts";
import type { Front } from "../front.ts";
import { readEvents } from "../testing/events.ts";
import {
  SERVER_INFO,
  createFakeRouter,
  createManualClock,
  modern,
  resultOf,
} from "../testing/fake-router.ts";
import type { FakeRouter, ManualClock } from "../testing/fake-router.ts";

let router: FakeRouter;
let clock: ManualClock;
let front: Front;
beforeEach(() => {
  router = createFakeRouter();
  clock = createManualClock();
  let ids = 0;
  front = createFront({ router, clock, newId: (prefix) => `${prefix}-${(ids += 1)}` });
});

const errorOf = async (
  response: Response,
): Promise<{ code: number; data?: Record<string, unknown> }> => {
  const body: { error: { code: number } } = await response.json();
  return body.error;
};

describe("a plain call", () => {
  test("is one JSON answer, its result byte for byte", async () => {
    const text =
      '{"resultType":"complete","content":[],"structuredContent":{"n":1.0,"big":12345678901234567890}}';
    router.onCall = () => ({ kind: "result", result: { text } });
    const response = await front.fetch(modern("tools/call", { name: "t" }, { id: "x\u2028" }));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe(`{"jsonrpc":"2.0","id":"x\u2028","result":${text}}`);
  });

  test("reaches the router without what describes the hop, and with what does not", async () => {
    await front.fetch(
      modern(
        "tools/call",
        { name: "t", arguments: { a: 1 } },
        {
          path: "/mcp/a",
          meta: {
            [META.clientInfo]: { name: "c", version: "1" },
            [META.clientCapabilities]: { sampling: {} },
            [META.logLevel]: "error",
            progressToken: 5,
            traceparent: "00-1-2-01",
          },
        },
      ),
    );
    expect(router.requests[0]).toMatchObject({
      method: "tools/call",
      endpoint: { kind: "worker", worker: "a" },
      client: {
        era: "modern",
        protocolVersion: "2026-07-28",
        info: { name: "c" },
        capabilities: { sampling: {} },
      },
      logLevel: "error",
      wantsProgress: true,
    });
    expect(router.requests[0]?.params).toEqual({
      name: "t",
      arguments: { a: 1 },
      _meta: { traceparent: "00-1-2-01" },
    });
  });

  test("leaves no empty _meta behind", async () => {
    await front.fetch(modern("tools/list"));
    expect(router.requests[0]?.params).toEqual({});
  });

  test("passes input_required through", async () => {
    const text = '{"resultType":"input_required","requestState":"s"}';
    router.onCall = () => ({ kind: "input_required", result: { text } });
    const response = await front.fetch(modern("tools/call", { name: "t" }));
    expect(await response.text()).toBe(`{"jsonrpc":"2.0","id":1,"result":${text}}`);
  });

  test("with a name that HTTP cannot carry is compared decoded", async () => {
    expect((await front.fetch(modern("tools/call", { name: "größe 大" }))).status).toBe(200);
    expect((await front.fetch(modern("resources/read", { uri: " test://x" }))).status).toBe(200);
  });
});

describe("the envelope", () => {
  const bad: [string, Request, number][] = [
    [
      "no _meta version",
      modern("tools/list", {}, { meta: { [META.protocolVersion]: undefined } }),
      -32602,
    ],
    [
      "no capabilities",
      modern("tools/list", {}, { meta: { [META.clientCapabilities]: undefined } }),
      -32602,
    ],
    [
      "a list as capabilities",
      modern("tools/list", {}, { meta: { [META.clientCapabilities]: [] } }),
      -32602,
    ],
    [
      "an unknown log level",
      modern("tools/list", {}, { meta: { [META.logLevel]: "loud" } }),
      -32602,
    ],
    [
      "no version header",
      modern("tools/list", {}, { headers: { "mcp-protocol-version": undefined } }),
      -32020,
    ],
    [
      "another version header",
      modern("tools/list", {}, { headers: { "mcp-protocol-version": "2025-11-25" } }),
      -32020,
    ],
    [
      "no method header",
      modern("tools/list", {}, { headers: { "mcp-method": undefined } }),
      -32020,
    ],
    [
      "another method header",
      modern("tools/list", {}, { headers: { "mcp-method": "Tools/list" } }),
      -32020,
    ],
    [
      "no name header",
      modern("tools/call", { name: "t" }, { headers: { "mcp-name": undefined } }),
      -32020,
    ],
    [
      "another name header",
      modern("tools/call", { name: "t" }, { headers: { "mcp-name": "T" } }),
      -32020,
    ],
    [
      "a broken name header",
      modern("tools/call", { name: "t" }, { headers: { "mcp-name": "=?base64?x?=" } }),
      -32020,
    ],
    [
      "an undecoded sentinel",
      modern(
        "tools/call",
        { name: "=?base64?dA==?=" },
        { headers: { "mcp-name": "=?base64?dA==?=" } },
      ),
      -32020,
    ],
  ];
  test.each(bad)("with %s is refused with 400", async (_, request, code) => {
    const response = await front.fetch(request);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ jsonrpc: "2.0", id: 1, error: { code } });
    expect(router.requests).toEqual([]);
  });

  test("of an unknown version says which are known", async () => {
    const response = await front.fetch(
      modern(
        "tools/list",
        {},
        {
          meta: { [META.protocolVersion]: "2099-01-01" },
          headers: { "mcp-protocol-version": "2099-01-01" },
        },
      ),
    );
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      code: -32022,
      data: { supported: ["2026-07-28"], requested: "2099-01-01" },
    });
  });

  test("allows white space around header values", async () => {
    const request = modern("tools/call", { name: "t" }, { headers: { "mcp-name": "  t\t" } });
    expect((await front.fetch(request)).status).toBe(200);
  });
});

describe("errors", () => {
  test.each(["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/list"])(
    "%s, removed from this era, is an unknown method",
    async (method) => {
      const response = await front.fetch(modern(method));
      expect(response.status).toBe(404);
      expect((await errorOf(response)).code).toBe(-32601);
      expect(router.requests).toEqual([]);
    },
  );

  test.each([
    [-32601, 404],
    [-32021, 400],
    [-32602, 200],
    [-31003, 200],
  ])("code %d of the router goes out with status %d", async (code, status) => {
    router.onCall = () => ({
      kind: "error",
      error: { code, message: "m", data: { requiredCapabilities: { sampling: {} } } },
    });
    const response = await front.fetch(modern("tools/call", { name: "t" }));
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toMatchObject({
      code,
      data: { requiredCapabilities: { sampling: {} } },
    });
  });

  test("a router that breaks its promise still gets its client an answer", async () => {
    router.onCall = () => Promise.reject(new Error("secret detail"));
    const response = await front.fetch(modern("tools/call", { name: "t" }));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret detail");
  });

  test("more calls than the bound are told to come back", async () => {
    const small = createFront({ router, clock, newId: (p) => p, limits: { maxInFlight: 1 } });
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = () => promise;
    const first = small.fetch(modern("tools/call", { name: "t" }));
    const second = await small.fetch(modern("tools/call", { name: "t" }, { id: 2 }));
    expect(second.status).toBe(503);
    expect(second.headers.get("retry-after")).toBe("1");
    expect(await errorOf(second)).toMatchObject({ data: { code: "overloaded", retryable: true } });
    resolve(resultOf({}));
    expect((await first).status).toBe(200);
    expect((await small.fetch(modern("tools/call", { name: "t" }))).status).toBe(200);
  });

  test("retry time of an unavailable worker becomes a header", async () => {
    const cause = new FlotillaError("worker_unavailable", "gone", { retryAfterMs: 1500 });
    router.onCall = () => ({ kind: "error", error: toWireError(cause), httpStatus: 503, cause });
    const response = await front.fetch(modern("tools/call", { name: "t" }));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  });
});

describe("other messages", () => {
  test("notifications are accepted, with or without a method header", async () => {
    const request = new Request("http://localhost/mcp", {
      method: "POST",
      headers: { "content-type": "application/json", "mcp-protocol-version": "2026-07-28" },
      body: '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
    });
    const response = await front.fetch(request);
    expect([response.status, await response.text()]).toEqual([202, ""]);
  });

  test("responses are refused", async () => {
    const request = new Request("http://localhost/mcp", {
      method: "POST",
      headers: { "content-type": "application/json", "mcp-protocol-version": "2026-07-28" },
      body: '{"jsonrpc":"2.0","id":1,"result":{}}',
    });
    expect((await front.fetch(request)).status).toBe(400);
  });
});

describe("a call that has something to say first", () => {
  test("turns into a stream: progress with the client's token, wanted logs, then the result", async () => {
    router.onCall = (request) => {
      request.notify("notifications/progress", { progress: 1, progressToken: "the worker's own" });
      request.notify("notifications/message", { level: "debug", data: "too quiet" });
      request.notify("notifications/message", { level: "error", data: "loud" });
      request.notify("notifications/tools/list_changed", {});
      return resultOf({ content: [] });
    };
    const request = modern(
      "tools/call",
      { name: "t" },
      { meta: { progressToken: "mine", [META.logLevel]: "warning" } },
    );
    const response = await front.fetch(request);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    expect(await readEvents(response).rest()).toEqual([
      {
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progress: 1, progressToken: "mine" },
      },
      { jsonrpc: "2.0", method: "notifications/message", params: { level: "error", data: "loud" } },
      {
        jsonrpc: "2.0",
        id: 1,
        result: { resultType: "complete", content: [], _meta: { [META.serverInfo]: SERVER_INFO } },
      },
    ]);
  });

  test("stays JSON when the client cannot read streams, or asked for nothing", async () => {
    router.onCall = (request) => {
      request.notify("notifications/progress", { progress: 1 });
      request.notify("notifications/message", { level: "emergency", data: "x" });
      return resultOf({});
    };
    const plain = await front.fetch(modern("tools/call", { name: "t" }));
    expect(plain.headers.get("content-type")).toBe("application/json");
    const jsonOnly = modern(
      "tools/call",
      { name: "t" },
      { meta: { progressToken: 1 }, headers: { accept: "application/json" } },
    );
    expect((await front.fetch(jsonOnly)).headers.get("content-type")).toBe("application/json");
  });

  test("is streamed from the start to a client that reads nothing else", async () => {
    const response = await front.fetch(
      modern("tools/list", {}, { headers: { accept: "text/event-stream" } }),
    );
    expect(await readEvents(response).message()).toMatchObject({ id: 1, result: {} });
    const neither = await front.fetch(
      modern("tools/list", {}, { headers: { accept: "text/html" } }),
    );
    expect(neither.status).toBe(406);
  });

  test("gives a sign of life when nothing happens for long", async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = () => promise;
    const pending = front.fetch(modern("tools/call", { name: "t" }));
    await Promise.resolve();
    while (router.requests.length === 0) await new Promise((done) => setImmediate(done));
    clock.advance(31_000);
    const events = readEvents(await pending);
    expect(await events.next()).toEqual({ comment: "keep-alive" });
    resolve(resultOf({}));
    expect(await events.message()).toMatchObject({ id: 1 });
    expect(await events.next()).toBeUndefined();
  });

  test("is cancelled by closing the stream", async () => {
    const { promise } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = (request) => {
      request.notify("notifications/progress", { progress: 1 });
      return promise;
    };
    const response = await front.fetch(
      modern("tools/call", { name: "t" }, { meta: { progressToken: 1 } }),
    );
    const events = readEvents(response);
    await events.message();
    expect(router.requests[0]?.signal.aborted).toBe(false);
    await events.cancel();
    expect(router.requests[0]?.signal.aborted).toBe(true);
  });

  test("is cancelled when the client gives up before any answer", async () => {
    const { promise } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = () => promise;
    const gone = new AbortController();
    void front.fetch(modern("tools/call", { name: "t" }, { signal: gone.signal }));
    while (router.requests.length === 0) await new Promise((done) => setImmediate(done));
    gone.abort();
    expect(router.requests[0]?.signal.aborted).toBe(true);
  });

  test("drops progress, never the result, for a client that does not read", async () => {
    const small = createFront({
      router,
      clock,
      newId: (p) => p,
      limits: { softBacklogBytes: 2000 },
    });
    router.onCall = (request) => {
      for (let i = 0; i < 1000; i += 1) request.notify("notifications/progress", { progress: i });
      return resultOf({ content: [] });
    };
    const response = await small.fetch(
      modern("tools/call", { name: "t" }, { meta: { progressToken: 1 } }),
    );
    const all = await readEvents(response).rest();
    expect(all.length).toBeLessThan(50);
    expect(all.at(-1)).toMatchObject({ id: 1, result: {} });
  });
});
