/** A legacy client's side of being asked: what it sees, and what its call comes to when it does not answer well. */
import { beforeEach, describe, expect, test } from "vitest";
import type { McpOutcome, McpRequest } from "../../call.ts";
import { createFront, type Front } from "../front.ts";
import { readEvents, type EventReader } from "../testing/events.ts";
import {
  createFakeRouter,
  createManualClock,
  type FakeRouter,
  initializeBody,
  type ManualClock,
  post,
  resultOf,
} from "../testing/fake-router.ts";
import { innerCapabilities } from "./interact-capabilities.ts";

const FORM = { method: "elicitation/create", params: { message: "Who?", requestedSchema: {} } };
const PAGE = {
  method: "elicitation/create",
  params: { mode: "url", message: "Go.", url: "https://example.com" },
};
const SAMPLING = { method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } };

let router: FakeRouter;
let clock: ManualClock;
let front: Front;

beforeEach(() => {
  router = createFakeRouter();
  clock = createManualClock();
  let ids = 0;
  front = createFront({ router, clock, newId: (prefix) => `${prefix}-${(ids += 1)}` });
});

async function open(capabilities: Record<string, unknown> = { elicitation: {} }): Promise<string> {
  const body = { ...initializeBody(), params: { protocolVersion: "2025-11-25", capabilities } };
  const response = await front.fetch(post(body));
  return response.headers.get("mcp-session-id") ?? "";
}

const asking = (inputRequests?: object, requestState?: string): McpOutcome => ({
  kind: "input_required",
  result: { text: JSON.stringify({ resultType: "input_required", inputRequests, requestState }) },
});

/** Asks so until the retry, which it tells. */
function asksOnce(inputRequests?: object, requestState?: string): McpRequest[] {
  const retries: McpRequest[] = [];
  router.onCall = (request) => {
    const isRetry = "inputResponses" in request.params;
    if (isRetry) retries.push(request);
    return isRetry ? resultOf({ content: [] }) : asking(inputRequests, requestState);
  };
  return retries;
}

const CALL = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "t" } };

async function call(session: string, body: object = CALL): Promise<EventReader> {
  return readEvents(await front.fetch(post(body, { session })));
}

async function say(session: string, body: object): Promise<void> {
  const response = await front.fetch(post({ jsonrpc: "2.0", ...body }, { session }));
  expect(response.status).toBe(202);
}

describe("a question", () => {
  test("comes on the stream of its call, and the retry carries the exact state", async () => {
    const session = await open();
    const state = ' {"é":"\\u0000"} ';
    const retries = asksOnce({ q: FORM }, state);
    const events = await call(session);
    const asked = await events.message();
    expect(asked).toMatchObject({ ...FORM, id: expect.stringMatching(/^ask-/) });
    const result = { action: "accept", content: { name: "Ann" } };
    await say(session, { id: asked?.["id"], result });
    expect(await events.message()).toEqual({ jsonrpc: "2.0", id: 1, result: { content: [] } });
    expect(retries).toHaveLength(1);
    expect(retries[0]?.params).toEqual({
      name: "t",
      inputResponses: { q: result },
      requestState: state,
    });
  });

  test("answered with an error, or with nonsense, is told inside as refused", async () => {
    const session = await open({ elicitation: {}, sampling: {} });
    const retries = asksOnce({ a: SAMPLING, b: FORM }, "s");
    const events = await call(session);
    const [first, second] = [await events.message(), await events.message()];
    const error = { code: -1, message: "User rejected sampling" };
    await say(session, { id: first?.["id"], error });
    await say(session, { id: second?.["id"], result: { action: "perhaps" } });
    await events.rest();
    expect(retries[0]?.params["inputResponses"]).toEqual({});
    expect(retries[0]?.inputErrors).toEqual({
      a: error,
      b: expect.objectContaining({ code: -32602 }),
    });
  });

  test("nobody answers in time is taken back, and the model is told", async () => {
    const session = await open();
    asksOnce({ q: FORM }, "s");
    const events = await call(session);
    const asked = await events.message();
    clock.advance(270_000);
    expect(await events.message()).toMatchObject({
      method: "notifications/cancelled",
      params: { requestId: asked?.["id"] },
    });
    const text = expect.stringContaining("did not answer");
    expect(await events.message()).toMatchObject({
      id: 1,
      result: { isError: true, content: [{ text }] },
    });
    // An answer that comes after all harms nothing.
    await say(session, { id: asked?.["id"], result: { action: "accept" } });
  });

  test("of a cancelled call is taken back", async () => {
    const session = await open();
    const retries = asksOnce({ q: FORM }, "s");
    const events = await call(session);
    const asked = await events.message();
    await say(session, { method: "notifications/cancelled", params: { requestId: 1 } });
    expect(await events.message()).toMatchObject({
      method: "notifications/cancelled",
      params: { requestId: asked?.["id"] },
    });
    await say(session, { id: asked?.["id"], result: { action: "accept" } });
    expect(retries).toEqual([]);
  });

  test("of another session cannot be answered", async () => {
    const [session, stranger] = [await open(), await open()];
    const retries = asksOnce({ q: FORM }, "s");
    const events = await call(session);
    const asked = await events.message();
    await say(stranger, { id: asked?.["id"], result: { action: "accept" } });
    expect(retries).toEqual([]);
    await say(session, { id: asked?.["id"], result: { action: "decline" } });
    await events.rest();
    expect(retries[0]?.params["inputResponses"]).toEqual({ q: { action: "decline" } });
  });

  test("ends with its session", async () => {
    const session = await open();
    const retries = asksOnce({ q: FORM }, "s");
    const events = await call(session);
    await events.message();
    const gone = new Request("http://localhost:7420/mcp", {
      method: "DELETE",
      headers: { "mcp-session-id": session },
    });
    await front.fetch(gone);
    await events.rest();
    expect(retries).toEqual([]);
  });
});

