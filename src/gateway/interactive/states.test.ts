/** What a `requestState` leads to: a worker's own, ours, and ours around a worker's that looks like ours. */
import { expect, test } from "vitest";
import { createKeyRing, createSealer } from "../../security/index.ts";
import { initializeBody, post } from "../front/testing/fake-router.ts";
import { readEvents } from "../front/testing/events.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { FakeError } from "../testing/fake-worker.ts";
import { mcpRequest } from "../testing/fleet.ts";
import { askingWorker, FORM, markingWorker } from "./testing/asking-worker.ts";
import {
  answerAll,
  callLegacy,
  callModern,
  driven,
  EVERYTHING,
  gatewayOver,
  isAsking,
  modernOnce,
  openLegacy,
  record,
  toldBy,
} from "./testing/askable.ts";
import {
  isOurs,
  readState,
  type RequestState,
  withoutAnswers,
  writeState,
} from "./request-state.ts";

const CALL = { name: "w_ask", arguments: { a: 1 } };
const NAME = { action: "accept", content: { name: "Ann" } };

test("a modern worker's state passes byte for byte, on the aggregate as well", async () => {
  for (const [path, name] of [
    ["/mcp", "w_ask"],
    ["/mcp/w", "ask"],
  ] as const) {
    const worker = askingWorker("modern", [{ q: FORM }]);
    const gateway = await gatewayOver(worker);
    const params = { ...CALL, name };
    const { message } = await modernOnce(gateway, params, { path });
    const { requestState } = record(message["result"]);
    expect(requestState).toBe("[]");
    await modernOnce(gateway, { ...params, requestState, inputResponses: { q: NAME } }, { path });
    expect(worker.calls.at(-1)).toMatchObject({
      name: "ask",
      requestState: "[]",
      inputResponses: { q: NAME },
    });
  }
});

test("a modern worker's state is none of ours to judge", async () => {
  const worker = askingWorker("modern", [{ q: FORM }]);
  const gateway = await gatewayOver(worker);
  const retry = { ...CALL, requestState: "[1,2]", inputResponses: { q: NAME } };
  const { message } = await modernOnce(gateway, retry);
  expect(toldBy({ message })).toEqual([1, 2, { q: NAME }]);
});

test("a fleet behind a fleet: a state that looks like ours is wrapped, and comes back as it was", async () => {
  const inner = "flotilla:of-another-fleet";
  const outer = await gatewayOver(markingWorker([{ q: FORM }], "flotilla:"));
  const { message } = await modernOnce(outer, CALL);
  const { requestState } = record(message["result"]);
  expect(isOurs(requestState)).toBe(true);
  expect(requestState).not.toBe("flotilla:[]");
  const retry = { ...CALL, requestState, inputResponses: { q: NAME } };
  const answered = await modernOnce(outer, retry);
  expect(toldBy(answered)).toEqual([{ q: NAME }]);
  expect(outer.worker.calls.at(-1)).toMatchObject({ requestState: "flotilla:[]" });
  const forged = await modernOnce(outer, { ...retry, requestState: inner });
  expect(forged.message).toMatchObject({ error: { code: -32602 } });
});

const PAGES = {
  elicitations: [
    { mode: "url", elicitationId: "e-1", url: "https://example.com/1", message: "One." },
    { mode: "url", elicitationId: "e-2", url: "https://example.com/2", message: "Two." },
  ],
};

function pagesFirst(): ReturnType<typeof askingWorker> {
  let visited = 0;
  return askingWorker("legacy", [{}], () => {
    visited += 1;
    return visited === 1
      ? new FakeError(-32042, "Visit these.", PAGES)
      : { content: [{ type: "text", text: '"done"' }] };
  });
}

test("pages to visit first (-32042) become questions, and the call is made anew", async () => {
  const modern = await callModern(await gatewayOver(pagesFirst()));
  expect(modern.asked.map(({ params }) => params)).toEqual(
    PAGES.elicitations.map(({ mode, url, message }) => ({ mode, url, message })),
  );
  expect(toldBy(modern)).toBe("done");
  const legacy = await callLegacy(await openLegacy(await gatewayOver(pagesFirst())));
  expect(legacy.asked).toHaveLength(2);
  expect(toldBy(legacy)).toBe("done");
});

