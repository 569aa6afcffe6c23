import { describe, expect, it } from "vitest";
import { databaseClient, fixture } from "./client.ts";

const { call } = databaseClient();
const TIME_MS = 60_000;

describe("index_advisor", () => {
  it.each([
    [
      "store",
      "SELECT * FROM invoice WHERE customer_id = 3 ORDER BY invoice_date DESC LIMIT 5",
      { table: "invoice", columns: ["customer_id", "invoice_date"] },
    ],
    [
      "rental",
      "SELECT * FROM rental r JOIN customer c ON c.customer_id = r.customer_id WHERE c.email = 'x'",
      { table: "customer", columns: ["email"] },
    ],
    [
      "pgbench",
      "SELECT sum(delta) FROM pgbench_history WHERE aid = $1",
      { table: "pgbench_history", columns: ["aid"] },
    ],
  ] as const)(
    "finds the index for a query on %s",
    async (schema, sql, index) => {
      const { value } = await call("index_advisor", {
        ddl: fixture(schema),
        workload: [{ sql }],
        rows: 5_000,
      });
      const found = JSON.stringify(value["recommendations"]);
      expect(found).toContain(JSON.stringify(index).slice(1, -1));
      expect(Number(value["costAfter"])).toBeLessThan(Number(value["costBefore"]));
    },
    TIME_MS,
  );

  it(
    "recommends nothing that does not pay",
    async () => {
      const workload = [
        { sql: "SELECT * FROM artist WHERE artist_id = 5" },
        { sql: "SELECT count(*) FROM artist" },
      ];
      const { value, text } = await call("index_advisor", {
        ddl: fixture("store"),
        workload,
        rows: 2_000,
      });
      expect(value["recommendations"]).toEqual([]);
      expect(text).toContain("lowers the cost");
    },
    TIME_MS,
  );

  it(
    "weighs queries, and sets aside those that cannot be planned",
    async () => {
      const workload = [
        { sql: "SELECT * FROM track WHERE composer = 'x'", weight: 1 },
        { sql: "SELECT * FROM track WHERE name = 'x'", weight: 1_000 },
        { sql: "SELECT * FROM nowhere" },
        { sql: "SELEC" },
      ];
      const { value } = await call("index_advisor", {
        ddl: fixture("store"),
        workload,
        rows: 2_000,
        maxIndexes: 1,
      });
      expect(value["recommendations"]).toMatchObject([{ columns: ["name"], helps: [1] }]);
      expect(JSON.stringify(value["queries"])).toContain('relation \\"nowhere\\" does not exist');
      expect(value["unusedIndexes"]).toEqual(["album_artist_id_idx", "employee_reports_to_idx"]);
    },
    TIME_MS,
  );

  it(
    "tells bad input",
    async () => {
      expect(
        (await call("index_advisor", { ddl: "CREATE TABLE a (id int)", workload: [] })).text,
      ).toContain("/workload must have at least 1 items");
      expect(
        (await call("index_advisor", { ddl: "CREATE", workload: [{ sql: "SELECT 1" }] })).text,
      ).toContain("syntax error");
    },
    TIME_MS,
  );
});
