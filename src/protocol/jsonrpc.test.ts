import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  WireParseError,
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
} from "./jsonrpc.ts";

const id = fc.oneof(fc.string(), fc.maxSafeInteger());
const method = fc.string({ minLength: 1, maxLength: 200 });
const jsonObject = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

describe("what is encoded is read back", () => {
  test("requests and notifications", () => {
    fc.assert(
      fc.property(id, method, jsonObject, (messageId, name, params) => {
        const text = encodeRequest(messageId, name, params);
        expect(text).not.toContain("\n");
        const expectedId = Object.is(messageId, -0) ? 0 : messageId;
        expect(parseMessage(text)).toEqual({
          kind: "request",
          id: expectedId,
          method: name,
          params,
          paramsText: JSON.stringify(params),
        });
        expect(parseMessage(encodeNotification(name, params))).toEqual({
          kind: "notification",
          method: name,
          params,
        });
      }),
    );
  });

  test("results, byte for byte but for line breaks", () => {
    fc.assert(
      fc.property(
        fc.string(),
        jsonObject,
        fc.constantFrom(undefined, 2),
        (messageId, value, space) => {
          const raw = JSON.stringify(value, undefined, space);
          const text = encodeResult(messageId, { text: raw });
          expect(text).not.toContain("\n");
          expect(parseMessage(text)).toEqual({
            kind: "result",
            id: messageId,
            result: { text: raw.replaceAll("\n", " ") },
          });
        },
      ),
    );
  });

  test("errors", () => {
    fc.assert(
      fc.property(fc.option(id), fc.integer(), fc.string(), (messageId, code, message) => {
        const back = parseMessage(encodeError(messageId, { code, message, data: { a: [1] } }));
        expect(back).toMatchObject({ kind: "error", error: { code, message, data: { a: [1] } } });
      }),
    );
  });
});

test("a result keeps numbers, key order and repeated keys that JSON.parse would change", () => {
  const raw = '{"big":12345678901234567890,"b":1,"a":{"x":1,"x":2},"e":1.0}';
  expect(parseMessage(`{"result": ${raw}, "id":"7", "jsonrpc":"2.0"}`)).toEqual({
    kind: "result",
    id: "7",
    result: { text: raw },
  });
});

const refused = (text: string): WireParseError => {
  try {
    parseMessage(text, { maxBytes: 1000, maxDepth: 10 });
  } catch (error) {
    if (error instanceof WireParseError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};

describe("refusals", () => {
  test.each([
    ["not JSON", "{nope", -32700],
    ["empty", "", -32700],
    ["a byte order mark", '\uFEFF{"jsonrpc":"2.0","id":1,"method":"m"}', -32700],
    ["a batch", "[]", -32600],
    ["no object", "1", -32600],
    ["no version", '{"id":1,"method":"m"}', -32600],
    ["a wrong version", '{"jsonrpc":"1.0","id":1,"method":"m"}', -32600],
    ["a null id", '{"jsonrpc":"2.0","id":null,"method":"m"}', -32600],
    ["a fractional id", '{"jsonrpc":"2.0","id":1.5,"method":"m"}', -32600],
    ["an id beyond 2^53", '{"jsonrpc":"2.0","id":9007199254740993,"method":"m"}', -32600],
    ["an object as id", '{"jsonrpc":"2.0","id":{},"method":"m"}', -32600],
    ["a number as method", '{"jsonrpc":"2.0","id":1,"method":5}', -32600],
    ["a list as params", '{"jsonrpc":"2.0","id":1,"method":"m","params":[]}', -32602],
    ["a repeated key", '{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}', -32600],
    ["a repeated escaped key", '{"jsonrpc":"2.0","id":1,"method":"a","meth\\u006fd":"b"}', -32600],
    ["a second result", '{"jsonrpc":"2.0","id":1,"result":{},"result":{"a":1}}', -32600],
    ["result and error", '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}', -32600],
    ["neither", '{"jsonrpc":"2.0","id":1}', -32600],
    ["a torn result", '{"jsonrpc":"2.0","id":1,"result":{"a":01}}', -32700],
    ["a result that is no object", '{"jsonrpc":"2.0","id":1,"result":[]}', -32600],
    [
      "nesting",
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":${"[".repeat(20)}${"]".repeat(20)}}}`,
      -32600,
    ],
    ["size", `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${"x".repeat(1000)}"}}`, -32600],
  ])("%s", (_, text, code) => {
    expect(refused(text).code).toBe(code);
  });

  test("say whose request it was, where that can be read", () => {
    expect(refused('{"jsonrpc":"2.0","id":"x","method":"m","params":[]}').id).toBe("x");
  });

  test("size counts bytes, not characters", () => {
    const wide = `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${"é".repeat(490)}"}}`;
    expect(wide.length).toBeLessThan(1000);
    expect(refused(wide).message).toContain("1000 bytes");
  });

  test("keys that reach for the prototype, however they are spelled", () => {
    for (const key of ["__proto__", "\\u005f_proto__", "_\\u005Fproto__"]) {
      const text = `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":{"${key}":{"polluted":1}}}}`;
      expect(refused(text)).toMatchObject({ code: -32600, id: 1 });
    }
    expect(
      parseMessage('{"jsonrpc":"2.0","id":1,"method":"m","params":{"say":"__proto__"}}').kind,
    ).toBe("request");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("nothing else is ever thrown", () => {
    const soup = fc.string({
      unit: fc.constantFrom(
        ...Array.from('{}[]",:\\ 01a'),
        '"id"',
        '"jsonrpc":"2.0"',
        '"method"',
        '"result"',
        '"error"',
      ),
    });
    fc.assert(
      fc.property(soup, (text) => {
        try {
          parseMessage(`{${text}}`);
        } catch (error) {
          expect(error).toBeInstanceOf(WireParseError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("text that is not JSON where nobody reads", () => {
  test.each([
    ["an unknown member", '{"jsonrpc":"2.0","id":1,"method":"ping","x":{"a"b}}'],
    ["a result beside a method", '{"jsonrpc":"2.0","id":1,"method":"ping","result":nope}'],
    ["a line break in a key", '{"jsonrpc":"2.0","id":1,"method":"ping","x\ny":1}'],
  ])("%s is refused", (_where, text) => {
    expect(() => parseMessage(text)).toThrow(WireParseError);
  });
});
