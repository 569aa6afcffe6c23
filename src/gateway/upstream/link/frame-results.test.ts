/** Results that came in frames have no envelope to be parsed: what is in them must be proven all the same. */
import { expect, test } from "vitest";
import { parseMessage } from "../../../protocol/jsonrpc.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import { linkPair } from "../../../protocol/link-pair.ts";
import { silentTelemetry } from "../../../telemetry/index.ts";
import { createLinkChannel } from "./link-channel.ts";

function answering(result: string): Promise<unknown> {
  const [near, far] = linkPair();
  let give: ((id: number, text: string, isError: boolean) => void) | undefined;
  const link: MessageLink = { ...near, onResult: (listener) => (give = listener) };
  const channel = createLinkChannel({
    link,
    telemetry: silentTelemetry,
    maxMessageBytes: 10_000,
    events: {
      onNotification: () => {},
      onRequest: () => ({ kind: "error", error: { code: -32601, message: "no" } }),
    },
  });
  far.onMessage((text) => {
    const message = parseMessage(text);
    if (message.kind === "request") give?.(Number(message.id), result, false);
  });
  return channel.request({ method: "tools/call", params: { name: "t" } });
}

test("one JSON object is handed on as it is", async () => {
  await expect(answering('{"content": []}')).resolves.toMatchObject({
    result: { text: '{"content": []}' },
  });
});

test.each(['{}},{"forged":true}', '{"content":[', "[]", "", "null"])(
  "%j fails the call",
  async (result) => {
    await expect(answering(result)).rejects.toMatchObject({ code: "drone_protocol" });
  },
);
