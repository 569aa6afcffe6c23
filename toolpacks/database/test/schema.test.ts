import { describe, expect, it } from "vitest";
import { databaseClient, fixture } from "./client.ts";

const { call } = databaseClient();

describe("schema_review", () => {
  it("finds in the rental shop what is really wrong with it", async () => {
    const { value, rules } = await call("schema_review", {
      ddl: fixture("rental"),
      ignore: ["small-key"],
    });
    expect(value).toMatchObject({ tables: 11, foreignKeys: 9 });
    expect(rules).toEqual([
      "missing-primary-key payment",
      "unindexed-foreign-key film.original_language_id",
      "unindexed-foreign-key inventory.film_id",
      "unindexed-foreign-key inventory.store_id",
      "unindexed-foreign-key customer.store_id",
      "unindexed-foreign-key rental.customer_id",
      "char-type language.name",
      "undeclared-reference store.manager_staff_id",
      "undeclared-reference payment.payment_id",
      "undeclared-reference payment.customer_id",
      "undeclared-reference payment.rental_id",
    ]);
  });

  it("finds pgbench's missing indexes, and the store's dates", async () => {
    const bench = await call("schema_review", { ddl: fixture("pgbench") });
    expect(bench.rules.filter((rule) => rule.startsWith("unindexed"))).toHaveLength(5);
    const store = await call("schema_review", { ddl: fixture("store") });
    expect(store.rules.filter((rule) => rule.startsWith("timestamp"))).toEqual([
      "timestamp-without-zone employee.birth_date",
      "timestamp-without-zone employee.hire_date",
      "timestamp-without-zone invoice.invoice_date",
    ]);
    // Its first column leads the primary key, so only the second one needs an index.
    expect(store.rules).toContain("unindexed-foreign-key playlist_track.track_id");
    expect(store.rules).not.toContain("unindexed-foreign-key playlist_track.playlist_id");
  });

  it("reads what ALTER TABLE changes, and goes on after a mistake", async () => {
    const ddl =
      'CREATE TABLE a (id int, "Order" money, tags_list text);\nCREATE TABL x;\nALTER TABLE a ADD PRIMARY KEY (id);\nCREATE INDEX one ON a (id);';
    const { rules } = await call("schema_review", { ddl });
    expect(rules).toEqual(
      expect.arrayContaining([
        "syntax-error",
        "money-type a.Order",
        "reserved-word a.Order",
        "list-in-text a.tags_list",
        "redundant-index one",
      ]),
    );
    expect(rules).not.toContain("missing-primary-key a");
  });

  it("says where, and gives the SQL that puts it right", async () => {
    const { value } = await call("schema_review", {
      ddl: "CREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE c (id bigint PRIMARY KEY,\n  pid int REFERENCES p);",
    });
    expect(value["findings"]).toMatchObject([
      {
        rule: "foreign-key-type-mismatch",
        location: { line: 3, column: 3 },
        fix: "ALTER TABLE c ALTER COLUMN pid TYPE int8;",
      },
      {
        rule: "unindexed-foreign-key",
        location: { line: 3, column: 11 },
        fix: "CREATE INDEX CONCURRENTLY ON c (pid);",
      },
    ]);
  });
});

describe("schema_diagram", () => {
  it.each([
    ["pgbench", 4, 5],
    ["rental", 9, 9],
    ["store", 11, 11],
  ] as const)("draws %s", async (name, tables, relations) => {
    const { value, pictures } = await call("schema_diagram", { ddl: fixture(name) });
    expect(value).toMatchObject({ tables });
    expect(value["relations"]).toHaveLength(relations);
    expect(String(value["mermaid"])).toMatch(/^erDiagram\n/);
    expect(pictures[0]?.match(/<rect /g)?.length).toBe(tables + 1);
  });

  it("keeps tables from lying on each other, also many of them", async () => {
    const ddl = Array.from(
      { length: 120 },
      (_one, at) =>
        `CREATE TABLE t${at} (id int PRIMARY KEY, up int ${at > 0 ? `REFERENCES t${(at * 7) % at}` : ""});`,
    ).join("\n");
    const { pictures } = await call("schema_diagram", { ddl });
    const boxes = [
      ...(pictures[0] ?? "").matchAll(
        /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx/g,
      ),
    ].map((match) => match.slice(1).map(Number));
    expect(boxes).toHaveLength(120);
    for (const [at, [x = 0, y = 0, width = 0, height = 0]] of boxes.entries()) {
      for (const [x2 = 0, y2 = 0, width2 = 0, height2 = 0] of boxes.slice(at + 1)) {
        expect(x + width <= x2 || x2 + width2 <= x || y + height <= y2 || y2 + height2 <= y).toBe(
          true,
        );
      }
    }
  });

  it("draws chosen tables with their neighbours, and escapes names", async () => {
    const { value } = await call("schema_diagram", {
      ddl: fixture("store"),
      tables: ["genre"],
      columns: "none",
    });
    expect(value["tables"]).toBe(2);
    const odd = await call("schema_diagram", { ddl: 'CREATE TABLE "<script>&" ("a""b" text)' });
    expect(odd.pictures[0]).toContain("&lt;script&gt;&amp;");
    expect(odd.pictures[0]).not.toContain("<script>");
  });

  it("knows one-to-one and optional relations", async () => {
    const ddl =
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a, c int REFERENCES a);";
    const { value } = await call("schema_diagram", { ddl });
    expect(value["relations"]).toMatchObject([
      { columns: ["id"], cardinality: "one-to-one", optional: false },
      { columns: ["c"], cardinality: "many-to-one", optional: true },
    ]);
  });
});
