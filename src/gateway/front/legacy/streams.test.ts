/** What legacy clients get without asking each time, and what they get back after a broken connection. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFront } from "../front.ts";
import type { Front } from "../front.ts";
import type { FrontLimits } from "../limits.ts";
import { readEvents } from "../testing/events.ts";
import {
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

const open = async (version = "2025-11-25"): Promise<string> => {
  const response = await front.fetch(post(initializeBody(version)));
  return response.headers.get("mcp-session-id") ?? "";
};
const get = (session: string, headers: Record<string, string> = {}): Promise<Response> =>
  front.fetch(
    new Request("http://localhost/mcp", {
      headers: { accept: "text/event-stream", "mcp-session-id": session, ...headers },
    }),
  );
const request = (id: number, method: string, params = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
const listening = async (count: number): Promise<void> => {
  while (router.listens.length < count) await new Promise((done) => setImmediate(done));
};

describe("the standing stream", () => {
  test("brings list changes and signs of life", async () => {
    const session = await open();
    const events = readEvents(await get(session));
    expect(await events.next()).toEqual({ comment: "keep-alive" });
    await listening(1);
    router.listens[0]?.emit("notifications/tools/list_changed", {});
    expect(await events.message()).toEqual({
      jsonrpc: "2.0",
      method: "notifications/tools/list_changed",
      params: {},
    });
    clock.advance(15_000);
    expect(await events.next()).toEqual({ comment: "keep-alive" });
  });

  test("needs the right Accept header, a session, and room", async () => {
    front = make({ maxStreamsPerSession: 1 });
    const session = await open();
    expect((await get(session, { accept: "application/json" })).status).toBe(406);
    expect((await get("session-99")).status).toBe(404);
    expect((await get(session)).status).toBe(200);
    expect((await get(session)).status).toBe(409);
  });

  test("keeps what came while nobody listened, once", async () => {
    const session = await open();
    await front.fetch(post(request(1, "resources/subscribe", { uri: "test://x" }), { session }));
    router.listens[0]?.emit("notifications/resources/updated", { uri: "test://x" });
    const events = readEvents(await get(session));
    expect(await events.message()).toMatchObject({ params: { uri: "test://x" } });
    await events.cancel();
    const again = readEvents(await get(session));
    await again.next();
    clock.advance(15_000);
    expect(await again.next()).toEqual({ comment: "keep-alive" });
  });

  test("ends with its session, and the inner subscription with it", async () => {
    const session = await open();
    const events = readEvents(await get(session));
    await listening(1);
    await front.fetch(
      new Request("http://localhost/mcp", {
        method: "DELETE",
        headers: { "mcp-session-id": session },
      }),
    );
    expect(await events.rest()).toEqual([]);
    expect(router.listens[0]?.signal.aborted).toBe(true);
  });
});

describe("subscriptions", () => {
  test("are one inner stream that follows what is wanted", async () => {
    const session = await open();
    const send = (id: number, method: string, uri: unknown): Promise<Response> =>
      front.fetch(post(request(id, method, { uri }), { session }));
    expect(await (await send(1, "resources/subscribe", "test://x")).json()).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: {},
    });
    await send(2, "resources/subscribe", "test://y");
    expect(router.listens[0]?.signal.aborted).toBe(true);
    expect(router.listens[1]?.filter.resourceSubscriptions).toEqual(["test://x", "test://y"]);
    await send(3, "resources/unsubscribe", "test://x");
    expect(router.listens[2]?.filter.resourceSubscriptions).toEqual(["test://y"]);
    await send(4, "resources/unsubscribe", "test://y");
    expect(router.listens[2]?.signal.aborted).toBe(true);
    expect(router.listens).toHaveLength(3);
  });

  test("that nobody honours are refused", async () => {
    const session = await open();
    const deaf = await front.fetch(
      post(request(1, "resources/subscribe", { uri: "test://deaf" }), { session }),
    );
    expect(await deaf.json()).toMatchObject({ error: { data: { code: "not_supported" } } });
    const wrong = await front.fetch(post(request(2, "resources/subscribe", {}), { session }));
    expect(await wrong.json()).toMatchObject({ error: { code: -32602 } });
  });
});

describe("resuming", () => {
  test("a call goes on while its client is away, and its answer waits for it", async () => {
    front = make({ maxStreamsPerSession: 1 });
    const session = await open();
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof resultOf>>();
    router.onCall = (inner) => {
      inner.notify("notifications/progress", { progress: 1 });
      return promise;
    };
    const body = request(5, "tools/call", { _meta: { progressToken: "t" } });
    const events = readEvents(await front.fetch(post(body, { session })));
    expect((await events.next())?.data).toBe("");
    expect(await events.message()).toMatchObject({ params: { progress: 1, progressToken: "t" } });
    const lastId = events.lastId ?? "";
    await events.cancel();
    expect(router.requests.at(-1)?.signal.aborted).toBe(false);
    router.requests.at(-1)?.notify("notifications/progress", { progress: 2 });
    const resumed = readEvents(await get(session, { "last-event-id": lastId }));
    expect(await resumed.message()).toMatchObject({ params: { progress: 2 } });
    resolve(resultOf({ content: [] }));
    expect(await resumed.message()).toMatchObject({ id: 5, result: { content: [] } });
    expect(await resumed.message()).toBeUndefined();
    const late = readEvents(await get(session, { "last-event-id": lastId }));
    expect(await late.rest()).toHaveLength(2);
  });

  test("old clients get no event without data", async () => {
    const session = await open("2025-06-18");
    router.onCall = (inner) => {
      inner.notify("notifications/progress", { progress: 1 });
      return resultOf({});
    };
    const body = request(5, "tools/call", { _meta: { progressToken: "t" } });
    const events = readEvents(await front.fetch(post(body, { session })));
    expect((await events.next())?.data).toContain("progress");
  });

  test("memory for it is bounded", async () => {
    front = make({ maxReplayEvents: 3, maxReplayBytes: 10_000 });
    const session = await open();
    await front.fetch(post(request(1, "resources/subscribe", { uri: "test://x" }), { session }));
    for (let i = 0; i < 10; i += 1) {
      router.listens[0]?.emit("notifications/resources/updated", { uri: `test://x/${i}` });
    }
    const events = readEvents(await get(session, { "last-event-id": "0-2" }));
    for (const i of [7, 8, 9]) {
      expect(await events.message()).toMatchObject({ params: { uri: `test://x/${i}` } });
    }
  });

  test.each(["", "x", "9-9", "0-0-0", "-1-1", "999999999999-1"])(
    "an id that means nothing (%j) leads to the standing stream",
    async (id) => {
      const session = await open();
      expect((await get(session, { "last-event-id": id })).status).toBe(200);
    },
  );
});
