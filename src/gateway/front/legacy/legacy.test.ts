import { beforeEach, describe, expect, test } from "vitest";
import { META } from "../../../protocol/meta.ts";
import { createFront } from "../front.ts";
import type { Front } from "../front.ts";
import type { FrontLimits } from "../limits.ts";
import { readEvents } from "../testing/events.ts";
import {
  SERVER_INFO,
  createFakeRouter,
  createManualClock,
  initializeBody,
  post,
  resultOf,
} from "../testing/fake-router.ts";
import type { FakeRouter, ManualClock } from "../testing/fake-router.ts";

let router: FakeRouter;
let clock: ManualClock;
let front: Front;
const make = (limits: Partial<FrontLimits> = {}): Front => {
  let ids = 0;
  return createFront({ router, clock, newId: (p) => `${p}-${(ids += 1)}`, limits });
};
beforeEach(() => {
  router = createFakeRouter();
  clock = createManualClock();
  front = make();
});

const open = async (version = "2025-11-25", path = "/mcp"): Promise<string> => {
  const response = await front.fetch(post(initializeBody(version), { path }));
  return response.headers.get("mcp-session-id") ?? "";
};
const call = (id: string | number, params = {}, method = "tools/call") => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
const remove = (session: string, path = "/mcp"): Promise<Response> =>
  front.fetch(
    new Request(`http://localhost${path}`, {
      method: "DELETE",
      headers: { "mcp-session-id": session },
    }),
  );
const called = async (): Promise<void> => {
  const before = router.requests.length;
  while (router.requests.length === before) await new Promise((done) => setImmediate(done));
};

describe("initialize", () => {
  test("is answered from discovery, without modern words, and opens a session", async () => {
    const response = await front.fetch(post(initializeBody()));
    expect(response.status).toBe(200);
    expect(response.headers.get("mcp-session-id")).toMatch(/^session-/);
    expect(await response.json()).toEqual({
      jsonrpc: "2.0",
      id: "init",
      result: {
        protocolVersion: "2025-11-25",
        capabilities: {
          tools: { listChanged: true },
          extensions: { "io.modelcontextprotocol/ui": {} },
        },
        serverInfo: SERVER_INFO,
        instructions: "Be kind.",
      },
    });
    expect(router.requests[0]).toMatchObject({
      method: "server/discover",
      client: { era: "legacy" },
    });
  });

  test.each([
    ["2024-11-05", "2024-11-05"],
    ["2025-03-26", "2025-03-26"],
    ["2026-07-28", "2025-11-25"],
    ["1.0", "2025-11-25"],
  ])("asked for %s speaks %s", async (asked, spoken) => {
    const response = await front.fetch(post(initializeBody(asked)));
    expect(await response.json()).toMatchObject({ result: { protocolVersion: spoken } });
  });

  test("that fails inward opens nothing and leaks no modern code", async () => {
    router.handle = () =>
      Promise.resolve({ kind: "error", error: { code: -32022, message: "inner" } });
    const response = await front.fetch(post(initializeBody()));
    expect(response.headers.get("mcp-session-id")).toBeNull();
    expect(await response.json()).toMatchObject({ id: "init", error: { code: -32603 } });
  });
});

