import { expect, test } from "vitest";
import { signatureOf, summaryOf } from "./signature.ts";

test("a tool in one line: required arguments first and marked, choices shown, long lists cut", () => {
  const inputSchema = {
    type: "object",
    properties: {
      limit: { type: "integer" },
      mode: { enum: ["fast", "safe"] },
      tags: { type: "array", items: { type: "string" } },
      sql: { type: "string" },
    },
    required: ["sql"],
  };
  expect(signatureOf("db_run", { name: "run", inputSchema })).toBe(
    "db_run(sql*: string, limit: integer, mode: fast|safe, tags: string[])",
  );
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`a${n}`, {}]));
  const cut = signatureOf("x", { name: "x", inputSchema: { type: "object", properties: many } });
  expect(cut.endsWith("a7: any, …)")).toBe(true);
  expect(signatureOf("x", { name: "x" })).toBe("x()");
  const odd = {
    a: { type: ["string", "null"] },
    b: { anyOf: [{ type: "integer" }, { type: "array", items: { type: "string" } }] },
    c: { enum: Array.from({ length: 30 }, (_, n) => `choice-${n}`) },
    d: { enum: [1, 2] },
    e: true,
  };
  expect(signatureOf("x", { name: "x", inputSchema: { type: "object", properties: odd } })).toBe(
    "x(a: string|null, b: integer|string[], c: string, d: any, e: any)",
  );
});

test("of a description the first sentence", () => {
  expect(summaryOf({ name: "x", description: "Does it.\n\nAnd much\nmore." })).toBe("Does it.");
  expect(summaryOf({ name: "x", description: "v1.2 of it" })).toBe("v1.2 of it");
  expect(summaryOf({ name: "x", description: "long ".repeat(100) }).length).toBe(140);
  expect(summaryOf({ name: "x", title: "Only a title" })).toBe("Only a title");
});
