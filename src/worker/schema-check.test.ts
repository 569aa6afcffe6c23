import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, isSimple } from "./schema-check.ts";

const limits = {
  minLength: fc.nat(4),
  maxLength: fc.nat(4),
  pattern: fc.constantFrom("^a", "b$", "^.$", "[0-9]"),
  minimum: fc.integer({ min: -3, max: 3 }),
  exclusiveMaximum: fc.integer({ min: -3, max: 3 }),
  minItems: fc.nat(2),
  maxItems: fc.nat(3),
  minProperties: fc.nat(2),
  enum: fc.array(fc.oneof(fc.nat(2), fc.constantFrom("a", "bb", null)), { minLength: 1 }),
  type: fc.constantFrom("object", "array", "string", "integer", "number", "boolean", "null"),
  required: fc.uniqueArray(fc.constantFrom("a", "b", "toString")),
};
const { schema } = fc.letrec<{ schema: Record<string, unknown> | boolean }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.boolean(),
    fc.record(limits, { requiredKeys: [] }),
    fc.record(
      {
        ...limits,
        properties: fc.dictionary(fc.constantFrom("a", "b"), tie("schema")),
        additionalProperties: tie("schema"),
        items: tie("schema"),
        anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
  ),
}));
const value = fc
  .jsonValue({ maxDepth: 3 })
  .chain((any) => fc.constantFrom(any, { a: any, b: 1 }, [any, "a"], "a", "💥💥", 2, 1.5, null));

describe("check", () => {
  it("agrees with a full validator on every schema it accepts", () => {
    fc.assert(
      fc.property(schema, value, (json, input) => {
        fc.pre(isSimple(json));
        const ajv = new Ajv2020({ strict: false, ownProperties: true });
        expect(check(json, input).length === 0).toBe(ajv.validate(json, input));
      }),
      { numRuns: 600 },
    );
  });

  it("says what was expected and where", () => {
    const json = {
      type: "object",
      properties: { rows: { type: "array", items: { type: "integer", maximum: 9 } } },
      required: ["sql"],
      additionalProperties: false,
    };
    expect(check(json, { rows: [1, "x", 10], SQL: "" })).toEqual([
      { path: "/sql", message: "is missing" },
      { path: "/rows/1", message: "must be an integer, but is string" },
      { path: "/rows/2", message: "must be at most 9" },
      { path: "/SQL", message: "is not known here; known are rows" },
    ]);
  });

  it("leaves what it does not know to the full validator", () => {
    for (const json of [
      { pattern: "(" },
      { uniqueItems: true },
      { $ref: "#" },
      { items: { not: {} } },
      { enum: [{}] },
    ]) {
      expect(isSimple(json)).toBe(false);
    }
  });
});
