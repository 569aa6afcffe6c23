import { beforeEach, expect, test } from "vitest";
import { META } from "../../../protocol/meta.ts";
import { createFront } from "../front.ts";
import type { Front } from "../front.ts";
import { readEvents } from "../testing/events.ts";
import { createFakeRouter, createManualClock, modern } from "../testing/fake-router.ts";
import type { FakeRouter, ManualClock } from "../testing/fake-router.ts";

let router: FakeRouter;
let clock: ManualClock;
let front: Front;
beforeEach(() => {
  router = createFakeRouter();
  clock = createManualClock();
  front = createFront({ router, clock, newId: (prefix) => prefix, limits: { maxListens: 2 } });
});

const listen = (notifications: unknown, id: string | number = "L1"): Promise<Response> =>
  front.fetch(modern("subscriptions/listen", { notifications }, { id }));

const stamp = (id: string | number = "L1") => ({ [META.subscriptionId]: id });

test("acknowledges first what is honoured, and stamps everything with the request's id", async () => {
  const events = readEvents(
    await listen({ toolsListChanged: true, resourceSubscriptions: ["test://x", "test://deaf"] }),
  );
  expect(await events.message()).toEqual({
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: {
      notifications: { toolsListChanged: true, resourceSubscriptions: ["test://x"] },
      _meta: stamp(),
    },
  });
  router.listens[0]?.emit("notifications/tools/list_changed", {});
  router.listens[0]?.emit("notifications/resources/updated", { uri: "test://x", _meta: { a: 1 } });
  expect(await events.message()).toMatchObject({
    method: "notifications/tools/list_changed",
    params: { _meta: stamp() },
  });
  expect(await events.message()).toMatchObject({
    params: { uri: "test://x", _meta: { a: 1, ...stamp() } },
  });
});

test("changes that come before the acknowledgement wait for it", async () => {
  router.listen = (request) => {
    request.emit("notifications/tools/list_changed", {});
    request.emit("notifications/tools/list_changed", {});
    return Promise.resolve(request.filter);
  };
  const events = readEvents(await listen({ toolsListChanged: true }));
  expect(await events.message()).toMatchObject({
    method: "notifications/subscriptions/acknowledged",
  });
  expect(await events.message()).toMatchObject({ method: "notifications/tools/list_changed" });
  front.close();
  expect(await events.rest()).toHaveLength(1);
});

test("what was not asked for never reaches the stream", async () => {
  const events = readEvents(await listen({ promptsListChanged: true }));
  for (const method of ["tools/list_changed", "resources/updated", "progress", "message"]) {
    router.listens[0]?.emit(`notifications/${method}`, {});
  }
  router.listens[0]?.emit("notifications/prompts/list_changed", {});
  await events.message();
  expect(await events.message()).toMatchObject({ method: "notifications/prompts/list_changed" });
});

test("ends gracefully with its result when the gateway drains", async () => {
  const events = readEvents(await listen({ toolsListChanged: true }, 7));
  await events.message();
  await front.drain();
  expect(await events.rest()).toEqual([
    { jsonrpc: "2.0", id: 7, result: { resultType: "complete", _meta: stamp(7) } },
  ]);
  expect(router.listens[0]?.signal.aborted).toBe(true);
  expect((await listen({ toolsListChanged: true })).status).toBe(503);
});

test("ends at once when nothing is honoured", async () => {
  const events = readEvents(await listen({ resourceSubscriptions: ["test://deaf"] }));
  expect(await events.message()).toMatchObject({ params: { notifications: {} } });
  expect(await events.rest()).toMatchObject([{ id: "L1", result: { resultType: "complete" } }]);
});

test("a client that closes the stream is forgotten", async () => {
  const events = readEvents(await listen({ toolsListChanged: true }));
  await events.message();
  await events.cancel();
  expect(router.listens[0]?.signal.aborted).toBe(true);
  await listen({ toolsListChanged: true }, 2);
  expect((await listen({ toolsListChanged: true }, 3)).headers.get("content-type")).toBe(
    "text/event-stream",
  );
});

test("streams are bounded in number", async () => {
  await listen({ toolsListChanged: true }, 1);
  await listen({ toolsListChanged: true }, 2);
  expect(await (await listen({ toolsListChanged: true }, 3)).json()).toMatchObject({
    id: 3,
    error: { data: { code: "overloaded" } },
  });
});

test("silent streams show that they live", async () => {
  const events = readEvents(await listen({ toolsListChanged: true }));
  await events.message();
  clock.advance(15_000);
  expect(await events.next()).toEqual({ comment: "keep-alive" });
});

test("a client that does not read loses the stream, not single changes", async () => {
  front = createFront({ router, clock, newId: (p) => p, limits: { hardBacklogBytes: 2000 } });
  const events = readEvents(await listen({ resourceSubscriptions: ["test://x"] }));
  for (let i = 0; i < 100; i += 1) {
    router.listens[0]?.emit("notifications/resources/updated", { uri: `test://x/${i}` });
  }
  expect(router.listens[0]?.signal.aborted).toBe(true);
  const all = await events.rest();
  expect(all.length).toBeLessThan(100);
  expect(all.at(-1)).not.toHaveProperty("result");
});

test.each([
  undefined,
  [],
  "all",
  { resourceSubscriptions: "x" },
  { resourceSubscriptions: [1] },
  { resourceSubscriptions: Array.from({ length: 257 }, String) },
])("refuses %j as a filter", async (notifications) => {
  expect(await (await listen(notifications)).json()).toMatchObject({ error: { code: -32602 } });
});

test("a router that cannot listen gives a typed error", async () => {
  router.listen = () => Promise.reject(new Error("broken"));
  expect(await (await listen({ toolsListChanged: true })).json()).toMatchObject({
    id: "L1",
    error: { code: -32603 },
  });
});
