import fc from "fast-check";
import { expect, test } from "vitest";
import { downgradeError, downgradeResult } from "./downgrade.ts";

const listed = (tool: Record<string, unknown>): Record<string, unknown> => {
  const result = {
    resultType: "complete",
    tools: [{ name: "before" }, { name: "t", ...tool }],
    nextCursor: "c",
  };
  const { tools, ...rest } = JSON.parse(downgradeResult("tools/list", JSON.stringify(result)));
  expect(rest).toEqual({ nextCursor: "c" });
  expect(tools[0]).toEqual({ name: "before" });
  return tools[1];
};

test("schemas of objects stay as they are", () => {
  const tool = { outputSchema: { type: "object", properties: { a: { type: "array" } } } };
  expect(listed(tool)).toEqual({ name: "t", ...tool });
});

test("schemas of other values are wrapped as their values are, references intact", () => {
  expect(
    listed({
      outputSchema: {
        type: "array",
        items: { $ref: "#/$defs/n" },
        $defs: { n: { type: "number" } },
      },
    }),
  ).toEqual({
    name: "t",
    outputSchema: {
      $defs: { n: { type: "number" } },
      type: "object",
      properties: { result: { type: "array", items: { $ref: "#/$defs/n" } } },
      required: ["result"],
    },
  });
});

test("schemas that may be either are left out", () => {
  for (const outputSchema of [{ oneOf: [] }, { type: ["object", "null"] }, {}]) {
    expect(listed({ outputSchema })).toEqual({ name: "t" });
  }
});

test("structured content of legacy calls is always an object", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify({ content: [], structuredContent: value });
      const { structuredContent } = JSON.parse(downgradeResult("tools/call", text));
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(structuredContent).toEqual(isObject ? plain : { result: plain });
    }),
  );
});

test("other results keep everything that is not modern", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const kept: Record<string, unknown> = JSON.parse(JSON.stringify(value));
      for (const key of ["resultType", "ttlMs", "cacheScope"]) delete kept[key];
      const text = downgradeResult(
        "prompts/get",
        JSON.stringify({ ...value, ttlMs: 1, resultType: "complete" }),
      );
      expect(JSON.parse(text)).toEqual(kept);
    }),
  );
});

test("no code of the modern range gets out", () => {
  fc.assert(
    fc.property(fc.integer({ min: -32099, max: -32020 }), (code) => {
      fc.pre(code !== -32042);
      expect([-32600, -32603]).toContain(downgradeError({ code, message: "m" }).code);
    }),
  );
});
