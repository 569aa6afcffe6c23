/** A gateway over one asking worker, and clients of both eras that answer what they are asked. */
import { createSealer, createKeyRing } from "../../../security/index.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import { META } from "../../../protocol/meta.ts";
import { createFront, type Front } from "../../front/front.ts";
import { readEvents } from "../../front/testing/events.ts";
import { initializeBody, modern, post } from "../../front/testing/fake-router.ts";
import { fakeClock, type FakeClock } from "../../testing/fake-clock.ts";
import { testFleet, type TestFleet, type TestFleetOptions } from "../../testing/fleet.ts";
import { OFFERED, type AskingWorker } from "./asking-worker.ts";

export const EVERYTHING = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {} },
  roots: {},
};

export interface Gateway {
  front: Front;
  fleet: TestFleet;
  clock: FakeClock;
  worker: AskingWorker;
  droneId: string;
}

export const KEYS = createKeyRing(0);

/** The worker is called `w`, its tool `ask`. */
export async function gatewayOver(
  worker: AskingWorker,
  options: TestFleetOptions = {},
): Promise<Gateway> {
  const clock = options.clock ?? fakeClock();
  const sealer = createSealer({ keys: KEYS, clock });
  const router = { sealer, ...options.router };
  const fleet = await testFleet({ ...options, clock, router });
  await fleet.addWorker("w");
  const capabilities = { tools: {}, prompts: {}, resources: {} };
  await fleet.addCatalog("w", { ...OFFERED, capabilities });
  const drone = await fleet.addDrone("w", () => worker);
  let ids = 0;
  const newId = (prefix: string): string => `${prefix}-${++ids}`;
  const front = createFront({ router: fleet.router, clock, newId });
  return { front, fleet, clock, worker, droneId: drone.id };
}

/** Moves time on in small steps until the promise settles: encryption and links need turns, timers need time. */
export async function driven<T>(clock: FakeClock, promise: Promise<T>, stepMs = 10): Promise<T> {
  const state = { isDone: false };
  void watch(promise, state);
  for (let step = 0; !state.isDone; step++) {
    if (step > 2_000) throw new Error("it never came to an end");
    await clock.advance(stepMs);
  }
  return promise;
}

async function watch(promise: Promise<unknown>, state: { isDone: boolean }): Promise<void> {
  await promise.catch(() => undefined);
  state.isDone = true;
}

export async function until(clock: FakeClock, condition: () => boolean): Promise<void> {
  for (let step = 0; !condition(); step++) {
    if (step > 2_000) throw new Error("the condition never held");
    await clock.advance(1);
  }
}

export type Json = Record<string, unknown>;

/** How a client answers; undefined leaves the question out, an Error refuses it in the legacy way. */
export type Answering = (question: { method: string; params: Json }, key: string) => unknown;

export const answerAll: Answering = ({ method }) => {
  if (method === "elicitation/create") return { action: "accept", content: { name: "Ann" } };
  if (method === "roots/list") return { roots: [{ uri: "file:///r" }] };
  return { role: "assistant", content: { type: "text", text: "hello" }, model: "m" };
};

export interface CallOptions {
  capabilities?: Json;
  answering?: Answering;
  path?: string;
  /** `tools/call` of `w_ask` by default. */
  method?: string;
  params?: Json;
  /** How fast time goes while it waits. */
  stepMs?: number;
}

export interface Called {
  status: number;
  /** The final JSON-RPC message. */
  message: Json;
  /** Every question that was shown, in order. */
  asked: { key: string; method: string; params: Json }[];
  /** Notifications on the way. */
  heard: Json[];
}

/** One POST of a modern client. */
export async function modernOnce(
  { front, clock }: Gateway,
  params: Json,
  options: CallOptions = {},
): Promise<{ status: number; message: Json }> {
  const meta = { [META.clientCapabilities]: options.capabilities ?? EVERYTHING };
  const request = modern(options.method ?? "tools/call", params, {
    meta,
    ...(options.path === undefined ? {} : { path: options.path }),
  });
  const response = await driven(clock, front.fetch(request), options.stepMs);
  const { status, headers } = response;
  // A call that is silent for long turns into a stream.
  const message =
    headers.get("content-type") === "text/event-stream"
      ? await driven(clock, readEvents(response).message(), options.stepMs)
      : await response.json();
  return { status, message: record(message) };
}

