/** What every request meets before its era matters: guard, routes, body rules, probes, fallback. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFront } from "./front.ts";
import type { Front } from "./front.ts";
import { BASE, createFakeRouter, createManualClock, modern, post } from "./testing/fake-router.ts";
import type { FakeRouter } from "./testing/fake-router.ts";

let router: FakeRouter;
let front: Front;
const make = (limits = {}): Front =>
  createFront({
    router,
    clock: createManualClock(),
    newId: (prefix) => prefix,
    limits,
    fallback: (request) =>
      Promise.resolve(
        new URL(request.url).pathname === "/" ? new Response("dashboard") : undefined,
      ),
  });
beforeEach(() => {
  router = createFakeRouter();
  front = make();
});

const get = (
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Response> => front.fetch(new Request(`${BASE}${path}`, { method, headers }));

describe("guard", () => {
  test.each([{ host: "evil.example" }, { origin: "http://evil.example" }, { origin: "null" }])(
    "%j is refused everywhere",
    async (headers) => {
      for (const path of ["/health", "/", "/mcp", "/sse", "/nothing"]) {
        expect((await get(path, headers)).status).toBe(403);
      }
      const request = modern("tools/list", {}, { headers });
      expect((await front.fetch(request)).status).toBe(403);
      expect(router.requests).toEqual([]);
    },
  );

  test("allowed hosts can be configured", async () => {
    front = createFront({
      router,
      clock: createManualClock(),
      newId: (p) => p,
      hosts: { hosts: ["mcp.example"], origins: ["https://app.example"] },
    });
    expect((await get("/health", { host: "mcp.example" })).status).toBe(200);
    expect(
      (await get("/health", { host: "mcp.example", origin: "https://app.example" })).status,
    ).toBe(200);
    expect(
      (await get("/health", { host: "mcp.example", origin: "https://evil.example" })).status,
    ).toBe(403);
    expect((await get("/health")).status).toBe(403);
  });
});

describe("probes", () => {
  test("health tells of every worker and stays 200 when one is broken", async () => {
    router.workers = { a: { state: "ready" }, b: { state: "crash_loop", lastError: "exited" } };
    const response = await get("/health");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "degraded", workers: router.workers });
    router.workers = { a: { state: "asleep" } };
    expect(await (await get("/health")).json()).toMatchObject({ status: "ok" });
  });

  test("ready is 503 until it is, and again while draining", async () => {
    router.ready = false;
    expect((await get("/ready")).status).toBe(503);
    expect(await (await get("/health")).json()).toMatchObject({ status: "starting" });
    router.ready = true;
    expect((await get("/ready")).status).toBe(200);
    await front.drain();
    expect((await get("/ready")).status).toBe(503);
    expect((await front.fetch(modern("tools/list"))).status).toBe(503);
  });

  test("answer HEAD without a body, and nothing but reads", async () => {
    const head = await get("/health", {}, "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await get("/health", {}, "DELETE")).status).toBe(405);
  });
});

describe("paths", () => {
  test("go to the fallback, then nowhere", async () => {
    expect(await (await get("/")).text()).toBe("dashboard");
    const lost = await get("/nothing");
    expect(lost.status).toBe(404);
    expect(await lost.json()).toMatchObject({ error: { code: "not_found" } });
  });

  test.each(["/mcp/unknown", "/mcp/A", "/mcp/a/b", "/mcp/..%2f", "/mcp/%00", "/sse/unknown"])(
    "%s: no such worker, and how to see those there are",
    async (path) => {
      for (const method of ["GET", "POST"]) {
        const response = await get(path, { "content-type": "application/json" }, method);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({
          jsonrpc: "2.0",
          id: null,
          error: { message: expect.stringContaining("/health"), data: { code: "worker_unknown" } },
        });
      }
    },
  );

  test("methods that mean nothing are refused with those that do", async () => {
    const response = await get("/mcp", {}, "PUT");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
    expect((await get("/messages")).status).toBe(405);
    expect((await front.fetch(post("{}", { path: "/sse" }))).status).toBe(405);
  });
});

test("a defect costs one request and tells no detail", async () => {
  router.knows = () => {
    throw new Error("secret detail");
  };
  const response = await front.fetch(post("{}", { path: "/mcp/a" }));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
  const broken = createFront({
    router,
    clock: createManualClock(),
    newId: (p) => p,
    fallback: () => Promise.reject(new Error("secret detail")),
  });
  const answer = await broken.fetch(new Request(`${BASE}/x`));
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("secret");
});

describe("bodies", () => {
  test.each([undefined, "text/plain", "application/jsonp", "text/plain; a=application/json"])(
    "of type %s are refused",
    async (type) => {
      expect((await front.fetch(post("{}", { headers: { "content-type": type } }))).status).toBe(
        415,
      );
    },
  );

  test("may say their charset", async () => {
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    expect((await front.fetch(modern("tools/list", {}, { headers }))).status).toBe(200);
  });

  test("that are compressed are refused", async () => {
    expect(
      (await front.fetch(post("{}", { headers: { "content-encoding": "gzip" } }))).status,
    ).toBe(415);
  });

  test("that are no JSON are a parse error", async () => {
    const response = await front.fetch(post("{nope"));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: null, error: { code: -32700 } });
  });

  test("that are no UTF-8 are refused, not repaired", async () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode('{"jsonrpc":"2.0","a":"'),
      0xff,
      0x22,
      0x7d,
    ]);
    const request = new Request(`${BASE}/mcp`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: bytes,
    });
    const response = await front.fetch(request);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("UTF-8");
  });

  test("beyond the limit are refused by their announced length, unread", async () => {
    let wasRead = false;
    const body = new ReadableStream({ pull: () => void (wasRead = true) }, { highWaterMark: 0 });
    const init: RequestInit & { duplex: "half" } = {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "50000000" },
      body,
      duplex: "half",
    };
    const response = await front.fetch(new Request(`${BASE}/mcp`, init));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { data: { code: "message_too_large" } } });
    expect(wasRead).toBe(false);
  });

  test("beyond the limit without an announced length are refused no later than there", async () => {
    front = make({ maxBodyBytes: 1000 });
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(400).fill(32));
      },
    });
    const init: RequestInit & { duplex: "half" } = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      duplex: "half",
    };
    expect((await front.fetch(new Request(`${BASE}/mcp`, init))).status).toBe(413);
    expect(pulled).toBeLessThan(6);
  });

  test("nested beyond reason are refused", async () => {
    const deep = `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":${"[".repeat(500)}${"]".repeat(500)}}}`;
    const response = await front.fetch(post(deep));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("deep");
  });
});
