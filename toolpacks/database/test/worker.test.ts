import { describeToolpack } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";
import { databaseClient } from "./client.ts";

describeToolpack(createWorker, {
  tools: [
    "sql_lint",
    "sql_format",
    "sql_explain",
    "index_advisor",
    "schema_review",
    "schema_diagram",
    "migration_review",
    "nosql_schema",
  ],
  catalog: new URL("../catalog.gen.json", import.meta.url),
});

const { call } = databaseClient();

const MAIN_INPUT: Record<string, string> = {
  sql_lint: "sql",
  sql_format: "sql",
  sql_explain: "sql",
  schema_review: "ddl",
  schema_diagram: "ddl",
  migration_review: "migration",
};
const others = (name: string): Record<string, unknown> =>
  name === "sql_explain" ? { ddl: "CREATE TABLE a (id int)" } : {};

async function refusal(name: string, args: Record<string, unknown>): Promise<string> {
  const { isError, text } = await call(name, { ...others(name), ...args });
  expect(isError, text).toBe(true);
  return text;
}

describe.each(Object.entries(MAIN_INPUT))("%s", (name, key) => {
  it("says what is missing, empty, of the wrong type, unknown or too large", async () => {
    expect(await refusal(name, {})).toMatch(
      name === "sql_explain" ? /\/sql is missing/ : new RegExp(`Pass ${key} or path`),
    );
    expect(await refusal(name, { [key]: "" })).toContain(`/${key} must not be empty`);
    expect(await refusal(name, { [key]: 7 })).toContain(`/${key} must be a string, but is integer`);
    expect(await refusal(name, { [key]: "select 1", nonsense: 1 })).toContain(
      "/nonsense is not known here",
    );
    expect(await refusal(name, { [key]: "x".repeat(1_000_001) })).toContain(
      "at most 1000000 characters",
    );
  });

  it("survives hostile text", async () => {
    const hostile = [
      "(".repeat(50_000),
      `select ${"(".repeat(3_000)}1${")".repeat(3_000)}`,
      "'",
      "/*",
      "$$",
      "\u0000",
      ";".repeat(10_000),
      "\\",
      "💥 select 'é",
    ];
    for (const text of hostile) {
      const answer = await call(name, { ...others(name), [key]: text });
      expect(answer.text.length).toBeGreaterThan(0);
    }
    const after = await call("sql_format", { sql: "select 1" });
    expect(after.value["formatted"]).toBe("SELECT\n  1");
  }, 120_000);
});