/** A modern client that retries until it has a result. */
export async function callModern(gateway: Gateway, options: CallOptions = {}): Promise<Called> {
  const first = options.params ?? { name: "w_ask", arguments: { a: 1 } };
  const asked: Called["asked"] = [];
  let { status, message } = await modernOnce(gateway, first, options);
  for (let round = 0; isAsking(message) && round < 20; round++) {
    const { inputRequests, requestState } = record(message["result"]);
    const inputResponses: Json = {};
    for (const [key, value] of Object.entries(record(inputRequests))) {
      const question = questionOf(value);
      asked.push({ key, ...question });
      const answer = (options.answering ?? answerAll)(question, key);
      if (answer !== undefined) inputResponses[key] = answer;
    }
    const retry = { ...first, inputResponses, requestState };
    ({ status, message } = await modernOnce(gateway, retry, options));
  }
  return { status, message, asked, heard: [] };
}

export const isAsking = (message: Json): boolean =>
  isRecord(message["result"]) && message["result"]["resultType"] === "input_required";

/** Tests read what they sent through the gateway; anything else is a failure. */
export function record(value: unknown): Json {
  if (!isRecord(value)) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error(`not a string: ${JSON.stringify(value)}`);
  return value;
}

function questionOf(value: unknown): { method: string; params: Json } {
  const { method, params } = record(value);
  return { method: String(method), params: record(params) };
}

export interface LegacySession {
  id: string;
  gateway: Gateway;
}

export async function openLegacy(
  gateway: Gateway,
  capabilities: Json = EVERYTHING,
  version = "2025-11-25",
): Promise<LegacySession> {
  const body = initializeBody(version);
  body["params"] = { ...record(body["params"]), capabilities };
  const response = await driven(gateway.clock, gateway.front.fetch(post(body)));
  return { gateway, id: response.headers.get("mcp-session-id") ?? "" };
}

/** A legacy client: answers the requests on the stream of its POST by POSTs of its own. */
export async function callLegacy(
  { gateway, id: session }: LegacySession,
  options: CallOptions & { id?: number } = {},
): Promise<Called> {
  const { front, clock } = gateway;
  const { id = 7, method = "tools/call", answering = answerAll } = options;
  const params = options.params ?? { name: "w_ask", arguments: { a: 1 } };
  const call = { jsonrpc: "2.0", id, method, params };
  const response = await driven(clock, front.fetch(post(call, { session })));
  const called: Called = { status: response.status, message: {}, asked: [], heard: [] };
  if (!response.headers.get("content-type")?.includes("event-stream")) {
    return { ...called, message: record(await response.json()) };
  }
  const events = readEvents(response);
  for (;;) {
    const message = await driven(clock, events.message());
    if (message === undefined) throw new Error("the stream ended without an answer");
    if (message["id"] === id && message["method"] === undefined) return { ...called, message };
    if (message["id"] === undefined) {
      called.heard.push(message);
      continue;
    }
    const question = questionOf(message);
    const key = textOf(message["id"]);
    called.asked.push({ key, ...question });
    const answer = answering(question, key);
    if (answer === undefined) continue;
    const body =
      answer instanceof Error
        ? { jsonrpc: "2.0", id: key, error: { code: -1, message: answer.message } }
        : { jsonrpc: "2.0", id: key, result: answer };
    await driven(clock, front.fetch(post(body, { session })));
  }
}

/** What the tool told: the answers of all rounds. */
export function toldBy({ message }: Pick<Called, "message">): unknown {
  const { content } = record(message["result"] ?? message);
  const [first]: unknown[] = Array.isArray(content) ? content : [message];
  return JSON.parse(textOf(record(first)["text"] ?? JSON.stringify(message)));
}
