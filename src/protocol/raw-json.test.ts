import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RawJsonError, checkDepth, elements, members, oneLine, spliceMembers } from "./raw-json.ts";

const plainKeys = fc.string().filter((key) => key !== "__proto__");
const anyObject = fc.dictionary(plainKeys, fc.jsonValue());
const indent = fc.constantFrom(undefined, 2, "\t", "\n");

const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("members", () => {
  test("its slices parse to the values that the whole text parses to", () => {
    fc.assert(
      fc.property(anyObject, indent, (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const parsed: Record<string, unknown> = JSON.parse(text);
        const found = members(text);
        expect([...found.keys()].toSorted()).toEqual(Object.keys(parsed).toSorted());
        for (const [key, raw] of found) expect(JSON.parse(raw)).toEqual(parsed[key]);
      }),
    );
  });

  test("keeps the bytes of what it does not understand", () => {
    const found = members(
      '{ "n": 1.0000000000000000001e+400 , "s" : "a\\u0041\\"}" ,"o":{"b":1,"a":{} } }',
    );
    expect([...found]).toEqual([
      ["n", "1.0000000000000000001e+400"],
      ["s", '"a\\u0041\\"}"'],
      ["o", '{"b":1,"a":{} }'],
    ]);
  });

  test("decodes escaped keys, so that a second spelling is the same key", () => {
    expect([...members('{"resul\\u0074":1}').keys()]).toEqual(["result"]);
    expect(() => members('{"result":1,"resul\\u0074":2}')).toThrow(/twice/);
  });

  test.each([
    "",
    "[]",
    "1",
    "{",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1}x',
    '{"a":[}',
    '{"a":"',
    "{a:1}",
  ])("refuses %j", (text) => {
    expect(() => members(text)).toThrow(RawJsonError);
  });

  test("throws nothing but its own error, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ \n01ae')) }),
        (text) => {
          try {
            members(text);
          } catch (error) {
            expect(error).toBeInstanceOf(RawJsonError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("accepts whatever JSON.parse accepts as an object", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ 01a')) }), (inner) => {
        const text = `{"k":${inner}}`;
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        if (isValid && !/"k".*"k"/.test(text)) expect(() => members(text)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test("bounds the nesting without using the stack", () => {
    expect(members(`{"a":${deep(127)}}`).get("a")).toBe(deep(127));
    expect(() => members(`{"a":${deep(128)}}`)).toThrow(/deep/);
    expect(() => members(`{"a":${deep(1_000_000)}}`)).toThrow(/deep/);
    expect(() => checkDepth(deep(1_000_000), Infinity)).not.toThrow();
  });
});

test("elements slices an array as members does an object", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), indent, (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      const parsed: unknown[] = JSON.parse(text);
      expect(elements(text).map((raw): unknown => JSON.parse(raw))).toEqual(parsed);
    }),
  );
});

describe("spliceMembers", () => {
  test("changes what it is told and nothing else", () => {
    expect(
      spliceMembers('{"a":1.50,"b":{ "x" : 1 },"c":null}', {
        set: { c: "[3]", d: '"new"' },
        drop: ["a"],
      }),
    ).toBe('{"b":{ "x" : 1 },"c":[3],"d":"new"}');
  });

  test("equals dropping and setting on the parsed object", () => {
    fc.assert(
      fc.property(anyObject, plainKeys, plainKeys, (value, dropped, set) => {
        const expected: Record<string, unknown> = JSON.parse(JSON.stringify(value));
        delete expected[dropped];
        expected[set] = "set";
        const text = spliceMembers(JSON.stringify(value), {
          drop: [dropped],
          set: { [set]: '"set"' },
        });
        expect(JSON.parse(text)).toEqual(expected);
      }),
    );
  });
});

test("oneLine removes line breaks and keeps the meaning", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value, undefined, "\n");
      const line = oneLine(text);
      expect(line).not.toMatch(/[\r\n]/);
      expect(JSON.parse(line)).toEqual(JSON.parse(text));
    }),
  );
});