test("a page declined ends the call; one not answered is asked for again by the worker", async () => {
  const declined = await callModern(await gatewayOver(pagesFirst()), {
    answering: () => ({ action: "decline" }),
  });
  expect(declined.message).toMatchObject({ error: { data: { code: "call_cancelled" } } });
  const silent = await callModern(await gatewayOver(pagesFirst()), { answering: () => undefined });
  expect(toldBy(silent)).toBe("done");
  const toLegacy = await callLegacy(await openLegacy(await gatewayOver(pagesFirst())), {
    answering: () => ({ action: "cancel" }),
  });
  expect(toLegacy.message).toMatchObject({ result: { isError: true } });
});

test("-32042 never reaches a modern client; a legacy one that has no pages gets it as it is", async () => {
  const capabilities = { elicitation: { form: {} } };
  const modern = await modernOnce(await gatewayOver(pagesFirst()), CALL, { capabilities });
  expect(modern.status).toBe(400);
  const data = { requiredCapabilities: { elicitation: { url: {} } } };
  expect(modern.message).toMatchObject({ error: { code: -32021, data } });
  const legacy = await callLegacy(await openLegacy(await gatewayOver(pagesFirst()), capabilities));
  expect(legacy.message).toMatchObject({ error: { code: -32042, data: PAGES } });
});

test("a client that refuses a modern worker's question outright hears that its call ended for it", async () => {
  const gateway = await gatewayOver(askingWorker("modern", [{ q: FORM }]));
  const called = await callLegacy(await openLegacy(gateway), {
    answering: () => new Error("no thanks"),
  });
  expect(called.message).toMatchObject({ result: { isError: true } });
  // A legacy worker is told in the client's own words.
  const other = await gatewayOver(askingWorker("legacy", [{ q: FORM }]));
  const told = await callLegacy(await openLegacy(other), {
    answering: () => new Error("no thanks"),
  });
  expect(toldBy(told)).toEqual([{ q: { refused: -1 } }]);
});

test("the transport of 2024-11-05 carries questions on its one stream", async () => {
  const gateway = await gatewayOver(
    askingWorker("modern", [{ q: { method: "roots/list", params: {} } }]),
  );
  const { front, clock } = gateway;
  const opening = new Request("http://localhost:7420/sse", {
    headers: { accept: "text/event-stream" },
  });
  const events = readEvents(await driven(clock, front.fetch(opening)));
  const endpoint = await driven(clock, events.next());
  const path = endpoint?.data ?? "";
  const say = (body: object): Promise<Response> =>
    driven(clock, front.fetch(post({ jsonrpc: "2.0", ...body }, { path })));
  await say({
    ...initializeBody("2024-11-05"),
    params: { protocolVersion: "2024-11-05", capabilities: EVERYTHING },
  });
  await driven(clock, events.message());
  await say({ id: 2, method: "tools/call", params: CALL });
  const asked = record(await driven(clock, events.message()));
  expect(asked["method"]).toBe("roots/list");
  await say({ id: asked["id"], result: answerAll({ method: "roots/list", params: {} }, "") });
  const message = record(await driven(clock, events.message()));
  expect(toldBy({ message })).toEqual([{ q: { roots: [{ uri: "file:///r" }] } }]);
  await events.cancel();
});

test("every kind of state survives its writing, under its own keys alone", async () => {
  const clock = fakeClock();
  const sealer = createSealer({ keys: createKeyRing(0), clock });
  const request = { ...mcpRequest("tools/call"), params: { name: "t", arguments: { x: 1 } } };
  const states: RequestState[] = [
    { kind: "parked", owner: "gw-1", park: "park-1", round: 3 },
    { kind: "again", keys: ["a", "b"] },
    { kind: "inner", state: "flotilla:x" },
  ];
  for (const state of states) {
    const text = await writeState(sealer, request, { state, expiresAtMs: clock.now() + 1 });
    expect(isOurs(text)).toBe(true);
    expect(await readState(sealer, request, text)).toEqual({ ok: true, state });
    const stranger = createSealer({ keys: createKeyRing(0), clock });
    expect(await readState(stranger, request, text)).toEqual({ ok: false, reason: "unknown_key" });
  }
  expect(isOurs("eyJ.x.y")).toBe(false);
  expect(withoutAnswers({ a: 1, inputResponses: {}, requestState: "x" })).toEqual({ a: 1 });
  expect(isAsking({ result: { resultType: "complete" } })).toBe(false);
});