test("a client whose connection broke finds the question again, and its result", async () => {
  const session = await open();
  const retries = asksOnce({ q: FORM }, "s");
  const events = await call(session);
  await events.next();
  const lastId = events.lastId ?? "";
  expect(lastId).not.toBe("");
  await events.cancel();
  const resume = new Request("http://localhost:7420/mcp", {
    headers: {
      accept: "text/event-stream",
      "mcp-session-id": session,
      "last-event-id": lastId,
    },
  });
  const again = readEvents(await front.fetch(resume));
  const asked = await again.message();
  expect(asked).toMatchObject(FORM);
  expect(retries).toEqual([]);
  await say(session, { id: asked?.["id"], result: { action: "accept", content: {} } });
  expect(await again.message()).toMatchObject({ id: 1, result: { content: [] } });
  expect(retries).toHaveLength(1);
});

test("a page has an id of ours, and is done once the worker went on", async () => {
  const session = await open({ elicitation: { url: {} } });
  asksOnce({ q: PAGE }, "s");
  const events = await call(session);
  const asked = await events.message();
  const elicitationId = expect.stringMatching(/^elicitation-/);
  expect(asked).toMatchObject({ params: { ...PAGE.params, elicitationId } });
  await say(session, { id: asked?.["id"], result: { action: "accept" } });
  const done = await events.message();
  expect(done).toMatchObject({ method: "notifications/elicitation/complete" });
  expect(done?.["params"]).toEqual({ elicitationId });
  expect(await events.message()).toMatchObject({ id: 1, result: {} });
});

test("a client without the capability is not asked, and its model is told what is missing", async () => {
  const session = await open({});
  const retries = asksOnce({ q: FORM, r: SAMPLING }, "s");
  const response = await front.fetch(post(CALL, { session }));
  const text = expect.stringMatching(/elicitation\.form and sampling/);
  expect(await response.json()).toMatchObject({ result: { isError: true, content: [{ text }] } });
  const prompt = { ...CALL, id: 2, method: "prompts/get" };
  const refused = await front.fetch(post(prompt, { session }));
  expect(await refused.json()).toMatchObject({ error: { data: { code: "not_supported" } } });
  expect(retries).toEqual([]);
});

test("a state without a question is brought back after a pause; a dialog without end is ended", async () => {
  const session = await open();
  router.onCall = () => asking(undefined, "again");
  const answer = front.fetch(post(CALL, { session }));
  for (let round = 0; round < 40; round++) {
    clock.advance(200);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const response = await answer;
  const text = expect.stringContaining("32 times");
  const last = response.headers.get("content-type")?.includes("json")
    ? await response.json()
    : await readEvents(response).message();
  expect(last).toMatchObject({ result: { isError: true, content: [{ text }] } });
});

test("what cannot be read is said to be so", async () => {
  const session = await open();
  for (const outcome of [
    asking({ q: 5 }, "s"),
    asking({ q: { method: "tools/call" } }, "s"),
    asking(),
  ]) {
    router.onCall = () => outcome;
    const response = await front.fetch(post(CALL, { session }));
    const text = expect.stringContaining("cannot be read");
    expect(await response.json()).toMatchObject({ result: { isError: true, content: [{ text }] } });
  }
});

test("a legacy client cannot smuggle in answers", async () => {
  const session = await open();
  const params = { name: "t", inputResponses: { q: 1 }, requestState: "made up" };
  await front.fetch(post({ ...CALL, params }, { session }));
  expect(router.requests.at(-1)?.params).toEqual({ name: "t" });
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    "2025-11-25",
    { elicitation: {}, roots: { listChanged: true }, tasks: {} },
    { elicitation: { form: {} }, roots: {} },
  ],
  [
    "2025-11-25",
    { elicitation: { url: {} }, sampling: { tools: {} } },
    { elicitation: { url: {} }, sampling: { tools: {} } },
  ],
  [
    "2025-06-18",
    { elicitation: { url: {} }, sampling: { tools: {} } },
    { elicitation: { form: {} }, sampling: {} },
  ],
  [
    "2025-03-26",
    { elicitation: {}, sampling: {}, experimental: {} },
    { sampling: {}, experimental: {} },
  ],
  [
    "2025-11-25",
    { elicitation: 5, extensions: { "io.modelcontextprotocol/tasks": {}, "x/y": {} } },
    { extensions: { "x/y": {} } },
  ],
])("what a client of %s declares: %j", (version, declared, inner) => {
  expect(innerCapabilities(version, declared)).toEqual(inner);
});
