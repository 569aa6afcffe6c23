/** The guide's own configuration, run against an API that is there: docs/guides/openapi-worker.md. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { callText, listTools } from "./wire.ts";

const ROOT = join(import.meta.dirname, "../..");
const PETSTORE = join(ROOT, "node_modules/@readme/oas-examples/3.0/json/petstore.json");
const folder = makeFolder();
const asked: string[] = [];
let api: Server;
let flotilla: Flotilla;

beforeAll(async () => {
  api = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers["api_key"])}`);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ name: "Doggie", key: request.headers["api_key"] }));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const guide = readFileSync(join(ROOT, "docs/guides/openapi-worker.md"), "utf8");
  const [, yaml = ""] = /```yaml\n(workers:.*?)```/s.exec(guide) ?? [];
  copyFileSync(PETSTORE, join(folder, "petstore.json"));
  const file = join(folder, "flotilla.yaml");
  writeFileSync(file, `toolpacks: none\n${yaml}`);
  const { port } = api.address() as AddressInfo;
  const env = { PETSTORE_URL: `http://127.0.0.1:${port}/v2`, PETSTORE_KEY: "key-of-the-shop" };
  flotilla = await startFlotilla({ args: ["--config", file], env });
});
afterAll(async () => {
  await flotilla[Symbol.asyncDispose]();
  await new Promise((resolve) => api.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

test("the document's operations are tools, under the worker's name in the fleet", async () => {
  const tools = await listTools(`${flotilla.url}/mcp/pets`);
  expect(tools.toSorted()).toEqual([
    "add_pet",
    "delete_pet",
    "find_pets_by_status",
    "find_pets_by_tags",
    "get_inventory",
    "get_order_by_id",
    "get_pet_by_id",
    "update_pet",
    "update_pet_with_form",
  ]);
  expect(await listTools(`${flotilla.url}/mcp`)).toContain("pets_get_pet_by_id");
});

test("a call reaches the API with its credentials, and shows none", async () => {
  const text = await callText(`${flotilla.url}/mcp`, "pets_get_pet_by_id", { petId: 7 });
  expect(asked).toEqual(["GET /v2/pet/7 key-of-the-shop"]);
  expect(text).toBe('{"name":"Doggie","key":"•••"}');
  expect(flotilla.log()).not.toContain("key-of-the-shop");
  const { workers } = await flotilla.fleet();
  expect(JSON.stringify(workers)).not.toContain("key-of-the-shop");
});
