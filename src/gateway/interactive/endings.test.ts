/** How interactive calls end when they do not end well. Modern client, legacy worker unless said otherwise. */
import { expect, test } from "vitest";
import { createSealer } from "../../security/index.ts";
import { modern, post } from "../front/testing/fake-router.ts";
import { DEFAULT_LIMITS } from "../../protocol/fleet.ts";
import { META } from "../../protocol/meta.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { FakeError } from "../testing/fake-worker.ts";
import { answerTo, askingWorker, FORM, SAMPLING } from "./testing/asking-worker.ts";
import {
  callLegacy,
  callModern,
  driven,
  EVERYTHING,
  type Gateway,
  gatewayOver,
  isAsking,
  type Json,
  KEYS,
  modernOnce,
  openLegacy,
  record,
  toldBy,
  until,
} from "./testing/askable.ts";

const CALL = { name: "w_ask", arguments: { a: 1 } };
const NAME = { action: "accept", content: { name: "Ann" } };

async function asked(
  gateway: Gateway,
  params: Json = CALL,
): Promise<{ state: string; keys: string[] }> {
  const { message } = await modernOnce(gateway, params);
  expect(isAsking(message)).toBe(true);
  const { requestState, inputRequests } = message["result"] as {
    requestState: string;
    inputRequests: Json;
  };
  return { state: requestState, keys: Object.keys(inputRequests) };
}

function answer(
  gateway: Gateway,
  { state, keys }: { state: string; keys: string[] },
  params: Json = CALL,
): ReturnType<typeof modernOnce> {
  const inputResponses = Object.fromEntries(keys.map((key) => [key, NAME]));
  return modernOnce(gateway, { ...params, inputResponses, requestState: state });
}

const legacyForm = (): Promise<Gateway> => gatewayOver(askingWorker("legacy", [{ q: FORM }]));

test("a changed requestState is invalid params, and harms nothing", async () => {
  const gateway = await legacyForm();
  const { state, keys } = await asked(gateway);
  for (const bad of [
    `${state}-TAMPERED`,
    `${state.slice(0, -2)}AA`,
    state.slice(9),
    "flotilla:",
    "x",
  ]) {
    const { message } = await answer(gateway, { state: bad, keys });
    expect(message).toMatchObject({ error: { code: -32602 } });
  }
  const { message } = await answer(gateway, { state, keys });
  expect(toldBy({ message })).toEqual([{ q: NAME }]);
});

test("a requestState is good for its own request alone", async () => {
  const gateway = await legacyForm();
  const { state, keys } = await asked(gateway);
  for (const other of [
    { ...CALL, arguments: { a: 2 } },
    { ...CALL, name: "w_other" },
  ]) {
    const { message } = await answer(gateway, { state, keys }, other);
    expect(message).toMatchObject({ error: { code: -32602 } });
  }
  const onWorker = await modernOnce(
    gateway,
    { name: "ask", arguments: { a: 1 }, requestState: state, inputResponses: {} },
    { path: "/mcp/w" },
  );
  expect(onWorker.message).toMatchObject({ error: { code: -32602 } });
  // Members in another order, and other `_meta`, are the same request.
  const { message } = await answer(
    gateway,
    { state, keys },
    { arguments: { a: 1 }, name: "w_ask" },
  );
  expect(toldBy({ message })).toEqual([{ q: NAME }]);
});

test("another principal's requestState does not open", async () => {
  const gateway = await legacyForm();
  const { state, keys } = await asked(gateway);
  const outcome = await driven(
    gateway.clock,
    gateway.fleet.call("w_ask", {
      params: {
        arguments: { a: 1 },
        requestState: state,
        inputResponses: Object.fromEntries(keys.map((key) => [key, NAME])),
      },
      client: {
        era: "modern",
        protocolVersion: "2026-07-28",
        principal: "mallory",
        capabilities: EVERYTHING,
      },
    }),
  );
  expect(outcome).toMatchObject({ kind: "error", error: { code: -32602 } });
});

