import { afterAll, describe, expect, it } from "vitest";
import { toolpackClient } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";
import { githubSchema } from "./inputs.ts";

const { call, close } = toolpackClient(createWorker());
afterAll(close);
const STAR_WARS = `"A person" interface Character { "id" id: ID! "name" name: String "friends" friends(first: Int): [Character!] }
"A human" type Human implements Character { "id" id: ID! "name" name: String "friends" friends(first: Int): [Character!] "height" height: Float }
"Entry" type Query { "hero" hero: Character "human" human(id: ID!): Human }`;

describe("graphql_review", () => {
  it("reads GitHub's schema, with the two mistakes that it has", async () => {
    const { value } = await call("graphql_review", { schema: githubSchema() });
    expect(value["types"]).toBeGreaterThan(1_500);
    expect(value["counts"]).toMatchObject({ error: 2 });
    const [first, second] = value["findings"] as { rule: string; location: { line: number } }[];
    expect([first, second]).toMatchObject([{ rule: "invalid-schema" }, { rule: "invalid-schema" }]);
    expect(first?.location.line).toBeGreaterThan(1);
  }, 30_000);

  it.each([
    ["list-without-pages", "hero: [Thing!]"],
    ["secret-in-output", "password: String"],
    ["deprecated-without-reason", "old: Int @deprecated"],
    ["naming", "Hero_Of: Int"],
    ["nullable-list-items", "names: [String]"],
  ])("tells %s", async (rule, field) => {
    const schema = `"q" type Query { "a" thing: Thing "b" ${field} }\n"t" type Thing { "i" id: ID }`;
    expect((await call("graphql_review", { schema })).rules).toEqual([rule]);
  });

  it("finds nothing in Star Wars, and measures its queries", async () => {
    const { value, rules } = await call("graphql_review", {
      schema: STAR_WARS,
      operations: [
        { query: "query A { hero { friends(first: 3) { friends(first: 5) { name } } } }" },
        {
          query:
            "query B($n: Int) { a: hero { ...F } } fragment F on Character { friends(first: $n) { name } }",
          variables: { n: 7 },
        },
        { query: "query C { hero { nothing } }" },
      ],
    });
    expect(rules).toEqual(["operation-invalid"]);
    // 1 hero + 3 friends + 3 × 5 friends of theirs.
    expect(value["operations"]).toMatchObject([
      { depth: 4, cost: 19 },
      { depth: 3, cost: 8, aliases: 1 },
      { valid: false },
    ]);
  });

  it("tells which operations a change breaks", async () => {
    const { value } = await call("graphql_review", {
      before: STAR_WARS,
      schema: STAR_WARS.replace('"height" height: Float', ""),
      operations: [{ query: '{ human(id: "1") { height } }' }, { query: "{ hero { name } }" }],
    });
    expect(value).toMatchObject({
      breaking: true,
      changes: [{ rule: "field-removed", path: "Human.height" }],
      operations: [{ broken: true }, { broken: false }],
    });
  });

  it("is not led into circles or explosions by fragments", async () => {
    const { value } = await call("graphql_review", {
      schema: STAR_WARS,
      operations: [
        {
          query:
            "{ hero { ...A } } fragment A on Character { ...B } fragment B on Character { ...A }",
        },
      ],
    });
    expect(value["operations"]).toMatchObject([{ valid: false }]);
    const names = Array.from({ length: 18 }, (_, index) => `F${index}`);
    const doubling = names.map((name, index) => {
      const next = names[index + 1];
      const inner = next === undefined ? "name" : `...${next}`;
      return `fragment ${name} on Character { a: friends(first: 2) { ${inner} } b: friends(first: 2) { ${inner} } }`;
    });
    const exploding = await call("graphql_review", {
      schema: STAR_WARS,
      operations: [{ query: `{ hero { ...F0 } } ${doubling.join(" ")}` }],
    });
    expect(exploding.rules).toEqual(
      expect.arrayContaining(["operation-too-costly", "operation-too-deep"]),
    );
  });
});
