/** One worker of the kit in the real workerd, public and behind a service binding. */
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEADER, LATEST_MODERN, META } from "../../src/protocol/index.ts";
import { lacksNode, NODE_NEEDED, sdkV1, sdkV2Auto } from "./peers.ts";

const ENTRY = join(import.meta.dirname, "fixtures/edge-worker.ts");
/** Another Worker, which reaches ours without the network. */
const CALLER = `export default {
  fetch: (request, env) => env.EDGE.fetch(new Request("http://edge/mcp", request)),
};`;
const COMPATIBILITY = "2026-07-28";

let edge: Miniflare;
let url: string;
beforeAll(async () => {
  const bundle = await rolldown({ input: ENTRY, platform: "browser" });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  const worker = (name: string, contents: string) => ({
    name,
    modules: [{ type: "ESModule" as const, path: `${name}.mjs`, contents }],
    compatibilityDate: COMPATIBILITY,
  });
  edge = new Miniflare({
    workers: [
      worker("edge", output[0].code),
      { ...worker("caller", CALLER), serviceBindings: { EDGE: "edge" } },
    ],
  });
  url = new URL("/mcp", await edge.ready).href;
});
afterAll(() => edge.dispose());

interface Reply {
  status: number;
  messages: Record<string, unknown>[];
}

async function call(name: string, more: object = {}, meta: object = {}): Promise<Reply> {
  const declared = { [META.clientCapabilities]: { elicitation: { form: {} } } };
  const envelope = { [META.protocolVersion]: LATEST_MODERN, ...declared, ...meta };
  const params = { name, arguments: {}, ...more, _meta: envelope };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      [HEADER.protocolVersion]: LATEST_MODERN,
      [HEADER.method]: "tools/call",
      [HEADER.name]: name,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
  const text = await response.text();
  const lines = text.startsWith("{")
    ? [text]
    : [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data ?? "");
  return { status: response.status, messages: lines.map((line) => JSON.parse(line)) };
}

test("many first calls at once, each with its progress", async () => {
  const numbers = Array.from({ length: 8 }, (_, index) => index);
  const replies = await Promise.all(
    numbers.map((a) => call("add", { arguments: { a, b: 1 } }, { [META.progressToken]: a })),
  );
  for (const [a, { messages }] of replies.entries()) {
    expect(messages).toMatchObject([
      { method: "notifications/progress", params: { progressToken: a, message: "halfway" } },
      { result: { content: [{ text: `The sum is ${a + 1}.` }] } },
    ]);
  }
});

test("questions over rounds, with what was remembered sealed", async () => {
  const result = (reply: Reply) => reply.messages[0]?.["result"] as Record<string, unknown>;
  const accept = { action: "accept", content: {} };
  const first = result(await call("book"));
  expect(first).toMatchObject({ resultType: "input_required", inputRequests: { day: {} } });
  const retry = (state: unknown, answers: object) =>
    call("book", { requestState: state, inputResponses: answers });
  const second = result(await retry(first["requestState"], { day: accept }));
  expect(second).toMatchObject({ inputRequests: { hour: {} } });
  const last = result(await retry(second["requestState"], { hour: accept }));
  expect(last).toMatchObject({
    content: [{ text: expect.stringMatching(/^[0-9a-f-]{36} accept accept$/) }],
  });
});

test("a schema beyond what the edge can check is refused with what to do", async () => {
  const { messages } = await call("strict", { arguments: { id: "x" } });
  expect(messages).toMatchObject([
    { result: { isError: true, content: [{ text: expect.stringContaining("forbids") }] } },
  ]);
});

function canFetch(value: unknown): value is { fetch: typeof fetch } {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

test("another Worker calls it through a service binding", async () => {
  // miniflare types it by a package of types that is not installed.
  const caller: unknown = await edge.getWorker("caller");
  if (!canFetch(caller)) throw new Error("There is no such Worker.");
  const initialize = {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {} },
  };
  const response = await caller.fetch("http://caller/", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify(initialize),
  });
  expect(await response.json()).toMatchObject({ result: { serverInfo: { name: "edge" } } });
});

describe.skipIf(lacksNode)(`clients from npm ${NODE_NEEDED}`, () => {
  test.each([
    ["TypeScript SDK 1", sdkV1],
    ["TypeScript SDK 2", sdkV2Auto],
  ])("%s", async (_name, client) => {
    const answer = await client(url, [{ name: "add", arguments: { a: 2, b: 40 } }]);
    expect(answer.results).toMatchObject([{ content: [{ text: "The sum is 42." }] }]);
  });
});
