import { readFileSync } from "node:fs";
import { catalogOf } from "flotilla/worker";
import { describe, expect, it } from "vitest";
import { databaseWorker } from "../src/worker.ts";
import { databaseClient } from "./client.ts";

const { call, client } = databaseClient();
const worker = databaseWorker();
const NAMES = [
  "sql_lint",
  "sql_format",
  "sql_explain",
  "index_advisor",
  "schema_review",
  "schema_diagram",
  "migration_review",
  "nosql_schema",
];

describe("the database toolpack", () => {
  it("offers its eight tools, each described, with both schemas and annotations", async () => {
    const { tools } = await client.request("tools/list");
    expect(tools).toMatchObject(
      NAMES.map((name) => ({ name, annotations: { readOnlyHint: true, openWorldHint: false } })),
    );
    for (const { definition } of worker.tools) {
      expect(definition.description?.length).toBeGreaterThan(60);
      expect(definition.outputSchema).toMatchObject({ type: "object" });
      expect(definition.inputSchema).toMatchObject({ additionalProperties: false });
    }
  });

  it("ships the catalogue of exactly these tools (run scripts/catalog.ts when this fails)", () => {
    const shipped: unknown = JSON.parse(
      readFileSync(new URL("../catalog.gen.json", import.meta.url), "utf8"),
    );
    expect(shipped).toEqual(JSON.parse(JSON.stringify(catalogOf(worker))));
  });

  // The test client checks each answer against its output schema.
  it.each(worker.tools.map((tool) => [tool.definition.name, tool.examples] as const))(
    "%s answers its examples",
    async (name, examples) => {
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const { isError, text } = await call(name, example.arguments);
        expect(isError, text).toBe(false);
        expect(text.length).toBeGreaterThan(20);
      }
    },
    60_000,
  );
});

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
    expect(await refusal(name, {})).toContain(`/${key} is missing`);
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
      const { result } = await call(name, { ...others(name), [key]: text });
      expect(result.content.length).toBeGreaterThan(0);
    }
    const after = await call("sql_format", { sql: "select 1" });
    expect(after.value["formatted"]).toBe("SELECT\n  1");
  }, 120_000);
});
