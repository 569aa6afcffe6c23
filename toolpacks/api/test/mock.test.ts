import { afterAll, describe, expect, it } from "vitest";
import { toolpackClient } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";
import { document, published } from "./inputs.ts";

const { call, close } = toolpackClient(createWorker());
afterAll(close);
const PETS = document(
  '  /pets:\n    post: { requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }, responses: { "201": { description: ok } } }\n  /pets/{id}:\n    get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer } }, { name: full, in: query, required: true, schema: { type: boolean } }], responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } } }',
  "components: { schemas: { Pet: { type: object, required: [id, name], properties: { id: { type: integer, readOnly: true }, name: { type: string, minLength: 1 }, mother: { $ref: '#/components/schemas/Pet' } } } } }",
);
const json = { "content-type": "application/json" };

describe("api_mock_check", () => {
  it.each([
    "3.0/json/petstore.json",
    "3.0/json/uspto.json",
    "3.0/json/star-trek.json",
    "3.1/yaml/train-travel.yaml",
  ])(
    "makes examples of %s that are valid or say that they are not, twice the same",
    async (path) => {
      const args = { content: published(path), generate: { seed: 3 } };
      const { value, isError } = await call("api_mock_check", args);
      expect(isError).toBe(false);
      expect((value["generated"] as unknown[]).length).toBeGreaterThan(0);
      const made = JSON.stringify(value["generated"]);
      const wrong = made.match(/"valid":false/g)?.length ?? 0;
      // Star Trek's circular schemas defeat the generator in places.
      expect(wrong).toBeLessThanOrEqual(path.includes("star-trek") ? 6 : 0);
      expect((await call("api_mock_check", args)).value["generated"]).toEqual(value["generated"]);
    },
  );

  it("finds the wrong uuids of Train Travel", async () => {
    const { value } = await call("api_mock_check", {
      content: published("3.1/yaml/train-travel.yaml"),
    });
    expect(value).toMatchObject({ counts: { error: 3 }, examplesChecked: 66 });
  });

  it.each([
    ["path-undescribed", { method: "GET", url: "/dogs" }, undefined],
    ["method-undescribed", { method: "PUT", url: "/pets" }, undefined],
    ["body-missing", { method: "POST", url: "https://api.test.dev/pets" }, { status: 201 }],
    [
      "request-mismatch",
      { method: "POST", url: "/pets", headers: json, body: { name: "" } },
      { status: 201 },
    ],
    [
      "media-type-undescribed",
      { method: "POST", url: "/pets", headers: { "content-type": "text/xml" }, body: "<a/>" },
      { status: 201 },
    ],
    ["parameter-missing", { method: "GET", url: "/pets/1" }, undefined],
    ["parameter-mismatch", { method: "GET", url: "/pets/x?full=true" }, undefined],
    ["parameter-undescribed", { method: "GET", url: "/pets/1?full=true&z=1" }, undefined],
    ["status-undescribed", { method: "GET", url: "/pets/1?full=true" }, { status: 404 }],
    [
      "response-mismatch",
      { method: "GET", url: "/pets/1?full=true" },
      { status: 200, headers: json, body: { id: 1 } },
    ],
    [
      "body-unreadable",
      { method: "GET", url: "/pets/1?full=true" },
      { status: 200, headers: json, body: "{" },
    ],
  ])("tells %s, and nothing else", async (rule, request, response) => {
    const { rules } = await call("api_mock_check", {
      content: PETS,
      traffic: [{ request, ...(response === undefined ? {} : { response }) }],
    });
    expect(rules).toEqual([rule]);
  });

  it("is silent about what fits: readOnly is not asked for in requests", async () => {
    const { rules, value } = await call("api_mock_check", {
      content: PETS,
      har: {
        log: {
          entries: [
            {
              request: {
                method: "POST",
                url: "https://api.test.dev/pets",
                headers: [],
                postData: { mimeType: "application/json", text: '{"name":"Rex"}' },
              },
              response: { status: 201, headers: [], content: {} },
            },
          ],
        },
      },
    });
    expect(rules).toEqual([]);
    expect(value["coverage"]).toEqual({
      operations: 2,
      seen: 1,
      unseen: ["GET /pets/{id}"],
      responsesUnseen: ["GET /pets/{id} 200"],
    });
  });
});
