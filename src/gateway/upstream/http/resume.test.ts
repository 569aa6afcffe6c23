import { expect, test } from "vitest";
import { FlotillaError } from "../../../protocol/errors.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { fakeClock, settle } from "../../testing/fake-clock.ts";
import { createHttpChannel, type HttpChannel } from "./http-channel.ts";
import type { HttpAnswer, HttpRequest } from "./http-client.ts";

const DONE = 'id: 9\ndata: {"jsonrpc":"2.0","id":1,"result":{"content":[]}}\n\n';
const PRIMING = "id: 1\nretry: 400\ndata: \n\n";

async function* textOf(...pieces: (string | Error)[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield await Promise.resolve(piece);
  }
}

const streamOf = (...pieces: (string | Error)[]): HttpAnswer => ({
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body: textOf(...pieces),
});

interface Setup {
  channel: HttpChannel;
  asked: HttpRequest[];
  clock: ReturnType<typeof fakeClock>;
}

/** A channel whose server gives these answers, one a request. */
function setup(answers: (HttpAnswer | Error)[], era: "modern" | "legacy" = "legacy"): Setup {
  const asked: HttpRequest[] = [];
  const clock = fakeClock();
  const channel = createHttpChannel({
    clock,
    http: {
      request(request) {
        asked.push(request);
        const next = answers.shift() ?? { status: 405, headers: {}, body: textOf() };
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
      close: () => Promise.resolve(),
    },
    url: "http://127.0.0.1:1/mcp",
    headers: {},
    events: {
      onNotification: () => {},
      onRequest: () => ({ kind: "error", error: { code: -32601, message: "no" } }),
    },
    telemetry: silentTelemetry,
    maxMessageBytes: 10_000,
  });
  if (era === "legacy") Object.assign(channel.session, { id: "s1", version: "2025-11-25" });
  return { channel, asked, clock };
}

const call = { method: "tools/call", params: { name: "echo" } };
const lost = new FlotillaError("drone_lost", "The stream broke.");

test("a stream that ends before the answer is resumed after the pause its server asked for", async () => {
  const { channel, asked, clock } = setup([streamOf(PRIMING), streamOf(DONE)]);
  const answer = channel.request(call);
  await clock.advance(399);
  expect(asked.map(({ method }) => method)).toEqual(["POST"]);
  await clock.advance(1);
  expect(await answer).toMatchObject({ kind: "result" });
  expect(asked[1]).toMatchObject({
    method: "GET",
    headers: { "last-event-id": "1", "mcp-session-id": "s1" },
  });
});

test("a stream that broke is resumed from the last event that came", async () => {
  const told = 'id: 2\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n';
  const { channel, asked, clock } = setup([streamOf(PRIMING + told, lost), streamOf(DONE)]);
  const heard: string[] = [];
  const answer = channel.request({ ...call, onNotification: (method) => heard.push(method) });
  await clock.advance(400);
  expect(await answer).toMatchObject({ kind: "result" });
  expect(heard).toEqual(["notifications/message"]);
  expect(asked[1]?.headers["last-event-id"]).toBe("2");
});

test("a server that offers no resumption, or never answers, loses the call, which may have run", async () => {
  const refused = new FlotillaError("drone_lost", "Refused.", { data: { sent: false } });
  const after = [[], Array.from({ length: 9 }, () => refused)];
  for (const answers of after) {
    const { channel, asked, clock } = setup([streamOf(PRIMING), ...answers]);
    const failure = channel.request(call).catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(await failure).toMatchObject({ code: "drone_lost" });
    expect((await failure) as FlotillaError).not.toMatchObject({ data: { sent: false } });
    expect(asked.length).toBeLessThanOrEqual(6);
  }
});

test("waiting to resume ends with the call", async () => {
  const { channel, asked, clock } = setup([streamOf(PRIMING)]);
  const abort = new AbortController();
  const failure = channel.request({ ...call, signal: abort.signal }).catch((e: unknown) => e);
  await settle();
  abort.abort();
  expect(await failure).toMatchObject({ code: "call_cancelled" });
  await clock.advance(1_000);
  expect(asked.filter(({ method }) => method === "GET")).toEqual([]);
});

test("without an event id, or in the modern era, a stream that ended is lost at once", async () => {
  const cases = [setup([streamOf("retry: 1\n\n")]), setup([streamOf(PRIMING)], "modern")];
  for (const { channel, asked } of cases) {
    await expect(channel.request(call)).rejects.toMatchObject({ code: "drone_lost" });
    expect(asked).toHaveLength(1);
  }
});
