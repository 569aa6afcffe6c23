import { describe, expect, test } from "vitest";
import type { McpRequest } from "../call.ts";
import type { Target } from "./forward.ts";
import { createParamHeaderCheck } from "./param-headers.ts";

const inputSchema = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    size: { type: "integer", "x-mcp-header": "Size" },
    deep: { type: "object", properties: { dry: { type: "boolean", "x-mcp-header": "Dry" } } },
    free: { type: "string" },
  },
};

function problem(
  args: Record<string, unknown>,
  headers: Record<string, string> | undefined,
  schema: unknown = inputSchema,
): number | undefined {
  const request = {
    params: { name: "t", arguments: args },
    ...(headers === undefined ? {} : { paramHeader: (label: string) => headers[label] }),
  };
  const target = { inputSchema: schema };
  const check = createParamHeaderCheck();
  return check(request as unknown as McpRequest, target as unknown as Target)?.code;
}

const MISMATCH = -32020;

describe("marked arguments and their headers", () => {
  test.each([
    ["plain", { region: "eu" }, { region: "eu" }],
    ["base64", { region: "Hello" }, { region: "=?base64?SGVsbG8=?=" }],
    ["what only looks like base64", { region: "=?base64?SGVs" }, { region: "=?base64?SGVs" }],
    ["numbers by value", { size: 42 }, { size: "42.0" }],
    ["nested", { deep: { dry: false } }, { dry: "false" }],
    ["absent on both sides", { free: "x" }, {}],
    ["null is absent", { region: null }, {}],
    ["unknown headers", {}, { other: "x" }],
  ])("agree: %s", (_what, args, headers) => {
    expect(problem(args, headers as Record<string, string>)).toBeUndefined();
  });

  test.each([
    ["another value", { region: "eu" }, { region: "us" }],
    ["header missing", { region: "eu" }, {}],
    ["argument missing", {}, { region: "eu" }],
    ["bad padding", { region: "Hello" }, { region: "=?base64?SGVsbG8?=" }],
    ["bad alphabet", { region: "Hello" }, { region: "=?base64?SGVs!!!bG8=?=" }],
    ["an empty header for a number", { size: 0 }, { size: "" }],
    ["nested", { deep: { dry: true } }, { dry: "false" }],
  ])("disagree: %s", (_what, args, headers) => {
    expect(problem(args, headers as Record<string, string>)).toBe(MISMATCH);
  });

  test("bind nobody who sends no headers, and no tool whose marks break the rules", () => {
    expect(problem({ region: "eu" }, undefined)).toBeUndefined();
    const broken = { type: "object", properties: { a: { type: "array", "x-mcp-header": "A" } } };
    expect(problem({ a: [1] }, {}, broken)).toBeUndefined();
    expect(problem({ region: "eu" }, {}, { type: "object" })).toBeUndefined();
  });
});
