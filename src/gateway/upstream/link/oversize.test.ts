import { expect, test } from "vitest";
import { linkPair } from "../../../protocol/link-pair.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { createLinkChannel } from "./link-channel.ts";
import { idOfOversize } from "./oversize.ts";

const long = "x".repeat(5_000);

test.each([
  [`{"jsonrpc":"2.0","id":7,"result":{"a":"${long}"}}`, 7],
  [`{ "id" : 7 , "jsonrpc":"2.0","result":{"a":"${long}"}}`, 7],
  [`{"jsonrpc":"2.0","result":{"a":"${long}"},"id":7}`, 7],
  [`{"jsonrpc":"2.0","result":{"id":8,"a":"${long}"},"id":7}\n`, 7],
  [`{"result":{"id":8,"a":"${long}","id":9}}`, undefined],
  [`{"jsonrpc":"2.0","id":"7","result":{"a":"${long}"}}`, undefined],
  [long, undefined],
])("finds whose answer it is, and nobody else's", (text, id) => {
  expect(idOfOversize(text)).toBe(id);
});

test("an answer far over the limit fails its call at once, and the worker goes on", async () => {
  const [link, end] = linkPair();
  const channel = createLinkChannel({
    link,
    telemetry: silentTelemetry,
    maxMessageBytes: 1_000,
    events: { onNotification() {}, onRequest: () => ({ kind: "result", result: { text: "{}" } }) },
  });
  const ids: number[] = [];
  end.onMessage((text) => void ids.push(JSON.parse(text).id));
  const calls = [1, 2].map(() => channel.request({ method: "tools/call", params: {} }));
  await new Promise((resolve) => void setTimeout(resolve, 0));
  await end.send(`{"jsonrpc":"2.0","id":${ids[0]},"result":{"a":"${long}"}}`);
  await expect(calls[0]).rejects.toMatchObject({ code: "message_too_large" });
  await end.send(`{"jsonrpc":"2.0","id":${ids[1]},"result":{}}`);
  expect(await calls[1]).toEqual({ kind: "result", result: { text: "{}" } });
});
