import { afterAll, describe, expect, it } from "vitest";
import { toolpackClient } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";
import { document, published } from "./inputs.ts";

const { call, close } = toolpackClient(createWorker());
afterAll(close);
const REAL = [
  "3.0/json/petstore.json",
  "3.0/json/uspto.json",
  "3.0/json/star-trek.json",
  "3.1/yaml/train-travel.yaml",
];

describe("openapi_lint", () => {
  it.each(REAL)("reads %s", async (path) => {
    const { isError, value, text } = await call("openapi_lint", { content: published(path) });
    expect(isError, text).toBe(false);
    expect(value["specification"]).toMatch(/^OpenAPI 3/);
  });

  it("finds the wrong uuids of Train Travel, by line", async () => {
    const { value } = await call("openapi_lint", {
      content: published("3.1/yaml/train-travel.yaml"),
    });
    expect(value["counts"]).toMatchObject({ error: 0 });
    expect(value["findings"]).toContainEqual(
      expect.objectContaining({
        rule: "no-invalid-schema-examples",
        location: {
          file: "document",
          line: 684,
          column: 15,
          pointer: "/components/schemas/Trip/properties/id/examples/0",
        },
      }),
    );
  });

  it("finds what is not of the specification, and nothing else with spec", async () => {
    const { rules, value } = await call("openapi_lint", {
      ruleset: "spec",
      content: document("  /a: { get: { respones: {} } }"),
    });
    expect(rules).toContain("struct");
    expect(JSON.stringify(value["findings"])).toContain("respones");
  });

  it("reads AsyncAPI, several files, and no file that was not given", async () => {
    const streetlights =
      "asyncapi: 2.6.0\ninfo: { title: Streetlights, version: 1.0.0 }\nchannels:\n  light/measured:\n    publish: { message: { payload: { type: object } } }\n";
    expect((await call("openapi_lint", { content: streetlights })).value["specification"]).toBe(
      "AsyncAPI 2.6.0",
    );
    const files = {
      "api.yaml": document(
        '  /a: { get: { operationId: a, summary: A, responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "./pet.yaml#/Pet" } } } } } } }',
      ),
      "pet.yaml": "Pet: { type: object }",
    };
    expect((await call("openapi_lint", { files })).rules).not.toContain("no-unresolved-refs");
    const { rules, value } = await call("openapi_lint", {
      files: { "api.yaml": files["api.yaml"].replace("./pet.yaml", "../../../etc/hostname") },
    });
    expect(rules).toContain("no-unresolved-refs");
    expect(JSON.stringify(value)).toContain("not among the given files");
  });

  it("leaves out and adds rules", async () => {
    const content = published("3.0/json/petstore.json");
    expect(
      (await call("openapi_lint", { content, ignore: ["security-defined"] })).rules,
    ).not.toContain("security-defined");
    expect(
      (await call("openapi_lint", { content, rules: { "operation-description": "error" } })).rules,
    ).toContain("operation-description");
  });
});

describe("openapi_security", () => {
  it("knows what is wrong with Petstore", async () => {
    const { value, rules } = await call("openapi_security", {
      content: published("3.0/json/petstore.json"),
    });
    expect(value["coverage"]).toEqual({
      operations: 20,
      public: 11,
      optional: 0,
      authenticated: 2,
      scoped: 7,
      protectedWrites: 0.42,
    });
    expect(rules).toEqual(
      expect.arrayContaining([
        "insecure-oauth-url",
        "unprotected-operation",
        "credential-in-url",
        "secret-in-response",
        "insecure-server",
        "oauth-implicit-flow",
        "numeric-id",
      ]),
    );
  });

  it("finds Train Travel protected throughout", async () => {
    const { value } = await call("openapi_security", {
      content: published("3.1/yaml/train-travel.yaml"),
    });
    expect(value).toMatchObject({
      counts: { error: 0, warning: 0 },
      coverage: { public: 0, scoped: 7, protectedWrites: 1 },
    });
  });

  it.each(["3.0/json/uspto.json", "3.0/json/star-trek.json"])("reads %s", async (path) => {
    expect((await call("openapi_security", { content: published(path) })).isError).toBe(false);
  });

  const key =
    "components: { securitySchemes: { key: { type: apiKey, in: header, name: X-Key }, oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: https://t.dev, scopes: { a: A } } } } } }";
  const ok =
    'responses: { "200": { description: ok }, "401": { description: no }, "429": { description: slow } }';
  it.each([
    ["unprotected-operation", `  /a: { post: { ${ok} } }`],
    ["optional-authentication", `  /a: { get: { security: [{ key: [] }, {}], ${ok} } }`],
    ["undeclared-scheme", `  /a: { get: { security: [{ other: [] }], ${ok} } }`],
    ["admin-without-scope", `  /admin/a: { get: { security: [{ key: [] }], ${ok} } }`],
    [
      "no-401",
      '  /a: { get: { security: [{ key: [] }], responses: { "200": { description: ok }, "429": { description: slow } } } }',
    ],
    [
      "no-429",
      '  /a: { get: { security: [{ key: [] }], responses: { "200": { description: ok }, "401": { description: no } } } }',
    ],
    [
      "list-without-pages",
      '  /a: { get: { security: [{ key: [] }], responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { type: boolean } } } } }, "4XX": { description: no } } } }',
    ],
    [
      "deprecated-without-end",
      `  /a: { get: { deprecated: true, security: [{ key: [] }], ${ok} } }`,
    ],
  ])("tells %s, and nothing else, in: %s", async (rule, paths) => {
    expect((await call("openapi_security", { content: document(paths, key) })).rules).toEqual([
      rule,
    ]);
  });

  it("is silent about what is meant to be open, and about what is well kept", async () => {
    const open = document(`  /a: { post: { ${ok} } }`, key);
    expect(
      (await call("openapi_security", { content: open, publicOperations: ["POST /a"] })).rules,
    ).toEqual([]);
    expect(
      (
        await call("openapi_security", {
          content: document(`  /admin/a: { get: { security: [{ oauth: [a] }], ${ok} } }`, key),
        })
      ).rules,
    ).toEqual([]);
  });
});
