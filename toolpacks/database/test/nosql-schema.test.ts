import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { databaseClient } from "./client.ts";

const { call } = databaseClient();

const listings = Array.from({ length: 40 }, (_one, at) => ({
  _id: { $oid: `${at}`.padStart(24, "0") },
  name: `Flat ${at}`,
  price: { $numberDecimal: String(50 + at) },
  beds: at === 7 ? "3" : at % 4,
  host: { host_id: at % 5, ...(at % 20 === 0 ? {} : { response: "fast" }) },
  reviews: [{ date: "2025-01-01", stars: 5 }],
}));
const orders = Array.from({ length: 30 }, (_one, at) => ({
  type: at % 3 === 0 ? "refund" : "order",
  id: `o${at}`,
  customer: `c${at % 4}`,
  day: "2025-06-01",
  ...(at % 3 === 0 ? { reason: "broken" } : { total: at * 1.5 }),
}));
const events = Array.from({ length: 25 }, (_one, at) => ({
  user_id: at,
  ...(at === 3 ? { userId: 3 } : {}),
  at: at === 9 ? "yesterday" : "2025-01-01T00:00:00Z",
  byDay: Object.fromEntries([[`2025-01-${at + 10}`, 1]]),
}));

describe("nosql_schema", () => {
  it.each([
    ["listings", listings],
    ["orders", orders],
    ["events", events],
  ])("infers a schema that every one of the %s fits", async (_name, documents) => {
    const { value } = await call("nosql_schema", { documents });
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      Object(value["schema"]),
    );
    for (const document of documents)
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });

  it("finds conflicts, drift, formats, keys that are data, and arrays that grow", async () => {
    expect((await call("nosql_schema", { documents: listings })).rules).toEqual(
      expect.arrayContaining(["type-conflict beds", "rarely-missing host.response"]),
    );
    expect((await call("nosql_schema", { documents: events })).rules).toEqual(
      expect.arrayContaining([
        "name-drift user_id",
        "mixed-format at",
        "data-as-keys byDay",
        "rare-field userId",
      ]),
    );
    const long = [{ log: Array.from({ length: 2_000 }, () => 1) }, { log: [] }];
    expect((await call("nosql_schema", { documents: long })).rules).toEqual(["growing-array log"]);
  });

  it("orders MongoDB index keys by equality, sort, range, and merges prefixes", async () => {
    const accessPatterns = [
      { name: "recent", equals: ["customer"], sort: ["-day"], range: ["total"] },
      { name: "by customer", equals: ["customer"] },
    ];
    const { value } = await call("nosql_schema", {
      documents: orders,
      collection: "orders",
      accessPatterns,
    });
    expect(value["mongoIndexes"]).toMatchObject([
      { keys: { customer: 1, day: -1, total: 1 }, serves: ["recent", "by customer"] },
    ]);
    expect(JSON.stringify(value["mongoIndexes"])).toContain(
      'createIndex({\\"customer\\":1,\\"day\\":-1,\\"total\\":1})',
    );
  });

  it("plans a DynamoDB table, and warns of hot keys and scans", async () => {
    const accessPatterns = [
      { name: "orders of a customer", equals: ["customer"], sort: ["day"], perSecond: 100 },
      { name: "by day", equals: ["day"] },
      { name: "expensive", range: ["total"] },
    ];
    const { value } = await call("nosql_schema", {
      documents: orders,
      target: "dynamodb",
      accessPatterns,
      discriminator: "type",
    });
    expect(value["dynamo"]).toMatchObject({
      partitionKey: { name: "PK", value: "CUSTOMER#{customer}" },
      sortKey: { value: "DAY#{day}#ID#{id}" },
      indexes: [{ name: "GSI1", partitionKey: "DAY#{day}", serves: ["by day"] }],
    });
    expect(JSON.stringify(value["dynamo"])).toContain('"expensive\\" has no equality');
    expect(JSON.stringify(value["dynamo"])).toContain("customer has only 4 values");
    expect(value["kinds"]).toMatchObject([
      { value: "refund", documents: 10 },
      { value: "order", documents: 20 },
    ]);
  });

  it("survives empty, odd and deep documents", async () => {
    expect((await call("nosql_schema", { documents: [] })).text).toContain(
      "/documents must have at least 1 items",
    );
    const odd = await call("nosql_schema", { documents: [1, null, "x", {}] });
    expect(odd.rules).toEqual(["not-a-document"]);
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 100; level += 1) deep = { constructor: deep };
    expect((await call("nosql_schema", { documents: [deep, deep] })).isError).toBe(false);
    const wide = Object.fromEntries(
      Array.from({ length: 5_000 }, (_one, at) => [`k${at}`, "a".repeat(50)]),
    );
    expect((await call("nosql_schema", { documents: [wide] })).isError).toBe(false);
  });
});
