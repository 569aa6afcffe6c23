import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { configurationSchema } from "./schema.ts";
import { packageRoot } from "./toolpacks.ts";

test("the published schema is the one that the loader checks with", async () => {
  const file = join(packageRoot(), "schema", "flotilla.schema.json");
  const published: unknown = JSON.parse(await readFile(file, "utf8"));
  // Mend with: node src/cli/main.ts validate --schema > schema/flotilla.schema.json
  expect(published).toEqual(configurationSchema);
});

test("the schema is valid in its own dialect, and so are its defaults", () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
  ajv.addVocabulary(["x-expect", "x-expect-one"]);
  expect(ajv.validateSchema(configurationSchema)).toBe(true);
  const validate = ajv.compile(configurationSchema);
  expect(validate({ host: "127.0.0.1", port: 7420, toolpacks: "all", workers: {} })).toBe(true);
  const scale = { min: 0, max: 1, callsPerDrone: 64, idle: "5m" };
  const limits = { startTimeout: "30s", callTimeout: "1m", grace: "5s", maxMessage: "16MB" };
  expect(validate({ workers: { a: { command: "x", scale, limits } } })).toBe(true);
  expect(validate({ workers: { a: { command: "x", url: "http://h" } } })).toBe(false);
});