describe("a session", () => {
  test("without an id is 400, unknown 404, and the version header must be one we speak", async () => {
    const session = await open();
    expect((await front.fetch(post(call(1)))).status).toBe(400);
    expect((await front.fetch(post(call(1), { session: "session-99" }))).status).toBe(404);
    const headers = { "mcp-protocol-version": "2025-01-01" };
    expect((await front.fetch(post(call(1), { session, headers }))).status).toBe(400);
    expect((await front.fetch(post(call(1), { session }))).status).toBe(200);
  });

  test("ends by DELETE, its calls with it", async () => {
    const session = await open();
    const { promise } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = () => promise;
    const pending = front.fetch(post(call(1), { session }));
    await called();
    expect((await remove(session)).status).toBe(204);
    expect(router.requests.at(-1)?.signal.aborted).toBe(true);
    expect(await (await pending).text()).toBe("");
    expect((await remove(session)).status).toBe(404);
    expect((await front.fetch(post(call(2), { session }))).status).toBe(404);
  });

  test("opened for one worker opens no other door", async () => {
    const session = await open("2025-11-25", "/mcp/a");
    for (const path of ["/mcp", "/mcp/b"]) {
      expect((await front.fetch(post(call(1), { session, path }))).status).toBe(404);
      expect((await remove(session, path)).status).toBe(404);
    }
    const own = await front.fetch(post(call(1), { session, path: "/mcp/a" }));
    expect(own.status).toBe(200);
    const old = post(call(1), { path: `/messages?sessionId=${session}` });
    expect((await front.fetch(old)).status).toBe(404);
  });

  test("is forgotten when idle, kept while used", async () => {
    front = make({ sessionIdleMs: 10_000 });
    const used = await open();
    const idle = await open();
    for (let i = 0; i < 6; i += 1) {
      clock.advance(2_000);
      await front.fetch(post(call(i, {}, "ping"), { session: used }));
    }
    expect((await front.fetch(post(call(1, {}, "ping"), { session: used }))).status).toBe(200);
    expect((await front.fetch(post(call(1, {}, "ping"), { session: idle }))).status).toBe(404);
  });

  test("gives way when there are too many, unless it is in use", async () => {
    front = make({ maxSessions: 2 });
    const first = await open();
    const second = await open();
    await front.fetch(post(call(1, {}, "ping"), { session: first }));
    await open();
    expect((await front.fetch(post(call(1, {}, "ping"), { session: second }))).status).toBe(404);
    router.onCall = () => new Promise(() => {});
    front = make({ maxSessions: 1 });
    const busy = await open();
    void front.fetch(post(call(1), { session: busy }));
    await called();
    const refused = await front.fetch(post(initializeBody()));
    expect(refused.status).toBe(503);
  });
});

describe("requests", () => {
  test("lose what is modern in their results", async () => {
    const session = await open();
    const text = `{"resultType":"complete","ttlMs":5,"cacheScope":"public","content":[ ],"structuredContent":[1.0],"_meta":{"${META.serverInfo}":{},"keep":1}}`;
    router.onCall = () => ({ kind: "result", result: { text } });
    const response = await front.fetch(post(call(1, { name: "t", task: {} }), { session }));
    expect(await response.text()).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"content":[ ],"structuredContent":{"result":[1.0]},"_meta":{"keep":1}}}',
    );
    expect(router.requests.at(-1)).toMatchObject({
      params: { name: "t" },
      client: { era: "legacy", protocolVersion: "2025-11-25", info: { name: "test" } },
    });
    expect(router.requests.at(-1)?.params).not.toHaveProperty("task");
  });

  test.each([
    [-32020, -32603],
    [-32022, -32603],
    [-32602, -32602],
    [-31002, -31002],
  ])("see error %d as %d, in band", async (inner, outer) => {
    const session = await open();
    router.onCall = () => ({
      kind: "error",
      error: { code: inner, message: "m" },
      httpStatus: 503,
    });
    const response = await front.fetch(post(call(1), { session }));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: outer } });
  });

  test("that lack a capability hear so in a result if it is a tool's, else as -32600", async () => {
    const session = await open();
    const data = { requiredCapabilities: { sampling: {} } };
    router.onCall = () => ({ kind: "error", error: { code: -32021, message: "m", data } });
    const tool = await front.fetch(post(call(1), { session }));
    const text = expect.stringContaining("sampling, which this client does not support");
    expect(await tool.json()).toMatchObject({ result: { isError: true, content: [{ text }] } });
    const prompt = await front.fetch(post(call(2, {}, "prompts/get"), { session }));
    expect(await prompt.json()).toMatchObject({ error: { code: -32600 } });
  });

  test("of this era are answered here, of the other not known", async () => {
    const session = await open();
    const ping = await front.fetch(post(call(1, {}, "ping"), { session }));
    expect(await ping.json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    for (const method of ["server/discover", "subscriptions/listen", "tasks/get"]) {
      const response = await front.fetch(post(call(1, {}, method), { session }));
      expect(await response.json()).toMatchObject({ error: { code: -32601 } });
    }
    expect(router.requests).toHaveLength(1);
  });

  test("get logs of the level that the session asked for", async () => {
    const session = await open();
    router.onCall = (request) => {
      request.notify("notifications/message", { level: "info", data: request.logLevel });
      return resultOf({});
    };
    const before = await front.fetch(post(call(1), { session }));
    expect(await readEvents(before).message()).toMatchObject({
      params: { level: "info", data: "info" },
    });
    const bad = await front.fetch(
      post(call(2, { level: "loud" }, "logging/setLevel"), { session }),
    );
    expect(await bad.json()).toMatchObject({ error: { code: -32602 } });
    await front.fetch(post(call(3, { level: "error" }, "logging/setLevel"), { session }));
    const after = await front.fetch(post(call(4), { session }));
    expect(after.headers.get("content-type")).toBe("application/json");
    expect(router.requests.at(-1)?.logLevel).toBe("error");
  });

  test("are cancelled by notification and then owe no answer; their id is free again", async () => {
    const session = await open();
    router.onCall = () => new Promise(() => {});
    const pending = front.fetch(post(call("c"), { session }));
    await called();
    const twice = await front.fetch(post(call("c"), { session }));
    expect(await twice.json()).toMatchObject({ error: { code: -32600 } });
    const cancel = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: "c" },
    };
    expect((await front.fetch(post(cancel, { session }))).status).toBe(202);
    expect(router.requests.at(-1)?.signal.aborted).toBe(true);
    expect(await (await pending).text()).toBe("");
    router.onCall = undefined;
    const again = await front.fetch(post(call("c"), { session }));
    expect(await again.json()).toMatchObject({ id: "c", result: {} });
  });

  test("are bounded per session", async () => {
    front = make({ maxCallsPerSession: 1 });
    const session = await open();
    router.onCall = () => new Promise(() => {});
    void front.fetch(post(call(1), { session }));
    await called();
    const refused = await front.fetch(post(call(2), { session }));
    expect(await refused.json()).toMatchObject({ id: 2, error: { data: { code: "overloaded" } } });
  });

  test("must accept both kinds of answer", async () => {
    const session = await open();
    for (const accept of ["application/json", "text/event-stream", "text/html"]) {
      expect((await front.fetch(post(call(1), { session, headers: { accept } }))).status).toBe(406);
    }
    expect((await front.fetch(post(call(1), { session, headers: { accept: "*/*" } }))).status).toBe(
      200,
    );
  });

  test("without an envelope or a session say what to do", async () => {
    const response = await front.fetch(post(call(1, {}, "tools/list")));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("initialize");
  });
});

