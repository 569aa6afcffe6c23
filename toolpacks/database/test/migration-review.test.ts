import { describe, expect, it } from "vitest";
import { databaseClient, fixture } from "./client.ts";

const { call } = databaseClient();
const TIME_MS = 60_000;
const ddl = fixture("store");

// Lock levels as the PostgreSQL manual states them (Explicit Locking; ALTER TABLE; CREATE INDEX).
const LOCKS: [string, string, string][] = [
  ["ALTER TABLE track ADD COLUMN isrc text", "ACCESS EXCLUSIVE", "none"],
  ["ALTER TABLE track ADD COLUMN isrc text DEFAULT 'x'", "ACCESS EXCLUSIVE", "none"],
  [
    "ALTER TABLE track ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    "ACCESS EXCLUSIVE",
    "rewrite",
  ],
  ["ALTER TABLE track ALTER COLUMN milliseconds TYPE bigint", "ACCESS EXCLUSIVE", "rewrite"],
  ["ALTER TABLE track ALTER COLUMN composer TYPE text", "ACCESS EXCLUSIVE", "none"],
  ["ALTER TABLE track ALTER COLUMN composer SET NOT NULL", "ACCESS EXCLUSIVE", "scan"],
  ["ALTER TABLE track ADD CONSTRAINT c CHECK (bytes > 0)", "ACCESS EXCLUSIVE", "scan"],
  ["ALTER TABLE track ADD CONSTRAINT c CHECK (bytes > 0) NOT VALID", "ACCESS EXCLUSIVE", "none"],
  [
    "ALTER TABLE track ADD CONSTRAINT f FOREIGN KEY (bytes) REFERENCES genre",
    "SHARE ROW EXCLUSIVE",
    "scan",
  ],
  ["CREATE INDEX i ON track (bytes)", "SHARE", "scan"],
  ["CREATE INDEX CONCURRENTLY i ON track (bytes)", "SHARE UPDATE EXCLUSIVE", "scan"],
  ["ALTER TABLE track ALTER COLUMN bytes SET STATISTICS 100", "SHARE UPDATE EXCLUSIVE", "none"],
  ["DROP TABLE playlist_track", "ACCESS EXCLUSIVE", "none"],
  ["CREATE TABLE fresh (id bigint PRIMARY KEY)", "none", "none"],
  ["UPDATE track SET bytes = 1 WHERE track_id = 1", "ROW EXCLUSIVE", "scan"],
];

describe("migration_review", () => {
  it.each(LOCKS)(
    "%s takes %s and does %s work, and applies",
    async (sql, lock, work) => {
      const { value } = await call("migration_review", { ddl, migration: `${sql};`, rows: 5 });
      expect(value["steps"]).toMatchObject([{ lock, work }]);
      expect(value["proof"]).toMatchObject({ applies: true, appliedStatements: 1 });
    },
    TIME_MS,
  );

  it(
    "offers the safe way and the way back",
    async () => {
      const migration =
        "ALTER TABLE customer ALTER COLUMN country SET NOT NULL;\nCREATE INDEX customer_country ON customer (country);";
      const { value, rules } = await call("migration_review", { ddl, migration });
      expect(rules).toEqual([
        "not-null-scan customer",
        "index-blocks-writes customer",
        "no-lock-timeout customer",
      ]);
      expect(JSON.stringify(value["findings"])).toContain("CHECK (country IS NOT NULL) NOT VALID");
      expect(value["undo"]).toBe(
        "DROP INDEX CONCURRENTLY customer_country;\nALTER TABLE customer ALTER COLUMN country DROP NOT NULL;",
      );
    },
    TIME_MS,
  );

  it(
    "proves that it does not apply, and where",
    async () => {
      const migration = "ALTER TABLE genre ADD COLUMN a int;\nALTER TABLE genre ADD COLUMN a int;";
      const { value, rules } = await call("migration_review", { ddl, migration });
      expect(value["proof"]).toMatchObject({
        applies: false,
        appliedStatements: 1,
        location: { line: 2 },
      });
      expect(rules[0]).toBe("does-not-apply");
    },
    TIME_MS,
  );

  it(
    "does not blame a migration for made-up rows",
    async () => {
      const migration =
        "ALTER TABLE track ADD CONSTRAINT f FOREIGN KEY (milliseconds) REFERENCES genre (genre_id);";
      const { value, rules } = await call("migration_review", { ddl, migration, rows: 50 });
      expect(value["proof"]).toMatchObject({ applies: true });
      expect(rules).toContain("depends-on-data");
    },
    TIME_MS,
  );

  it(
    "is calm about tables that the migration itself makes",
    async () => {
      const migration =
        "CREATE TABLE a (id bigint PRIMARY KEY, b int);\nCREATE INDEX ON a (b);\nALTER TABLE a ALTER COLUMN b SET NOT NULL;";
      const { value, rules } = await call("migration_review", { migration });
      expect(rules.filter((rule) => !rule.startsWith("no-lock-timeout"))).toEqual([]);
      expect(value["proof"]).toMatchObject({ tried: true, applies: true });
    },
    TIME_MS,
  );

  it(
    "says that it could not try without the schema",
    async () => {
      const { value } = await call("migration_review", {
        migration: "ALTER TABLE x ADD COLUMN y int",
      });
      expect(value["proof"]).toMatchObject({ tried: false });
    },
    TIME_MS,
  );
});
