import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../src/document/parse.ts";
import { EXAMPLES, published, workerOf } from "./documents.ts";

const FILES = ["2.0/json", "3.0/json", "3.0/yaml", "3.1/json", "3.1/yaml"].flatMap((folder) =>
  readdirSync(join(EXAMPLES, folder))
    .filter((name) => /\.(json|yaml)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

/** Counted from the document itself, without the code under test. */
function countOperations(document: object): number {
  const paths: Record<string, object> = Reflect.get(document, "paths") ?? {};
  const methods = /^(get|put|post|delete|options|head|patch|trace)$/;
  const items = Object.values(paths).map((item) => {
    const pointer: string | undefined = Reflect.get(item, "$ref");
    const parts = pointer?.slice(2).split("/") ?? [];
    const start = pointer === undefined ? item : document;
    return parts.reduce<object>((at, part) => Reflect.get(at, part.replaceAll("~1", "/")), start);
  });
  return items.flatMap((item) => Object.keys(item).filter((key) => methods.test(key))).length;
}

describe("every published document", () => {
  it.each(FILES)("%s becomes one tool per operation", async (file) => {
    const text = published(file);
    const count = countOperations(await parseDocument(text, file));
    const made = workerOf(text, { baseUrl: "http://api.example" });
    if (count === 0) return expect(made).rejects.toThrow("none is chosen");
    const { client, close } = await made;
    const { tools } = await client.request("tools/list", {});
    close();
    const list = tools as { name: string; inputSchema: object }[];
    expect(list).toHaveLength(count);
    expect(new Set(list.map(({ name }) => name)).size).toBe(count);
    for (const { name, inputSchema } of list) {
      expect(name).toMatch(/^[a-z0-9][a-z0-9_]{0,47}$/);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      expect(() => ajv.compile(inputSchema), name).not.toThrow();
      expect(JSON.stringify(inputSchema)).not.toMatch(/#\/components|"nullable":(true|false)/);
    }
  });
});

describe("the pet store", () => {
  it("has the tools a person would expect", async () => {
    const { client, close } = await workerOf(published("3.0/json/petstore.json"));
    const { tools } = await client.request("tools/list", {});
    close();
    const byName = Object.fromEntries(
      (tools as { name: string; annotations: object; inputSchema: object }[]).map((one) => [
        one.name,
        one,
      ]),
    );
    expect(Object.keys(byName)).toHaveLength(20);
    expect(Object.keys(byName)).toEqual(
      expect.arrayContaining([
        "find_pets_by_status",
        "upload_file",
        "create_users_with_list_input",
      ]),
    );
    const hints = (name: string) => byName[name]?.annotations;
    expect(hints("get_pet_by_id")).toMatchObject({ readOnlyHint: true, idempotentHint: true });
    expect(hints("add_pet")).toMatchObject({ readOnlyHint: false, idempotentHint: false });
    expect(hints("update_pet")).toMatchObject({ readOnlyHint: false, idempotentHint: true });
    expect(hints("delete_pet")).toMatchObject({ destructiveHint: true, idempotentHint: true });
    expect(byName["add_pet"]?.inputSchema).toMatchObject({
      required: ["body"],
      properties: { body: { $ref: "#/$defs/Pet" } },
      $defs: {
        Pet: {
          required: ["name", "photoUrls"],
          properties: { category: { $ref: "#/$defs/Category" } },
        },
      },
    });
    expect(byName["delete_pet"]?.inputSchema).toMatchObject({ required: ["petId"] });
  });

  it("is chosen from by name, operationId, path and tag", async () => {
    const names = async (operations: object) => {
      const { client, close } = await workerOf(published("3.0/json/petstore.json"), { operations });
      const { tools } = await client.request("tools/list", {});
      close();
      return (tools as { name: string }[]).map(({ name }) => name);
    };
    expect(await names({ include: ["tag:store"], exclude: ["DELETE *"] })).toEqual([
      "get_inventory",
      "place_order",
      "get_order_by_id",
    ]);
    expect(await names({ include: ["*Pet", "GET /pet/*"] })).toEqual([
      "update_pet",
      "add_pet",
      "find_pets_by_status",
      "find_pets_by_tags",
      "get_pet_by_id",
      "delete_pet",
    ]);
    await expect(names({ include: ["nothing"] })).rejects.toThrow("none is chosen");
  });
});

describe("what is no document", () => {
  it.each([
    ["", "is no object"],
    ["[]", "is no object"],
    ["{", "neither JSON nor YAML"],
    ["a: b", "neither openapi nor swagger"],
    ['{"openapi": "4.0.0"}', "its version is 4.0.0"],
    [`{"openapi":"3.1.0","x":${"[".repeat(5000)}${"]".repeat(5000)}}`, "nested deeper"],
    [
      '{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":[{"$ref":"other.yaml#/x"}]}}}}',
      "leaves the document",
    ],
    ['{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}', "does not say where its server is"],
  ])("%.60s", async (text, message) => {
    await expect(workerOf(text)).rejects.toThrow(message);
  });

  it("ends references that run in circles", async () => {
    const a = { $ref: "#/components/parameters/B" };
    const parameters = { A: a, B: { $ref: "#/components/parameters/A" } };
    const document = {
      openapi: "3.1.0",
      servers: [{ url: "http://api.example" }],
      paths: { "/a": { get: { parameters: [a] } } },
      components: { parameters },
    };
    const { client, close } = await workerOf(JSON.stringify(document));
    expect(await client.request("tools/list", {})).toMatchObject({ tools: [{ name: "get_a" }] });
    close();
  });
});