test("a requestState is good once: replayed it changes nothing, during the call and after", async () => {
  const worker = askingWorker("legacy", [{ q: FORM }, { r: FORM }]);
  const gateway = await gatewayOver(worker);
  const first = await asked(gateway);
  const second = await answer(gateway, first);
  expect(isAsking(second.message)).toBe(true);
  const replayed = await answer(gateway, first);
  expect(replayed.message).toMatchObject({ error: { code: -32602 } });
  const { requestState, inputRequests } = second.message["result"] as Json & {
    requestState: string;
  };
  const keys = Object.keys(inputRequests as Json);
  // Two retries at once: one of them has it.
  const both = await Promise.all([
    answer(gateway, { state: requestState, keys }),
    answer(gateway, { state: requestState, keys }),
  ]);
  const codes = both.map(({ message }) => (message["error"] as Json | undefined)?.["code"]);
  expect(new Set(codes)).toEqual(new Set([-32602, undefined]));
  const after = await answer(gateway, { state: requestState, keys });
  expect(after.message).toMatchObject({ error: { code: -32602, data: { code: "bad_request" } } });
  expect(worker.calls).toHaveLength(1);
  expect(worker.answers).toHaveLength(2);
});

test("answers that are missing or misshapen are asked for again; strange ones are ignored", async () => {
  const gateway = await gatewayOver(askingWorker("legacy", [{ a: FORM, b: SAMPLING }]));
  const { state, keys } = await asked(gateway);
  const [form = "", sampling = ""] = keys;
  const half = await modernOnce(gateway, {
    ...CALL,
    requestState: state,
    inputResponses: { [form]: NAME, [sampling]: 12_345, stranger: NAME, __proto__: NAME },
  });
  expect(isAsking(half.message)).toBe(true);
  const again = half.message["result"] as { requestState: string; inputRequests: Json };
  expect(Object.keys(again.inputRequests)).toEqual([sampling]);
  const none = await modernOnce(gateway, { ...CALL, requestState: again.requestState });
  expect(isAsking(none.message)).toBe(true);
  const bad = await modernOnce(gateway, { ...CALL, requestState: state, inputResponses: null });
  expect(bad.message).toMatchObject({ error: { code: -32602 } });
  const whole = none.message["result"] as { requestState: string };
  const said = { role: "assistant", content: { type: "text", text: "x" }, model: "m" };
  const { message } = await modernOnce(gateway, {
    ...CALL,
    requestState: whole.requestState,
    inputResponses: { [sampling]: said },
  });
  expect(toldBy({ message })).toEqual([{ a: NAME, b: said }]);
});

test("answers that come with a first request are used for the questions they name", async () => {
  const gateway = await gatewayOver(
    askingWorker("legacy", [{}], async () => {
      gateway.worker.ask("user_name", FORM.method, FORM.params);
      const heard = await answerTo(gateway.worker, "user_name");
      return { content: [{ type: "text", text: JSON.stringify(heard) }] };
    }),
  );
  const early = { ...CALL, inputResponses: { user_name: NAME, stranger: NAME } };
  expect(toldBy(await modernOnce(gateway, early))).toEqual(NAME);
});

test("a client that never comes back: the worker's call is cancelled, its state says so honestly", async () => {
  const gateway = await legacyForm();
  const { state, keys } = await asked(gateway);
  await gateway.clock.advance(300_000);
  expect(gateway.worker.countOf("notifications/cancelled")).toBe(1);
  const { message } = await answer(gateway, { state, keys });
  expect(message).toMatchObject({
    error: {
      code: -31012,
      data: { code: "call_ambiguous", reason: expect.stringContaining("may have run") },
    },
  });
});

