import { afterAll, describe, expect, it } from "vitest";
import { toolpackClient } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";
import { document, published } from "./inputs.ts";

const { call, close } = toolpackClient(createWorker());
afterAll(close);
const body = (schema: string): string =>
  document(
    `  /a: { post: { requestBody: { content: { application/json: { schema: ${schema} } } }, responses: { "200": { description: ok } } } }`,
  );
const answer = (schema: string): string =>
  document(
    `  /a: { get: { responses: { "200": { description: ok, content: { application/json: { schema: ${schema} } } } } } }`,
  );

async function diff(before: string, after: string) {
  const { value } = await call("openapi_diff", {
    before: { content: before },
    after: { content: after },
  });
  const changes = value["changes"] as { rule: string }[];
  return { value, rules: changes.map(({ rule }) => rule), counts: value["counts"] };
}
const obj = (properties: string, required = ""): string =>
  `{ type: object, required: [${required}], properties: { ${properties} } }`;

describe("openapi_diff", () => {
  it.each([
    [
      "property-became-required",
      obj("x: { type: string }"),
      obj("x: { type: string }", "x"),
      "breaking",
      "compatible",
    ],
    [
      "property-became-optional",
      obj("x: { type: string }", "x"),
      obj("x: { type: string }"),
      "compatible",
      "breaking",
    ],
    ["property-removed", obj("x: { type: string }"), obj(""), "risky", "breaking"],
    ["type-changed", "{ type: string }", "{ type: boolean }", "breaking", "breaking"],
    ["type-widened", "{ type: integer }", "{ type: number }", "compatible", "breaking"],
    [
      "nullability-widened",
      "{ type: string }",
      "{ type: [string, 'null'] }",
      "compatible",
      "breaking",
    ],
    ["enum-value-added", "{ enum: [a] }", "{ enum: [a, b] }", "compatible", "risky"],
    ["enum-value-removed", "{ enum: [a, b] }", "{ enum: [a] }", "breaking", "compatible"],
    [
      "tightened",
      "{ type: string, maxLength: 9 }",
      "{ type: string, maxLength: 5 }",
      "breaking",
      "compatible",
    ],
    [
      "loosened",
      "{ type: string, maxLength: 5 }",
      "{ type: string, maxLength: 9 }",
      "compatible",
      "risky",
    ],
    [
      "variant-removed",
      "{ oneOf: [{ title: A, type: string }, { title: B, type: integer }] }",
      "{ oneOf: [{ title: A, type: string }] }",
      "breaking",
      "compatible",
    ],
  ])(
    "%s means the opposite for those who send and those who read",
    async (...[rule, before, after, sent, read]) => {
      const request = await diff(body(before), body(after));
      expect(request.value["changes"]).toMatchObject([
        { rule: `request-${rule}`, impact: sent, operations: ["POST /a"] },
      ]);
      const response = await diff(answer(before), answer(after));
      expect(response.value["changes"]).toMatchObject([
        { rule: `response-${rule}`, impact: read, operations: ["GET /a"] },
      ]);
    },
  );

  const get = (more: string): string =>
    document(`  /a: { get: { ${more}, responses: { "200": { description: ok } } } }`);
  it.each([
    ["operation-removed", get("summary: a"), document("  {}")],
    ["operation-moved", get("operationId: a"), get("operationId: a").replace("/a:", "/b:")],
    [
      "parameter-added-required",
      get("parameters: []"),
      get("parameters: [{ name: q, in: query, required: true, schema: { type: string } }]"),
    ],
    ["security-tightened", get("security: []"), get("security: [{ key: [] }]")],
    ["success-response-removed", get("summary: a"), get("summary: a").replace('"200"', '"400"')],
    ["server-removed", get("summary: a"), get("summary: a").replace("api.test", "other")],
  ])("%s breaks", async (rule, before, after) => {
    const { value, rules } = await diff(before, after);
    expect(value).toMatchObject({ breaking: true, semver: "major" });
    expect(rules[0]).toBe(rule);
  });

  it("takes a renamed path parameter for the same path, and a document for itself", async () => {
    const path = (name: string): string =>
      document(
        `  /a/{${name}}: { get: { parameters: [{ name: ${name}, in: path, required: true, schema: { type: string } }], responses: { "200": { description: ok } } } }`,
      );
    expect((await diff(path("id"), path("key"))).rules).toEqual(["path-parameter-renamed"]);
    for (const real of [
      "3.0/json/petstore.json",
      "3.0/json/star-trek.json",
      "3.1/yaml/train-travel.yaml",
    ]) {
      expect((await diff(published(real), published(real))).value).toMatchObject({
        semver: "none",
        changes: [],
      });
    }
  });

  it("compares Petstore of 3.0 with that of 3.1", async () => {
    const { value, rules } = await diff(
      published("3.0/json/petstore.json"),
      published("3.1/json/petstore.json"),
    );
    expect(value).toMatchObject({
      counts: { breaking: 1, risky: 1, compatible: 2 },
      semver: "major",
      versionFits: false,
    });
    expect(rules[0]).toBe("request-media-type-removed");
  });

  it("counts a shared schema once, with all it reaches", async () => {
    const shared = (properties: string): string =>
      document(
        ["a", "b"]
          .map(
            (name) =>
              `  /${name}: { get: { responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/P" } } } } } } }`,
          )
          .join("\n"),
        `components: { schemas: { P: ${obj(properties)} } }`,
      );
    const { value } = await diff(
      shared("x: { type: string }, next: { $ref: '#/components/schemas/P' }"),
      shared("next: { $ref: '#/components/schemas/P' }"),
    );
    expect(value["changes"]).toMatchObject([
      { rule: "response-property-removed", operations: ["GET /a", "GET /b"], document: "before" },
    ]);
  });
});
