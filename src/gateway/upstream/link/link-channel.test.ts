import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeResult, parseMessage } from "../../../protocol/jsonrpc.ts";
import { linkPair } from "../../../protocol/link-pair.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { settle } from "../../testing/fake-clock.ts";
import { fakeWorker } from "../../testing/fake-worker.ts";
import { answerWorker } from "../legacy/park.ts";
import { createLinkChannel, type LinkChannelOptions } from "./link-channel.ts";

function channelOver(link: LinkChannelOptions["link"], change: Partial<LinkChannelOptions> = {}) {
  const counted: string[] = [];
  const telemetry = {
    ...silentTelemetry,
    meter: { ...silentTelemetry.meter, count: (name: string) => counted.push(name) },
  };
  const heard: string[] = [];
  const channel = createLinkChannel({
    link,
    telemetry,
    maxMessageBytes: 10_000,
    events: {
      onNotification: (method) => heard.push(method),
      onRequest: (method) => answerWorker(method),
    },
    ...change,
  });
  return { channel, counted, heard };
}

describe("a link channel", () => {
  test("gives each of many calls its own answer, in whatever order these come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 }),
        async (priorities) => {
          const [link, end] = linkPair();
          const { channel } = channelOver(link);
          const got: { id: string | number; n: unknown }[] = [];
          end.onMessage((text) => {
            const message = parseMessage(text);
            if (message.kind === "request") got.push({ id: message.id, n: message.params["n"] });
          });
          const calls = priorities.map((_, n) => channel.request({ method: "m", params: { n } }));
          await settle();
          expect(new Set(got.map(({ id }) => id)).size).toBe(priorities.length);
          const order = got.toSorted(
            (a, b) => (priorities[Number(a.n)] ?? 0) - (priorities[Number(b.n)] ?? 0),
          );
          for (const { id, n } of order)
            await end.send(encodeResult(id, { text: `{"n":${String(n)}}` }));
          const answers = await Promise.all(calls);
          expect(answers).toEqual(
            priorities.map((_, n) => ({ kind: "result", result: { text: `{"n":${n}}` } })),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test("tells the worker of a cancelled call, and ignores and counts its late answer", async () => {
    const worker = fakeWorker({ era: "modern", on: () => "never" });
    const { channel, counted } = channelOver(worker.link);
    const client = new AbortController();
    const call = channel.request({ method: "slow", params: {}, signal: client.signal });
    client.abort();
    await expect(call).rejects.toMatchObject({ code: "call_cancelled" });
    await settle();
    const id = worker.got[0]?.id ?? "";
    expect(worker.got[1]).toMatchObject({
      method: "notifications/cancelled",
      params: { requestId: id },
    });
    await worker.end.send(encodeResult(id, { text: "{}" }));
    await worker.end.send(encodeResult("never-asked", { text: "{}" }));
    await settle();
    expect(counted).toEqual(["upstream_stray_answers_total", "upstream_stray_answers_total"]);
  });

  test("survives lines that are no messages", async () => {
    const worker = fakeWorker({ era: "modern", on: () => ({ fine: true }) });
    const { channel, counted } = channelOver(worker.link);
    for (const line of [
      "Listening…",
      "",
      "[]",
      '{"jsonrpc":"2.0"}',
      '{"jsonrpc":"2.0","id":1,"result":7}',
    ])
      await worker.end.send(line);
    expect(await channel.request({ method: "m", params: {} })).toMatchObject({ kind: "result" });
    expect(counted.filter((name) => name === "upstream_garbage_total")).toHaveLength(5);
  });

  test("gives up on a flood of them, and fails what is under way", async () => {
    const worker = fakeWorker({ era: "modern", on: () => "never" });
    const { channel } = channelOver(worker.link, { maxGarbage: 50 });
    const call = channel.request({ method: "m", params: {} });
    for (let n = 0; n < 50; n++) await worker.end.send(`line ${n}`);
    await expect(call).rejects.toMatchObject({ code: "drone_protocol" });
    await expect(channel.closed).resolves.toBeDefined();
    await expect(channel.request({ method: "m", params: {} })).rejects.toMatchObject({
      data: { sent: false },
    });
  });

  test("answers ping, refuses what it cannot carry, and never leaves a worker waiting", async () => {
    const worker = fakeWorker({ era: "legacy" });
    channelOver(worker.link);
    for (const method of [
      "ping",
      "sampling/createMessage",
      "elicitation/create",
      "roots/list",
      "odd",
    ])
      worker.ask(method, method);
    await settle();
    expect(worker.answers).toMatchObject([
      { kind: "result", id: "ping" },
      { kind: "error", id: "sampling/createMessage" },
      { kind: "error", id: "elicitation/create" },
      { kind: "error", id: "roots/list" },
      { kind: "error", id: "odd", error: { code: -32601 } },
    ]);
  });

  test("leads progress to its own call alone", async () => {
    const worker = fakeWorker({ era: "modern", on: () => "never" });
    const { channel, heard } = channelOver(worker.link);
    const first: unknown[] = [];
    const second: unknown[] = [];
    const ask = (into: unknown[]): void =>
      void channel
        .request({
          method: "m",
          params: { _meta: { kept: 1 } },
          progress: true,
          onNotification: (_m, params) => into.push(params["progress"]),
        })
        .catch(() => {});
    ask(first);
    ask(second);
    await settle();
    const metas = worker.got.map(({ params }) => params["_meta"] as Record<string, unknown>);
    expect(metas[0]).toMatchObject({ kept: 1 });
    worker.notify("notifications/progress", {
      progressToken: metas[1]?.["progressToken"],
      progress: 5,
    });
    worker.notify("notifications/progress", { progressToken: "foreign", progress: 6 });
    worker.notify("notifications/tools/list_changed");
    await settle();
    expect([first, second]).toEqual([[], [5]]);
    expect(heard).toEqual(["notifications/tools/list_changed"]);
  });

  test("bounds answers and calls under way", async () => {
    const worker = fakeWorker({
      era: "modern",
      on: ({ method }) => (method === "big" ? { text: "x".repeat(12_000) } : "never"),
    });
    const { channel } = channelOver(worker.link, { maxInFlight: 1 });
    await expect(channel.request({ method: "big", params: {} })).rejects.toMatchObject({
      code: "message_too_large",
    });
    void channel.request({ method: "hang", params: {} }).catch(() => {});
    await expect(channel.request({ method: "m", params: {} })).rejects.toMatchObject({
      code: "overloaded",
      data: { sent: false },
    });
  });
});