test("while a person thinks the call's time stands still; afterwards it runs again", async () => {
  const never = Promise.withResolvers<never>();
  const gateway = await gatewayOver(
    askingWorker("legacy", [{ q: FORM }, { r: FORM }], () => never.promise),
  );
  const first = await asked(gateway);
  // Longer than any call may take.
  await gateway.clock.advance(200_000);
  const second = await answer(gateway, first);
  expect(isAsking(second.message)).toBe(true);
  const { requestState, inputRequests } = second.message["result"] as Json;
  const inputResponses = Object.fromEntries(
    Object.keys(inputRequests as Json).map((key) => [key, NAME]),
  );
  const startedMs = gateway.clock.now();
  const retry = { ...CALL, requestState, inputResponses };
  const { message } = await modernOnce(gateway, retry, { stepMs: 1_000 });
  expect(message).toMatchObject({ error: { data: { code: "call_timeout" } } });
  expect(gateway.clock.now() - startedMs).toBeGreaterThanOrEqual(DEFAULT_LIMITS.callTimeoutMs);
});

test("a client that leaves during its retry ends the call", async () => {
  const worker = askingWorker("legacy", [{ q: FORM }]);
  const gateway = await gatewayOver(worker);
  const { state, keys } = await asked(gateway);
  // The worker hears the answer and takes its time.
  worker.end.onMessage((text) => worker.got.push({ method: text, params: {} }));
  const abort = new AbortController();
  const inputResponses = Object.fromEntries(keys.map((key) => [key, NAME]));
  const meta = { [META.clientCapabilities]: EVERYTHING };
  const request = modern(
    "tools/call",
    { ...CALL, inputResponses, requestState: state },
    { meta, signal: abort.signal },
  );
  const response = gateway.front.fetch(request).catch(() => undefined);
  await until(gateway.clock, () => worker.got.some(({ method }) => method.includes('"result"')));
  abort.abort();
  await until(gateway.clock, () =>
    worker.got.some(({ method }) => method.includes("notifications/cancelled")),
  );
  await driven(gateway.clock, response);
});

test("a worker that dies while its call is held: the client is told that it may have run", async () => {
  const gateway = await legacyForm();
  const { state, keys } = await asked(gateway);
  gateway.worker.end.close();
  await gateway.clock.advance(1);
  const { message } = await answer(gateway, { state, keys });
  expect(message).toMatchObject({ error: { data: { code: "call_ambiguous", worker: "w" } } });
});

test("a call that ends by itself while its client thinks gives its result to the retry", async () => {
  const patience = Promise.withResolvers<unknown>();
  const worker = askingWorker("legacy", [{}], () => {
    worker.ask(5, FORM.method, FORM.params);
    return patience.promise;
  });
  const gateway = await gatewayOver(worker);
  const { state, keys } = await asked(gateway);
  expect(keys).toEqual(["elicitation-1"]);
  patience.resolve({ content: [{ type: "text", text: '"gave up"' }] });
  await gateway.clock.advance(1);
  const { message } = await answer(gateway, { state, keys });
  expect(toldBy({ message })).toBe("gave up");
  // Nothing waits for the answer any more.
  expect(worker.answers).toMatchObject([{ kind: "error", id: 5 }]);
});

test("a retry at another gateway: opened by the same keys, told honestly that its owner is gone", async () => {
  const gateway = await legacyForm();
  const { state, keys } = await asked(gateway);
  const sealer = createSealer({ keys: KEYS, clock: gateway.clock });
  const other = await gatewayOver(askingWorker("legacy", [{ q: FORM }]), {
    clock: gateway.clock,
    router: { gatewayId: "gw-2", sealer },
  });
  const { message } = await answer(other, { state, keys });
  expect(message).toMatchObject({
    error: { data: { code: "call_ambiguous", reason: expect.stringContaining("may have run") } },
  });
});

test("no more calls are held open than the bound, and places come back", async () => {
  const gateway = await gatewayOver(askingWorker("legacy", [{ q: FORM }]), {
    limits: { maxParked: 3 },
  });
  const states = [];
  for (let n = 0; n < 3; n++) states.push(await asked(gateway));
  const crowded = await callModern(gateway);
  // This worker makes a result of the refusal; what it says stands.
  expect(toldBy(crowded)).toEqual([{ q: { refused: -32603 } }]);
  const [first] = states;
  await answer(gateway, first ?? { state: "", keys: [] });
  await asked(gateway);
});

