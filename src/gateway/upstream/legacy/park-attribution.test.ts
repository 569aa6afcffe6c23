import { expect, test } from "vitest";
import { fakeClock, settle } from "../../testing/fake-clock.ts";
import type { Answer, Ask, UpstreamCall } from "../contract.ts";
import { type Attribution, createAttribution, type Entry } from "./park-attribution.ts";

interface Caller {
  call: UpstreamCall;
  /** Questions it was shown, with how to answer each. */
  shown: { method: string; answer(text: string): void }[];
  abort: AbortController;
}

function caller(change: Partial<UpstreamCall> = {}): Caller {
  const shown: Caller["shown"] = [];
  const abort = new AbortController();
  const ask: Ask = (method) =>
    new Promise((resolve) => {
      const answer = (text: string): void => resolve({ kind: "result", result: { text } });
      shown.push({ method, answer });
    });
  const call: UpstreamCall = {
    method: "tools/call",
    params: {},
    client: { principal: "local", capabilities: {} },
    wantsProgress: false,
    signal: abort.signal,
    notify: () => {},
    ask,
    ...change,
  };
  return { call, shown, abort };
}

const FORM = { method: "elicitation/create", params: {} };

function entered(attribution: Attribution, { call }: Caller): Entry {
  const entry = attribution.enter(call);
  if (entry instanceof Promise) throw new Error("it has to wait");
  return entry;
}

/** What a promise has come to so far. */
function seen<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const state: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => (state.value = value),
    (error: unknown) => (state.error = error),
  );
  return state;
}

const code = (answer: Answer | undefined): number | undefined =>
  answer?.kind === "error" ? answer.error.code : undefined;

test("nobody's question is refused, a ping is answered", async () => {
  const attribution = createAttribution(fakeClock());
  expect(code(await attribution.attribute(FORM))).toBe(-32601);
  expect(await attribution.attribute({ method: "ping", params: {} })).toMatchObject({
    kind: "result",
  });
  // It says nothing about whether the worker asks during calls.
  entered(attribution, caller());
  entered(attribution, caller());
});

test("the only call under way is asked", async () => {
  const attribution = createAttribution(fakeClock());
  const ann = caller();
  entered(attribution, ann);
  const answer = seen(attribution.attribute(FORM));
  expect(ann.shown).toHaveLength(1);
  ann.shown[0]?.answer('{"action":"accept"}');
  await settle();
  expect(answer.value).toEqual({ kind: "result", result: { text: '{"action":"accept"}' } });
});

test("with several under way it waits until one is left, and new calls wait too", async () => {
  const attribution = createAttribution(fakeClock());
  const [ann, bob, eve] = [caller(), caller(), caller()];
  entered(attribution, ann);
  const second = entered(attribution, bob);
  void attribution.attribute(FORM);
  const third = seen(Promise.resolve(attribution.enter(eve.call)));
  await settle();
  expect([ann.shown, bob.shown, third.value]).toEqual([[], [], undefined]);
  attribution.leave(second);
  await settle();
  expect(ann.shown).toHaveLength(1);
  expect(eve.shown).toEqual([]);
});

test("what cannot be told in time is refused, and harms no later question", async () => {
  const clock = fakeClock();
  const attribution = createAttribution(clock);
  const [ann, bob] = [caller(), caller()];
  const first = entered(attribution, ann);
  entered(attribution, bob);
  const one = seen(attribution.attribute(FORM));
  const two = seen(attribution.attribute(FORM));
  await clock.advance(9_999);
  expect([one.value, two.value]).toEqual([undefined, undefined]);
  await clock.advance(1);
  expect([code(one.value), code(two.value)]).toEqual([-32603, -32603]);
  attribution.leave(first);
  void attribution.attribute(FORM);
  await settle();
  expect([ann.shown.length, bob.shown.length]).toEqual([0, 1]);
});

test("a call that waits for a person lets the next one run, and takes its turn before it hears the answer", async () => {
  const clock = fakeClock();
  const attribution = createAttribution(clock);
  const [ann, bob, eve] = [caller(), caller(), caller()];
  entered(attribution, ann);
  const toAnn = seen(attribution.attribute(FORM));
  const second = seen(Promise.resolve(attribution.enter(bob.call)));
  const third = seen(Promise.resolve(attribution.enter(eve.call)));
  await clock.advance(49);
  expect(second.value).toBeUndefined();
  await clock.advance(1);
  expect(second.value).toBeDefined();
  expect(third.value).toBeUndefined();
  // Bob's call runs: a question now is Bob's, though Ann's call is open as well.
  void attribution.attribute(FORM);
  await settle();
  expect([ann.shown.length, bob.shown.length]).toEqual([1, 1]);
  ann.shown[0]?.answer("{}");
  await settle();
  expect(toAnn.value).toBeUndefined();
  // Ann's answer was there first: her call goes on before Eve's begins.
  if (second.value !== undefined) attribution.leave(second.value);
  await settle();
  expect(toAnn.value).toBeDefined();
  expect(third.value).toBeUndefined();
});

test("questions asked side by side all belong to the call that asked first", async () => {
  const clock = fakeClock();
  const attribution = createAttribution(clock);
  const [ann, bob] = [caller(), caller()];
  entered(attribution, ann);
  void attribution.attribute(FORM);
  void Promise.resolve(attribution.enter(bob.call));
  await clock.advance(30);
  void attribution.attribute(FORM);
  await clock.advance(100);
  expect([ann.shown.length, bob.shown.length]).toEqual([2, 0]);
});

test("whoever gives up while it waits for its turn was not sent, and blocks nobody", async () => {
  const clock = fakeClock();
  const attribution = createAttribution(clock);
  const [ann, bob, eve] = [caller(), caller(), caller()];
  const first = entered(attribution, ann);
  void attribution.attribute(FORM);
  const second = seen(Promise.resolve(attribution.enter(bob.call)));
  const third = seen(Promise.resolve(attribution.enter(eve.call)));
  bob.abort.abort();
  await settle();
  expect(second.error).toMatchObject({ code: "call_cancelled", data: { sent: false } });
  attribution.leave(first);
  await settle();
  expect(third.value).toBeDefined();
});

test("a call that ends while its answer waits for a turn keeps no turn", async () => {
  const clock = fakeClock();
  const attribution = createAttribution(clock);
  const [ann, bob, eve] = [caller(), caller(), caller()];
  const first = entered(attribution, ann);
  void attribution.attribute(FORM);
  const second = seen(Promise.resolve(attribution.enter(bob.call)));
  await clock.advance(50);
  ann.shown[0]?.answer("{}");
  await settle();
  attribution.leave(first);
  if (second.value !== undefined) attribution.leave(second.value);
  const third = seen(Promise.resolve(attribution.enter(eve.call)));
  await settle();
  expect(third.value).toBeDefined();
});

test("on the stream of its own request a question needs no turn", async () => {
  const attribution = createAttribution(fakeClock());
  const [ann, bob] = [caller(), caller()];
  const first = entered(attribution, ann);
  const second = entered(attribution, bob);
  void attribution.ask(first, FORM);
  void attribution.ask(second, FORM);
  expect([ann.shown.length, bob.shown.length]).toEqual([1, 1]);
  entered(attribution, caller());
  const deaf = caller();
  delete deaf.call.ask;
  expect(code(await attribution.ask(entered(attribution, deaf), FORM))).toBe(-32601);
});
