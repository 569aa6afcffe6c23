/** The JSON-RPC codec and the raw JSON tools against `JSON.parse`. */
import { isDeepStrictEqual } from "node:util";
import {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
  type WireMessage,
  WireParseError,
} from "../../../src/protocol/jsonrpc.ts";
import { members, RawJsonError, spliceMembers } from "../../../src/protocol/raw-json.ts";
import { type FuzzTarget, invariant, textOf } from "../target.ts";
import { legacyBody, modernBody, notification, WIRE_WORDS } from "./words.ts";

const LIMITS = { maxBytes: 16_384, maxDepth: 64 };

export const codec: FuzzTarget = {
  name: "codec",
  watch: ["/src/protocol/"],
  seeds: [
    modernBody("tools/call", '"name":"echo","arguments":{"a":[1,2,{"b":"\\u00e9"}]}'),
    legacyBody("tools/list", "{}", '"abc"'),
    notification("notifications/cancelled", '{"requestId":1,"reason":"x"}'),
    '{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"a\\nb"}]}}',
    '{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no","data":{"a":1}}}',
    '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    '{\n "a" : 1 ,\t"b":[ ] , "c":{ "d":"}" }\r\n}',
  ],
  dictionary: WIRE_WORDS,
  start: () =>
    Promise.resolve({
      async run(input) {
        const text = textOf(input);
        checkMembers(text);
        checkMessage(text);
        invariant(!("polluted" in {}), "Object.prototype was changed");
      },
      close: () => Promise.resolve(),
    }),
};

function standard(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function checkMembers(text: string): void {
  const plain = standard(text);
  let raw: Map<string, string>;
  try {
    raw = members(text);
  } catch (error) {
    invariant(error instanceof RawJsonError, `members threw ${String(error)}`);
    const isObject =
      typeof plain?.value === "object" && plain.value !== null && !Array.isArray(plain.value);
    invariant(
      !(isObject && error.problem === "syntax"),
      "members refused an object that JSON.parse reads",
    );
    return;
  }
  if (plain === undefined) return;
  const fromRaw: Record<string, unknown> = Object.fromEntries(
    [...raw].map(([key, slice]) => [key, JSON.parse(slice)]),
  );
  invariant(isDeepStrictEqual(fromRaw, plain.value), "members and JSON.parse disagree");
  const spliced = spliceMembers(text, { set: { zz: "1" }, drop: ["a"] });
  const { a: _dropped, ...rest } = fromRaw;
  invariant(isDeepStrictEqual(JSON.parse(spliced), { ...rest, zz: 1 }), "a splice changed more");
}

function checkMessage(text: string): void {
  let message: WireMessage;
  try {
    message = parseMessage(text, LIMITS);
  } catch (error) {
    invariant(error instanceof WireParseError, `parseMessage threw ${String(error)}`);
    JSON.parse(encodeError(error.id, { code: error.code, message: error.message }));
    return;
  }
  const plain = standard(text)?.value;
  invariant(plain !== undefined, "parseMessage accepted what JSON.parse refuses");
  const written = write(message);
  invariant(!/[\r\n]/.test(written), "an encoded message has a line break");
  invariant(
    isDeepStrictEqual(parseMessage(written), again(message, written)),
    "not the same again",
  );
}

/**
 * A request keeps the text of its params besides. Raw results lose line breaks between tokens when they are written,
 * numbers what JavaScript cannot hold or write (1e400, -0).
 */
function again(message: WireMessage, written: string): unknown {
  if (message.kind === "request") {
    const { paramsText, ...rest } = message;
    if (paramsText !== undefined) {
      invariant(isDeepStrictEqual(JSON.parse(paramsText), message.params), "params and their text");
    }
    const plain = JSON.parse(JSON.stringify(rest)) as Record<string, unknown>;
    return { ...plain, paramsText: JSON.stringify(rest.params) };
  }
  if (message.kind !== "result") return JSON.parse(JSON.stringify(message)) as unknown;
  const raw = members(written).get("result") ?? "";
  invariant(
    isDeepStrictEqual(JSON.parse(raw), JSON.parse(message.result.text)),
    "a result changed its meaning",
  );
  return { ...message, id: message.id === 0 ? 0 : message.id, result: { text: raw } };
}

function write(message: WireMessage): string {
  switch (message.kind) {
    case "request":
      return encodeRequest(message.id, message.method, message.params);
    case "notification":
      return encodeNotification(message.method, message.params);
    case "result":
      return encodeResult(message.id, message.result);
    default:
      return encodeError(message.id, message.error);
  }
}
