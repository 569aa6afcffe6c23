import { beforeEach, expect, test } from "vitest";
import { createFront } from "../front.ts";
import type { Front } from "../front.ts";
import { readEvents } from "../testing/events.ts";
import type { EventReader } from "../testing/events.ts";
import {
  createFakeRouter,
  createManualClock,
  initializeBody,
  post,
  resultOf,
} from "../testing/fake-router.ts";
import type { FakeRouter } from "../testing/fake-router.ts";

let router: FakeRouter;
let front: Front;
beforeEach(() => {
  router = createFakeRouter();
  let ids = 0;
  front = createFront({ router, clock: createManualClock(), newId: (p) => `${p}-${(ids += 1)}` });
});

const open = async (path = "/sse"): Promise<{ events: EventReader; address: string }> => {
  const request = new Request(`http://localhost${path}`, {
    headers: { accept: "text/event-stream" },
  });
  const events = readEvents(await front.fetch(request));
  const first = await events.next();
  expect(first?.event).toBe("endpoint");
  return { events, address: first?.data ?? "" };
};
const call = (id: number, method = "tools/call", params = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

test("answers arrive on the stream, the POST is merely accepted", async () => {
  const { events, address } = await open("/sse/a");
  expect((await front.fetch(post(initializeBody("2024-11-05"), { path: address }))).status).toBe(
    202,
  );
  expect(await events.message()).toMatchObject({
    id: "init",
    result: { protocolVersion: "2024-11-05" },
  });
  router.onCall = (request) => {
    request.notify("notifications/progress", { progress: 1 });
    return resultOf({ content: [] });
  };
  await front.fetch(
    post(call(1, "tools/call", { _meta: { progressToken: 9 } }), { path: address }),
  );
  expect(await events.message()).toMatchObject({ params: { progress: 1, progressToken: 9 } });
  expect(await events.message()).toEqual({ jsonrpc: "2.0", id: 1, result: { content: [] } });
  expect(router.requests.at(-1)).toMatchObject({
    endpoint: { kind: "worker", worker: "a" },
    client: { protocolVersion: "2024-11-05", info: { name: "test" } },
  });
});

test("list changes come after initialized", async () => {
  const { events, address } = await open();
  await front.fetch(
    post({ jsonrpc: "2.0", method: "notifications/initialized" }, { path: address }),
  );
  while (router.listens.length === 0) await new Promise((done) => setImmediate(done));
  router.listens[0]?.emit("notifications/tools/list_changed", {});
  expect(await events.message()).toMatchObject({ method: "notifications/tools/list_changed" });
});

test("the end of the stream is the end of the session and its calls", async () => {
  const { events, address } = await open();
  router.onCall = () => new Promise(() => {});
  await front.fetch(post(call(1), { path: address }));
  while (router.requests.length === 0) await new Promise((done) => setImmediate(done));
  await events.cancel();
  expect(router.requests[0]?.signal.aborted).toBe(true);
  expect((await front.fetch(post(call(2), { path: address }))).status).toBe(404);
});

test("a cancelled call gets no answer", async () => {
  const { events, address } = await open();
  router.onCall = () => new Promise(() => {});
  await front.fetch(post(call(1), { path: address }));
  while (router.requests.length === 0) await new Promise((done) => setImmediate(done));
  await front.fetch(
    post(
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
      { path: address },
    ),
  );
  await front.fetch(post(call(2, "ping"), { path: address }));
  expect(await events.message()).toMatchObject({ id: 2 });
});

test("addresses are checked", async () => {
  expect((await front.fetch(post(call(1), { path: "/messages" }))).status).toBe(400);
  expect((await front.fetch(post(call(1), { path: "/messages?sessionId=x" }))).status).toBe(404);
  const { address } = await open();
  expect((await front.fetch(post("{nope", { path: address }))).status).toBe(400);
  const session = new URLSearchParams(address.split("?")[1]).get("sessionId") ?? "";
  expect((await front.fetch(post(call(1), { session }))).status).toBe(404);
  const noStream = new Request("http://localhost/sse", { headers: { accept: "application/json" } });
  expect((await front.fetch(noStream)).status).toBe(406);
});
