import { describe, expect, it } from "vitest";
import { databaseClient, fixture } from "./client.ts";

const { call, client } = databaseClient();
const TIME_MS = 60_000;

describe("sql_explain", () => {
  it(
    "plans and runs a join on a dump with domains, enums, partitions and psql lines",
    async () => {
      const sql =
        "SELECT f.title, count(*) FROM film f JOIN inventory USING (film_id) JOIN rental USING (inventory_id) WHERE f.rating = 'PG' GROUP BY 1 ORDER BY 2 DESC LIMIT 5";
      const { value, pictures, text } = await call("sql_explain", {
        ddl: fixture("rental"),
        sql,
        analyze: true,
        rows: 500,
      });
      expect(value).toMatchObject({ statements: [{ plan: { type: "Limit", actualRows: 5 } }] });
      const filled = JSON.stringify(value["tables"]);
      expect(filled).toContain('{"table":"film","rows":500}');
      expect(filled).toContain('{"table":"payment","rows":500}');
      expect(JSON.stringify(value["skipped"])).toContain("the owner does not exist here");
      expect(text).toContain("- Limit");
      expect(pictures[0]).toMatch(/^<svg .*Seq Scan.*<\/svg>$/s);
    },
    TIME_MS,
  );

  it(
    "tells a scan that throws most rows away, and stops telling it once there is an index",
    async () => {
      const ask = {
        sql: "SELECT * FROM invoice WHERE customer_id = 17",
        rows: { invoice: 20_000, customer: 500 },
      };
      const without = await call("sql_explain", { ...ask, ddl: fixture("store") });
      expect(without.rules).toEqual(["seq-scan-filter invoice"]);
      const ddl = `${fixture("store")}\nCREATE INDEX ON invoice (customer_id);`;
      const withIndex = await call("sql_explain", { ...ask, ddl });
      expect(withIndex.rules).toEqual([]);
      expect(JSON.stringify(withIndex.value)).toContain("invoice_customer_id_idx");
    },
    TIME_MS,
  );

  it(
    "believes the statistics it is given",
    async () => {
      const ask = {
        ddl: fixture("pgbench"),
        sql: "SELECT abalance FROM pgbench_accounts WHERE bid = $1",
        rows: 1_000,
      };
      const statistics = {
        pgbench_accounts: { rows: 10_000_000, columns: { bid: { nDistinct: 100 } } },
      };
      const { value } = await call("sql_explain", { ...ask, statistics });
      // Ten million rows over a hundred branches; the planner rounds at most a little.
      expect(value).toMatchObject({ statements: [{ planRows: 100_000 }] });
      const unknown = await call("sql_explain", { ...ask, statistics: { nope: { rows: 1 } } });
      expect(unknown.value["notes"]).toEqual(["There is no table nope to put statistics on."]);
    },
    TIME_MS,
  );

  it(
    "takes parameters, and runs data changes without keeping them",
    async () => {
      const ddl = "CREATE TABLE t (id int PRIMARY KEY, n int)";
      const change = {
        ddl,
        sql: "DELETE FROM t WHERE id <= $1",
        params: [5],
        analyze: true,
        rows: 10,
      };
      const first = await call("sql_explain", change);
      expect(JSON.stringify(first.value)).toContain('"actualRows":5');
      const count = await call("sql_explain", {
        ddl,
        sql: "SELECT * FROM t",
        analyze: true,
        rows: 10,
      });
      expect(count.value).toMatchObject({ statements: [{ plan: { actualRows: 10 } }] });
    },
    TIME_MS,
  );

  it.each([
    [
      { ddl: "CREATE TABLE a (id int);\nCREATE TABLE b (x nosuch);", sql: "SELECT 1" },
      "at line 2, column 19",
    ],
    [
      { ddl: "CREATE TABLE a (id int);\nCREAT TABLE b ();", sql: "SELECT 1" },
      "at line 2, column 1",
    ],
    [
      { ddl: "CREATE TABLE a (id int)", sql: "SELECT *\nFROM a\nWHERE nope = 1" },
      "at line 3, column 7",
    ],
    [{ ddl: "CREATE TABLE a (id int)", sql: "SELECT é FROM\n a JOIN" }, "line 2"],
    [{ ddl: "CREATE TABLE a (id int)", sql: "DROP TABLE a" }, "only queries have plans"],
    [{ ddl: "CREATE TABLE a (id int)", sql: "-- nothing" }, "no statement"],
  ])(
    "points at the mistake in %j",
    async (args, where) => {
      const { isError, text } = await call("sql_explain", args);
      expect(isError).toBe(true);
      expect(text).toContain(where);
    },
    TIME_MS,
  );

  it(
    "lets nothing of one call reach the next",
    async () => {
      const ddl =
        "BEGIN; CREATE TABLE secret (id int); COMMIT; CREATE SCHEMA s; SET search_path = s; DO $$ BEGIN EXECUTE 'CREATE TABLE deep (id int)'; END $$;";
      expect((await call("sql_explain", { ddl, sql: "SELECT * FROM secret" })).isError).toBe(false);
      for (const table of ["secret", "s.deep", "deep"]) {
        const { isError } = await call("sql_explain", {
          ddl: "CREATE TABLE a (id int)",
          sql: `SELECT * FROM ${table}`,
        });
        expect(isError, table).toBe(true);
      }
    },
    TIME_MS,
  );

  it(
    "can be cancelled in the middle of an endless query, and answers the next call",
    async () => {
      const cancel = new AbortController();
      const args = {
        ddl: "CREATE TABLE a (id int)",
        sql: "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        analyze: true,
      };
      const started = Promise.withResolvers<void>();
      const endless = client.callTool("sql_explain", args, {
        signal: cancel.signal,
        onProgress: () => started.resolve(),
      });
      await started.promise;
      cancel.abort();
      await expect(endless).rejects.toThrow("cancelled");
      const next = await call("sql_explain", {
        ddl: "CREATE TABLE a (id int)",
        sql: "SELECT * FROM a",
      });
      expect(next.isError).toBe(false);
    },
    TIME_MS,
  );
});
