import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClient } from "flotilla/worker";
import { worker } from "../src/worker.ts";

test("counts words and characters", async () => {
  const client = createTestClient(worker);
  const result = await client.callTool("count_words", { text: "Every ship is a city." });
  assert.deepEqual(result.structuredContent, { words: 5, characters: 21 });
  client.close();
});

test("says what is wrong with its arguments", async () => {
  const client = createTestClient(worker);
  const result = await client.callTool("count_words", {});
  assert.equal(result.isError, true);
  assert.match(JSON.stringify(result.content), /text is missing/);
  client.close();
});

test("every example works", async () => {
  const client = createTestClient(worker);
  for (const { definition, examples } of worker.tools) {
    for (const example of examples) {
      const result = await client.callTool(definition.name, example.arguments);
      assert.notEqual(result.isError, true, example.title);
    }
  }
  client.close();
});
