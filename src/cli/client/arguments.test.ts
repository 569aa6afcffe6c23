import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFlotillaError, type ToolDefinition } from "../../protocol/index.ts";
import { parseCall } from "./arguments.ts";
import { checkArguments } from "./check-arguments.ts";

const TOOL: ToolDefinition = {
  name: "t",
  inputSchema: {
    type: "object",
    properties: {
      sql: { type: "string" },
      maxRows: { type: "integer", minimum: 1 },
      ratio: { type: ["number", "null"] },
      verbose: { type: "boolean" },
      tags: { type: "array", items: { type: "string" } },
      sizes: { type: "array", items: { type: "number" } },
      options: { type: "object", properties: { a: { type: "number" } } },
      mode: { enum: ["fast", "safe"] },
      either: { anyOf: [{ type: "number" }, { type: "string" }] },
      url: { type: "string" },
    },
    required: ["sql"],
    additionalProperties: false,
  },
};

const args = (...words: string[]) => parseCall(words, TOOL).args;

test.each<[string[], Record<string, unknown>]>([
  [["--sql", "select 1"], { sql: "select 1" }],
  [["--sql=a=b"], { sql: "a=b" }],
  [["--sql", "--not-a-flag"], { sql: "--not-a-flag" }],
  [["--sql", "5"], { sql: "5" }],
  [["--max-rows", "5"], { maxRows: 5 }],
  [["--max_rows=5"], { maxRows: 5 }],
  [["--ratio", "1.5e3"], { ratio: 1500 }],
  [["--verbose"], { verbose: true }],
  [["--verbose", "false"], { verbose: false }],
  [["--no-verbose"], { verbose: false }],
  [["--verbose", "--sql", "x"], { verbose: true, sql: "x" }],
  [["--tags", "a", "--tags", "b"], { tags: ["a", "b"] }],
  [["--tags", '["a","b"]'], { tags: ["a", "b"] }],
  [["--sizes", "1", "--sizes", "2"], { sizes: [1, 2] }],
  [["--options", '{"a": 1}'], { options: { a: 1 } }],
  [["--mode", "fast"], { mode: "fast" }],
  [["--either", "7"], { either: 7 }],
  [["--either", "seven"], { either: "seven" }],
  [["--url", "http://x"], { url: "http://x" }],
  [["--arg", "sql=select 1"], { sql: "select 1" }],
])("%j", (words, expected) => {
  expect(args(...words)).toEqual(expected);
});

test("our own flags are ours where the tool has none of that name", () => {
  const call = parseCall(
    ["--json", "--out", "x.png", "--timeout", "5s", "--file", "sql=@q.sql"],
    TOOL,
  );
  expect(call).toMatchObject({
    json: true,
    out: "x.png",
    timeout: "5s",
    files: [{ name: "sql", path: "q.sql" }],
  });
  expect(parseCall(["--json", '{"sql": "x"}'], TOOL)).toMatchObject({
    json: false,
    document: '{"sql": "x"}',
  });
  expect(parseCall(["--args", "-"], TOOL).document).toBe("-");
  const bare: ToolDefinition = { name: "bare", inputSchema: { type: "object" } };
  expect(parseCall(["--url", "http://x"], bare).url).toBe("http://x");
});

describe("what cannot be meant is refused", () => {
  test.each<[string[], RegExp]>([
    [["word"], /"word" is no option/],
    [["--sqll", "x"], /takes no --sqll/],
    [["--max-rows", "many"], /--maxRows expects a number/],
    [["--max-rows"], /--maxRows expects a value/],
    [["--verbose=perhaps"], /expects true or false/],
    [["--options", "a"], /expects JSON/],
    [["--sql", "a", "--sql", "b"], /given twice/],
    [["--file", "x"], /expects name=path/],
  ])("%j", (words, message) => {
    expect(() => args(...words)).toThrow(message);
  });
});

test("any words give arguments or a bad_request", () => {
  const names = Object.keys(TOOL.inputSchema["properties"] as object);
  const word = fc.oneof(
    fc.constantFrom(
      ...names.map((name) => `--${name}`),
      "--json",
      "--args",
      "--file",
      "-h",
      "--__proto__",
      "--no-sql",
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      try {
        return Object.keys(parseCall(words, TOOL).args).every((name) => names.includes(name));
      } catch (error) {
        return isFlotillaError(error) && error.code === "bad_request";
      }
    }),
    { numRuns: 500 },
  );
});

describe("arguments are checked before they are sent", () => {
  test.each<[Record<string, unknown>, RegExp]>([
    [{}, /t: --sql is missing/],
    [{ sql: 1 }, /--sql must be of type string/],
    [{ sql: "x", maxRows: 0 }, /--maxRows must be >= 1/],
    [{ sql: "x", mode: "slow" }, /--mode must be one of fast, safe/],
    [{ sql: "x", tagz: [] }, /--tagz is not known/],
    [{ sql: "x", tags: ["a", 1] }, /--tags\[1\] must be of type string/],
    [{ sql: "x", either: {} }, /--either has none of the allowed forms/],
  ])("%j", (value, message) => {
    expect(() => checkArguments(TOOL, value)).toThrow(message);
  });

  test("what fits passes, and a schema that cannot be compiled stops nothing", () => {
    expect(checkArguments(TOOL, { sql: "x", ratio: null })).toBe(true);
    const remote = {
      name: "r",
      inputSchema: { type: "object", $ref: "https://example.com/s.json" },
    };
    expect(checkArguments(remote, {})).toBe(false);
    const old = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      required: ["a"],
    };
    expect(() => checkArguments({ name: "o", inputSchema: old }, {})).toThrow(/--a is missing/);
  });
});
