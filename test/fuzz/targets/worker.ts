/** What a client may write to a worker of the kit: every request gets exactly one answer. */
import { parseMessage, WireParseError } from "../../../src/protocol/jsonrpc.ts";
import { connectWorker, defineTool, defineWorker, text } from "../../../src/worker/index.ts";
import { type FuzzTarget, invariant, textOf } from "../target.ts";
import { INITIALIZE, legacyBody, modernBody, notification, WIRE_WORDS } from "./words.ts";

const subject = defineWorker({
  name: "subject",
  version: "1.0.0",
  tools: [
    defineTool({
      name: "echo",
      description: "Says it again.",
      input: {
        type: "object",
        properties: {
          text: { type: "string", maxLength: 100 },
          list: { type: "array", items: { type: "number" } },
        },
        required: ["text"],
      },
      run: (input: { text: string }, { progress, log }) => {
        progress(1, 2);
        log("info", "echo");
        return text(input.text);
      },
    }),
  ],
  prompts: [
    {
      name: "greet",
      arguments: [{ name: "who", required: true }],
      get: ({ who }) => ({
        messages: [{ role: "user", content: { type: "text", text: String(who) } }],
      }),
    },
  ],
});

export const worker: FuzzTarget = {
  name: "worker",
  watch: ["/src/worker/", "/src/protocol/"],
  seeds: [
    modernBody("tools/call", '"name":"echo","arguments":{"text":"hi","list":[1]}'),
    modernBody("server/discover"),
    [
      INITIALIZE("2025-11-25"),
      notification("notifications/initialized"),
      legacyBody("ping", "{}", "2"),
    ].join("\n"),
    [
      INITIALIZE("2025-06-18"),
      legacyBody(
        "tools/call",
        '{"name":"echo","arguments":{"text":"a"},"_meta":{"progressToken":"p"}}',
        "2",
      ),
    ].join("\n"),
    legacyBody("prompts/get", '{"name":"greet","arguments":{"who":"you"}}'),
    modernBody("resources/read", '"uri":"x://y"'),
    modernBody("subscriptions/listen", '"notifications":{"toolsListChanged":true}'),
    notification("notifications/cancelled", '{"requestId":1}'),
  ],
  dictionary: [...WIRE_WORDS, "\n", '"text":', '"list":[1]', "echo", "greet", '"who":1'],
  start: () =>
    Promise.resolve({
      run: (input) => converse(textOf(input)),
      close: () => Promise.resolve(),
    }),
};

/** Never answered: cancelled by a line of the same input, or a standing stream. */
const OPEN_ENDED = new Set(["subscriptions/listen"]);

async function converse(input: string): Promise<void> {
  const link = connectWorker(subject);
  const expected = new Map<string, number>();
  const got = new Map<string, number>();
  const perhaps = new Set<string>();
  let isCancelled = false;
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    for (const [id, count] of expected) if ((got.get(id) ?? 0) < count) return;
    resolve();
  };
  link.onMessage((line) => {
    const message = parseMessage(line);
    if (message.kind !== "result" && message.kind !== "error") return;
    const id = JSON.stringify(message.id);
    got.set(id, (got.get(id) ?? 0) + 1);
    look();
  });
  for (const line of input.split("\n").slice(0, 64)) {
    if (line.includes("cancelled")) isCancelled = true;
    const { id, sure } = expectsAnswer(line);
    if (id !== undefined && sure) expected.set(id, (expected.get(id) ?? 0) + 1);
    else if (id !== undefined) perhaps.add(id);
    await link.send(line);
  }
  look();
  // A cancelled call is rightly never answered.
  if (!isCancelled) await complete;
  for (const [id, count] of got) {
    const most = (expected.get(id) ?? 0) + (perhaps.has(id) ? 64 : 0);
    invariant(id === "null" || count <= most, `${id} answered ${count} times`);
  }
  link.close();
}

function expectsAnswer(line: string): { id?: string; sure: boolean } {
  try {
    const message = parseMessage(line);
    if (message.kind !== "request") return { sure: false };
    return { id: JSON.stringify(message.id), sure: !OPEN_ENDED.has(message.method) };
  } catch (error) {
    // Refused, but with an id: the refusal carries it.
    const id = error instanceof WireParseError ? error.id : null;
    return id === null ? { sure: false } : { id: JSON.stringify(id), sure: true };
  }
}
