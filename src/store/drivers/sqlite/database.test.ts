import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import { createSqliteStore } from "../sqlite.node.ts";
import { openDatabase } from "./database.node.ts";
import { MIGRATIONS } from "./migrations.ts";
import { temporaryFolder, type TemporaryFolder } from "./testing/subject.node.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const file = () => join(folder.path, "state.db");
const open = () => createSqliteStore({ folder: folder.path, clock: systemClock });

function refusalOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return expect.unreachable("It should have been refused.");
}

function version(): unknown {
  const raw = new DatabaseSync(file());
  try {
    return raw.prepare("PRAGMA user_version").get()?.["user_version"];
  } finally {
    raw.close();
  }
}

describe("an unusable state", () => {
  test("garbage is named, hinted at, left byte for byte, and does not hold the lock", () => {
    const garbage = Buffer.from("This is not a database.\n".repeat(500));
    writeFileSync(file(), garbage);
    for (let attempts = 0; attempts < 2; attempts += 1) {
      expect(refusalOf(open)).toMatchObject({
        code: "store_unreadable",
        message: expect.stringContaining(file()),
        hint: expect.stringContaining("not a state file"),
      });
    }
    expect(readFileSync(file()).equals(garbage)).toBe(true);
  });

  test("damage within is told by the operation that meets it, and nothing is thrown away", async () => {
    const store = open();
    for (let n = 0; n < 200; n += 1) await store.records.put(`k/${n}`, "x".repeat(2_000));
    await store.close();
    const bytes = readFileSync(file());
    bytes.fill(0xff, 8 * 4_096, bytes.length);
    writeFileSync(file(), bytes);
    const damaged = open();
    await expect(damaged.records.list("")).rejects.toMatchObject({
      code: "store_unreadable",
      hint: expect.stringContaining("copy"),
    });
    await damaged.close();
    expect(readFileSync(file()).length).toBe(bytes.length);
  });

  test("a database of another program is refused untouched", () => {
    const other = new DatabaseSync(file());
    other.exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('a')");
    other.close();
    const before = readFileSync(file());
    expect(refusalOf(open)).toMatchObject({
      code: "store_unreadable",
      message: expect.stringContaining("another program"),
    });
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  test("a path that cannot be a folder, or a file that is a folder, is named", () => {
    writeFileSync(join(folder.path, "file"), "");
    const inFile = () =>
      createSqliteStore({ folder: join(folder.path, "file"), clock: systemClock });
    expect(refusalOf(inFile)).toMatchObject({
      code: "store_unreadable",
      hint: expect.stringContaining("--state"),
    });
    mkdirSync(file());
    expect(refusalOf(open)).toMatchObject({ code: "store_unreadable" });
  });

  test("a full disk is told as such, and the store goes on when there is room", async () => {
    const database = openDatabase(file());
    database.get("PRAGMA max_page_count = 20");
    const fill = () =>
      database.transaction(() => {
        for (let n = 0; n < 100; n += 1) {
          database.run("INSERT INTO topics VALUES (?, 0)", `${n}`.padEnd(3_000, "x"));
        }
      });
    expect(refusalOf(fill)).toMatchObject({
      code: "store_unreadable",
      hint: expect.stringContaining("space"),
    });
    expect(database.get("SELECT count(*) AS n FROM topics")).toEqual({ n: 0 });
    database.get("PRAGMA max_page_count = 1000");
    fill();
    expect(database.get("SELECT count(*) AS n FROM topics")).toEqual({ n: 100 });
    database.close();
  });
});

describe("the file", () => {
  test("can be read by its owner alone", async () => {
    const inner = createSqliteStore({ folder: join(folder.path, "made"), clock: systemClock });
    await inner.records.put("a", 1);
    const made = join(folder.path, "made");
    if (process.platform !== "win32") {
      expect(statSync(made).mode & 0o777).toBe(0o700);
      for (const name of ["state.db", "state.db-wal"]) {
        expect(statSync(join(made, name)).mode & 0o777).toBe(0o600);
      }
    }
    await inner.close();
    // The log is folded into the file on closing: one file can be copied as a backup.
    expect(readdirSync(made).toSorted()).toEqual(["state.db", "state.lock"]);
  });
});

describe("migrations", () => {
  const next = [...MIGRATIONS, "ALTER TABLE records ADD COLUMN note TEXT DEFAULT 'new'"];

  test("an older state is brought up to date with everything in it, once", async () => {
    const store = open();
    await store.records.put("a", { n: 1 });
    await store.close();
    expect(version()).toBe(MIGRATIONS.length);
    for (let opens = 0; opens < 2; opens += 1) {
      const database = openDatabase(file(), next);
      const row = database.get("SELECT value, note FROM records WHERE key = 'a'");
      expect(row).toEqual({ value: '{"n":1}', note: "new" });
      database.close();
    }
    expect(version()).toBe(next.length);
  });

  test("a step that fails leaves the state as it was", async () => {
    const store = open();
    await store.records.put("a", 1);
    await store.close();
    const broken = [...MIGRATIONS, "DELETE FROM records; CREATE TABLE records (a TEXT)"];
    expect(refusalOf(() => openDatabase(file(), broken))).toMatchObject({
      code: "store_unreadable",
    });
    expect(version()).toBe(MIGRATIONS.length);
    const again = open();
    expect((await again.records.get("a"))?.value).toBe(1);
    await again.close();
  });

  test("a state of a newer Flotilla is refused", () => {
    openDatabase(file(), next).close();
    expect(refusalOf(open)).toMatchObject({
      code: "store_unreadable",
      hint: expect.stringContaining("Update"),
    });
    expect(version()).toBe(next.length);
  });
});

test("claims and expiry run over indexes, whatever else is in the tables", () => {
  const database = openDatabase(file());
  const planOf = (sql: string): string =>
    database
      .all(`EXPLAIN QUERY PLAN ${sql}`)
      .map(({ detail }) => String(detail))
      .join("; ");
  const waiting = "SELECT position FROM queue_items WHERE queue = 'q' AND state = 'waiting'";
  expect(planOf(`${waiting} ORDER BY position LIMIT 1`)).toContain("queue_items_waiting");
  const claimed = "SELECT 1 FROM queue_items WHERE queue = 'q' AND state = 'claimed'";
  expect(planOf(`${claimed} AND until_ms <= 1`)).toContain("queue_items_claimed");
  const over = "DELETE FROM queue_items WHERE queue = 'q' AND state IN ('done', 'dead')";
  expect(planOf(`${over} AND until_ms <= 1`)).toContain("queue_items_over");
  expect(planOf("SELECT key FROM records WHERE expires_at <= 1 LIMIT 9")).toContain(
    "records_by_expiry",
  );
  database.close();
});