describe("batches", () => {
  const batch = [
    call(1, { name: "a" }),
    { jsonrpc: "2.0", method: "notifications/initialized" },
    call("2", {}, "ping"),
  ];

  test("exist in 2025-03-26: one answer for all requests", async () => {
    const session = await open("2025-03-26");
    const response = await front.fetch(post(batch, { session }));
    const answers: { id: unknown }[] = await response.json();
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([1, "2"]));
    const silent = await front.fetch(post([batch[1]], { session }));
    expect(silent.status).toBe(202);
  });

  test("become a stream when one request has something to say", async () => {
    const session = await open("2025-03-26");
    router.onCall = (request) => {
      request.notify("notifications/progress", { progress: 1 });
      return resultOf({});
    };
    const withProgress = [call(1, { _meta: { progressToken: "p" } }), call(2, {}, "ping")];
    const all = await readEvents(await front.fetch(post(withProgress, { session }))).rest();
    expect(all).toHaveLength(3);
    expect(all).toContainEqual({ jsonrpc: "2.0", id: 2, result: {} });
  });

  test("exist nowhere else", async () => {
    for (const version of ["2024-11-05", "2025-06-18", "2025-11-25"]) {
      const session = await open(version);
      expect((await front.fetch(post(batch, { session }))).status).toBe(400);
    }
    expect((await front.fetch(post(batch))).status).toBe(400);
    const headers = { "mcp-protocol-version": "2026-07-28" };
    expect((await front.fetch(post(batch, { headers }))).status).toBe(400);
  });

  test("are refused whole when empty, too long, torn, or with an id used twice", async () => {
    const session = await open("2025-03-26");
    const long = Array.from({ length: 101 }, (_, i) => call(i, {}, "ping"));
    for (const bad of ["[]", "[1]", "[{]", "[{}", JSON.stringify(long), [call(1), call(1)]]) {
      expect((await front.fetch(post(bad, { session }))).status).toBe(400);
    }
    expect(router.requests).toHaveLength(1);
  });
});
