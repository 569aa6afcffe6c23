/** On a local server with the shapes of Slack's Web API as its documentation gives them; not on Slack itself. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { describeToolpack, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

const TOKEN = "xoxb-not-a-real-token";
const seen: string[] = [];
const CHANNELS = [
  { id: "C0123456789", name: "general", purpose: { value: "Company-wide" }, is_member: true },
  { id: "C0987654321", name: "random", purpose: { value: "" }, is_member: false },
];

const server = createServer((request, response) => {
  void readText(request).then((body) => {
    const args = new URLSearchParams(body);
    seen.push(`${request.url} ${args}`);
    if (args.get("channel") === "slow")
      return response.writeHead(429, { "retry-after": "30" }).end();
    if (args.get("channel") === "broken") return response.writeHead(200).end("<html>");
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(
      JSON.stringify(answer(request.url ?? "", args, request.headers.authorization)),
    );
  });
});
function answer(url: string, args: URLSearchParams, authorization: string | undefined): object {
  if (authorization !== `Bearer ${TOKEN}`) return { ok: false, error: "invalid_auth" };
  if (url.endsWith("conversations.list")) {
    const second = args.get("cursor") === "dGVhbTpDMQ==";
    const next_cursor = second ? "" : "dGVhbTpDMQ==";
    return {
      ok: true,
      channels: second ? CHANNELS.slice(1) : CHANNELS.slice(0, 1),
      response_metadata: { next_cursor },
    };
  }
  if (args.get("channel") !== "C0123456789") return { ok: false, error: "channel_not_found" };
  if (url.endsWith("chat.postMessage"))
    return { ok: true, channel: "C0123456789", ts: "1503435956.000247" };
  const messages = [
    {
      type: "message",
      user: "U012AB3CDE",
      text: "I find you punny",
      ts: "1512085950.000216",
      reply_count: 2,
    },
    {
      type: "message",
      bot_id: "B01",
      text: "What, you want to smell my shoes better?",
      ts: "1512104434.000490",
    },
  ];
  return { ok: true, messages, has_more: false };
}
server.listen(0, "127.0.0.1");
await once(server, "listening");
afterAll(() => server.close());
const { port } = server.address() as AddressInfo;
const env = { SLACK_API_URL: `http://127.0.0.1:${port}/api`, SLACK_TOKEN: TOKEN };

describeToolpack(() => createWorker({ env }), {
  tools: ["slack_send", "slack_channels", "slack_history"],
  catalog: new URL("../catalog.gen.json", import.meta.url),
  asksOutside: ["slack_send", "slack_channels", "slack_history"],
  changes: { slack_send: { readOnlyHint: false, destructiveHint: false, idempotentHint: false } },
  takesNothing: ["slack_channels"],
});

describe("Slack's Web API, in its documented shapes", () => {
  const { call, close } = toolpackClient(createWorker({ env }));
  afterAll(close);

  it("is sent a message, and an answer into a thread", async () => {
    const args = { channel: "C0123456789", text: "Hi & bye", thread_ts: "1503435956.000247" };
    expect((await call("slack_send", args)).value).toEqual({
      channel: "C0123456789",
      ts: "1503435956.000247",
    });
    expect(seen.at(-1)).toBe(
      "/api/chat.postMessage channel=C0123456789&text=Hi+%26+bye&thread_ts=1503435956.000247",
    );
  });
  it("lists channels in pages", async () => {
    const first = await call("slack_channels", { limit: 1 });
    expect(first.value).toEqual({
      channels: [{ id: "C0123456789", name: "general", purpose: "Company-wide", member: true }],
      next: "dGVhbTpDMQ==",
    });
    const second = await call("slack_channels", { limit: 1, cursor: first.value["next"] });
    expect(second.value).toEqual({
      channels: [{ id: "C0987654321", name: "random", purpose: "", member: false }],
    });
  });
  it("gives a channel's messages", async () => {
    const { value } = await call("slack_history", { channel: "C0123456789" });
    expect(value["messages"]).toEqual([
      { ts: "1512085950.000216", user: "U012AB3CDE", text: "I find you punny", replies: 2 },
      {
        ts: "1512104434.000490",
        user: "B01",
        text: "What, you want to smell my shoes better?",
        replies: 0,
      },
    ]);
  });
  it.each([
    ["C000", "chat.postMessage failed: channel_not_found.\nhint: Look with slack_channels."],
    ["slow", "Slack asks to wait.\nhint: Try again in 30 s."],
    ["broken", "Slack answered HTTP 200."],
  ])("says what is wrong with %s", async (channel, told) => {
    const { isError, text } = await call("slack_send", { channel, text: "x" });
    expect({ isError, text }).toEqual({ isError: true, text: told });
  });
  it.each([
    [{ ...env, SLACK_TOKEN: "xoxb-wrong" }, "invalid_auth"],
    [{ SLACK_API_URL: env.SLACK_API_URL }, "SLACK_TOKEN is not set"],
    [{ ...env, SLACK_API_URL: "http://127.0.0.1:1" }, "Slack cannot be reached."],
  ])("shows no token when that fails: %#", async (settings, told) => {
    const other = toolpackClient(createWorker({ env: settings }));
    const { isError, text } = await other.call("slack_channels", {});
    other.close();
    expect(isError).toBe(true);
    expect(text).toContain(told);
    expect(text).not.toContain("xoxb-wrong");
  });
});
