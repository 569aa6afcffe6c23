import { describe, expect, it } from "vitest";
import { databaseClient, fixture } from "./client.ts";

const { call } = databaseClient();

describe("sql_lint", () => {
  it.each([
    ["update-without-where", "UPDATE t SET a = 1"],
    ["delete-without-where", "DELETE FROM t"],
    ["equals-null", "SELECT a FROM t WHERE b = NULL"],
    ["not-in-subquery", "SELECT a FROM t WHERE b NOT IN (SELECT c FROM u)"],
    ["missing-join-condition", "SELECT t.a FROM t, u WHERE t.a = 1"],
    ["natural-join", "SELECT a FROM t NATURAL JOIN u"],
    ["leading-wildcard", "SELECT a FROM t WHERE b LIKE '%x'"],
    ["function-on-column", "SELECT a FROM t WHERE lower(b) = 'x'"],
    ["function-on-column", "SELECT a FROM t WHERE created::date = '2025-01-01'"],
    ["insert-without-columns", "INSERT INTO t VALUES (1)"],
    ["order-by-random", "SELECT a FROM t ORDER BY random()"],
    ["limit-without-order", "SELECT a FROM t LIMIT 5"],
    ["large-offset", "SELECT a FROM t ORDER BY a LIMIT 5 OFFSET 50000"],
    ["select-star", "SELECT * FROM t"],
    ["order-by-position", "SELECT a FROM t ORDER BY 1"],
    ["count-for-existence", "SELECT 1 WHERE (SELECT count(*) FROM t) > 0"],
    ["union-distinct", "SELECT a FROM t UNION SELECT a FROM u"],
    ["timestamp-without-zone", "CREATE TABLE t (a timestamp)"],
    ["having-without-aggregate", "SELECT a FROM t GROUP BY a HAVING a > 1"],
    ["select-distinct-join", "SELECT DISTINCT t.a FROM t JOIN u ON u.a = t.a"],
    ["syntax-error", "SELEC 1"],
  ])("tells %s, and nothing else, in: %s", async (rule, sql) => {
    const { rules } = await call("sql_lint", { sql });
    expect(rules).toEqual([rule]);
  });

  it.each([
    "SELECT a FROM t WHERE b IS NULL",
    "SELECT t.a FROM t, u WHERE t.id = u.id",
    "SELECT a FROM t WHERE b LIKE 'x%' AND lower(c) = lower(d)",
    "SELECT count(*) FROM t HAVING count(*) > 3",
    "SELECT a FROM t ORDER BY a LIMIT 5 OFFSET 10",
    "INSERT INTO t (a) VALUES (1)",
    "UPDATE t SET a = 1 WHERE id = 2",
    "CREATE TABLE t (a timestamptz)",
  ])("is silent about: %s", async (sql) => {
    expect((await call("sql_lint", { sql })).rules).toEqual([]);
  });

  it("points into text with wide characters, and goes on after a mistake", async () => {
    const { value } = await call("sql_lint", {
      sql: "SELECT '💥é';\nSELEC 2;\nSELECT * FROM é\nWHERE a = NULL;",
    });
    expect(value["findings"]).toMatchObject([
      { rule: "syntax-error", location: { line: 2, column: 1 } },
      { rule: "equals-null", location: { line: 4, column: 9 } },
      { rule: "select-star", location: { line: 3, column: 8 } },
    ]);
  });

  it.each(["mysql", "mariadb", "sqlite", "transactsql", "bigquery", "redshift"])(
    "reads %s",
    async (dialect) => {
      const { rules, value } = await call("sql_lint", {
        dialect,
        sql: "SELECT * FROM t WHERE a = NULL; DELETE FROM t;",
      });
      expect(value["statements"]).toBe(2);
      expect(rules.toSorted()).toEqual(["delete-without-where", "equals-null", "select-star"]);
      expect((await call("sql_lint", { dialect, sql: "SELECT FROM WHERE" })).rules).toEqual([
        "syntax-error",
      ]);
    },
  );

  it.each(["pgbench", "rental", "store"] as const)("reads the whole of %s", async (name) => {
    const { rules } = await call("sql_lint", {
      sql: fixture(name),
      ignore: ["timestamp-without-zone"],
    });
    expect(rules).toEqual([]);
  });
});

describe("sql_format", () => {
  it("formats, and finds nothing to do the second time", async () => {
    const first = await call("sql_format", { sql: "select a,b from t where x=1" });
    expect(first.value).toMatchObject({
      changed: true,
      formatted: "SELECT\n  a,\n  b\nFROM\n  t\nWHERE\n  x = 1",
    });
    const again = await call("sql_format", { sql: String(first.value["formatted"]) });
    expect(again.value).toMatchObject({ changed: false, changedLines: 0 });
  });

  it.each(["pgbench", "rental", "store"] as const)(
    "formats %s to a text that means the same",
    async (name) => {
      const before = fixture(name)
        .replace(/COPY[\s\S]*?\\\.\n/, "")
        .replace(/^\\.*$/m, "");
      const { value } = await call("sql_format", { sql: before });
      const review = async (ddl: unknown): Promise<unknown> => {
        const { tables, columns, foreignKeys, indexes, counts } = (
          await call("schema_review", { ddl })
        ).value;
        return { tables, columns, foreignKeys, indexes, counts };
      };
      expect(await review(value["formatted"])).toEqual(await review(before));
    },
  );

  it("knows dialects, and says where it cannot read", async () => {
    const mysql = await call("sql_format", {
      dialect: "mysql",
      sql: "select `a` from `t` limit 1,2",
      keywordCase: "lower",
    });
    expect(mysql.value["formatted"]).toContain("from\n  `t`");
    const wrong = await call("sql_format", {
      dialect: "mysql",
      sql: "select [a] from 'unterminated",
    });
    expect(wrong.isError).toBe(true);
    expect(wrong.text).toContain("not readable as mysql");
  });
});