test("a call that fails because it was crowded out says so, and that it may have run", async () => {
  const failing = { content: [{ type: "text", text: "nobody answered" }], isError: true };
  const worker = askingWorker("legacy", [{ q: FORM }], (heard) =>
    JSON.stringify(heard).includes("refused") ? failing : { content: [] },
  );
  const gateway = await gatewayOver(worker, { limits: { maxParked: 1 } });
  const held = await asked(gateway);
  const { message } = await callModern(gateway);
  expect(message).toMatchObject({
    error: { data: { code: "overloaded", reason: expect.stringContaining("may have run") } },
  });
  const { message: done } = await answer(gateway, held);
  expect(done).toMatchObject({ result: { content: [] } });
});

test("a retry at another gateway is handed to the owner while that lives", async () => {
  const owner = await legacyForm();
  const { state, keys } = await asked(owner);
  const asks: string[] = [];
  const other = await gatewayOver(askingWorker("legacy", []), {
    clock: owner.clock,
    router: {
      gatewayId: "gw-2",
      elsewhere: (gateway, request) => {
        asks.push(gateway);
        return owner.fleet.router.handle(request);
      },
    },
  });
  const { message } = await answer(other, { state, keys });
  expect(toldBy({ message })).toEqual([{ q: NAME }]);
  expect(asks).toEqual(["gw-1"]);
});

test("progress of a call goes to whichever request has it now", async () => {
  const worker = askingWorker("legacy", [{ q: FORM }], () => {
    const call = worker.got.find(({ method }) => method === "tools/call");
    const { progressToken } = record(call?.params["_meta"]);
    worker.notify("notifications/progress", { progressToken, progress: 1 });
    return { content: [] };
  });
  const gateway = await gatewayOver(worker);
  const heard: string[] = [];
  const request = (who: string, params: Json): Promise<unknown> =>
    driven(
      gateway.clock,
      gateway.fleet.call("w_ask", {
        params,
        wantsProgress: true,
        client: {
          era: "modern",
          protocolVersion: "2026-07-28",
          principal: "local",
          capabilities: EVERYTHING,
        },
        notify: (method) => void heard.push(`${who} ${method}`),
      }),
    );
  const first = record(record(await request("first", {}))["result"]);
  const { requestState, inputRequests } = record(JSON.parse(String(first["text"])));
  const inputResponses = Object.fromEntries(
    Object.keys(record(inputRequests)).map((key) => [key, NAME]),
  );
  await request("second", { requestState, inputResponses });
  expect(heard).toEqual(["second notifications/progress"]);
});

test("closing the router ends what is held open", async () => {
  const gateway = await legacyForm();
  await asked(gateway);
  await driven(gateway.clock, gateway.fleet.router.close());
  await expect(gateway.worker.end.closed).resolves.toBeDefined();
});

test("a call that failed for want of a capability says which one, with HTTP 400", async () => {
  for (const failing of [
    new FakeError(-32603, "cannot do it"),
    { content: [{ type: "text", text: "cannot do it" }], isError: true },
  ]) {
    const strict = await gatewayOver(askingWorker("legacy", [{ q: SAMPLING }], () => failing));
    const { status, message } = await modernOnce(strict, CALL, { capabilities: { roots: {} } });
    expect(status).toBe(400);
    const data = { requiredCapabilities: { sampling: {} } };
    expect(message).toMatchObject({ error: { code: -32021, data } });
    // A legacy client hears what its worker says.
    const legacy = await callLegacy(await openLegacy(strict, { roots: {} }));
    expect(JSON.stringify(legacy.message)).toContain("cannot do it");
  }
});

test("an answer to nobody's question is taken and forgotten", async () => {
  const clock = fakeClock();
  const gateway = await gatewayOver(askingWorker("legacy", []), { clock });
  const { id: session } = await openLegacy(gateway);
  for (const body of [
    { jsonrpc: "2.0", id: "ask-404", result: { action: "accept" } },
    { jsonrpc: "2.0", id: "ask-404", error: { code: -1, message: "no" } },
  ]) {
    const response = await driven(clock, gateway.front.fetch(post(body, { session })));
    expect(response.status).toBe(202);
  }
});
