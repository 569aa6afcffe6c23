import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { argumentsOf, entriesOf, fieldsOf, parseArguments } from "./schema-form.js";

const SCHEMA = {
  type: "object",
  properties: {
    sql: { type: "string" },
    rows: { type: "integer", minimum: 1, maximum: 10 },
    ratio: { type: ["number", "null"] },
    deep: { anyOf: [{ type: "boolean" }, { type: "null" }] },
    dialect: { enum: ["postgresql", 7] },
    tables: { type: "array", items: { type: "string" } },
    either: { anyOf: [{ type: "string" }, { type: "number" }] },
  },
  required: ["sql"],
};
const FIELDS = fieldsOf(SCHEMA);

describe("fields of a schema", () => {
  test("each property gets the control that fits", () => {
    expect(FIELDS.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      "sql: text",
      "rows: integer",
      "ratio: number",
      "deep: boolean",
      "dialect: choice",
      "tables: json",
      "either: json",
    ]);
    expect(FIELDS[0]).toMatchObject({ required: true, long: true });
    expect(FIELDS[5]).toMatchObject({ shape: "list of strings" });
  });

  test("schemas that say little or nonsense still make a form", () => {
    expect(fieldsOf({})).toEqual([]);
    expect(fieldsOf({ properties: { a: true, b: null, c: {} } }).map(({ kind }) => kind)).toEqual([
      "json",
      "json",
      "json",
    ]);
  });
});

describe("what was typed", () => {
  test("becomes arguments of the right types; empty fields are left out", () => {
    const entries = { sql: "select 1", rows: "3", deep: "false", dialect: "1", tables: '["a"]' };
    expect(argumentsOf(FIELDS, entries)).toEqual({
      args: { sql: "select 1", rows: 3, deep: false, dialect: 7, tables: ["a"] },
      faults: {},
    });
  });

  test.each([
    [{ sql: "" }, { sql: "Needed" }],
    [{ sql: "x", rows: "2.5" }, { rows: "Expected a whole number" }],
    [{ sql: "x", rows: "0" }, { rows: "At least 1" }],
    [{ sql: "x", rows: "11" }, { rows: "At most 10" }],
    [{ sql: "x", ratio: "many" }, { ratio: "Expected a number" }],
    [{ sql: "x", tables: "[" }, { tables: "Expected JSON: list of strings" }],
  ])("%j is complained of", (entries, faults) => {
    expect(argumentsOf(FIELDS, entries).faults).toEqual(faults);
  });

  test("survives the way to JSON and back", () => {
    const args = fc.record(
      {
        sql: fc.string({ minLength: 1 }),
        rows: fc.integer({ min: 1, max: 10 }),
        deep: fc.boolean(),
        dialect: fc.constantFrom("postgresql", 7),
        tables: fc.array(fc.string()),
        either: fc.oneof(fc.string(), fc.integer()),
      },
      { requiredKeys: ["sql"] },
    );
    fc.assert(
      fc.property(args, (given) => {
        const typed = entriesOf(FIELDS, given);
        expect(argumentsOf(FIELDS, typed)).toEqual({ args: { ...given }, faults: {} });
        expect(parseArguments(JSON.stringify(given))).toEqual({ ...given });
      }),
    );
  });

  test.each(["[]", "3", "null", "{"])("%s is no set of arguments", (typed) => {
    expect(() => parseArguments(typed)).toThrow("Expected a JSON object");
  });
});
