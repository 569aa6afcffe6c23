import { describeToolpack, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

describeToolpack(createWorker, {
  tools: ["openapi_lint", "openapi_security", "openapi_diff", "graphql_review", "api_mock_check"],
  catalog: new URL("../catalog.gen.json", import.meta.url),
});

const { call, client, close } = toolpackClient(createWorker());
afterAll(close);

/** How each tool takes one text. */
const GIVEN: Record<string, (content: string) => Record<string, unknown>> = {
  openapi_lint: (content) => ({ content }),
  openapi_security: (content) => ({ content }),
  openapi_diff: (content) => ({ before: { content }, after: { content } }),
  graphql_review: (schema) => ({ schema }),
  api_mock_check: (content) => ({ content, generate: {} }),
};

describe.each(Object.entries(GIVEN))("%s", (name, given) => {
  it("says what is empty, of the wrong type, unknown, too large or no document", async () => {
    const refused = async (args: Record<string, unknown>): Promise<string> => {
      const { isError, text } = await call(name, args);
      expect(isError, text).toBe(true);
      return text;
    };
    expect(await refused(given(""))).toContain("must not be empty");
    expect(await refused({ ...given("x"), nonsense: 1 })).toContain("/nonsense is not known here");
    expect(await refused(given("x".repeat(4_000_001)))).toContain("at most 4000000 characters");
    expect(await refused(given("hello"))).toMatch(/expected|Syntax Error/);
    expect((await refused({})).length).toBeGreaterThan(10);
  });

  it("survives hostile text", async () => {
    const bomb = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(10)}]`,
    );
    const hostile = [
      "[".repeat(100_000),
      `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":${'{"a":'.repeat(5_000)}1${"}".repeat(5_001)}`,
      `a0: &a0 [x]\n${bomb.join("\n")}`,
      "{a".repeat(20_000),
      "\u0000",
      "- ".repeat(5_000),
      '{"openapi":"3.1.0","__proto__":{"x":1},"info":{"title":"x","version":"1"},"paths":{"/a":{"$ref":"#/paths/~1a"}}}',
      '{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/a":{"$ref":"file:///etc/passwd"},"/b":{"$ref":"http://127.0.0.1:9/x"}}}',
    ];
    for (const text of hostile) {
      const { text: said } = await call(name, given(text));
      expect(said.length).toBeGreaterThan(0);
      expect(said).not.toContain("root:");
    }
  }, 120_000);
});

it("ends a pattern that would run for years, and goes on", async () => {
  const content = JSON.stringify({
    openapi: "3.1.0",
    info: { title: "x", version: "1" },
    paths: {
      "/a": {
        get: {
          responses: {
            200: {
              description: "x",
              content: {
                "application/json": {
                  schema: { type: "string", pattern: "^(a+)+$" },
                  example: `${"a".repeat(60)}!`,
                },
              },
            },
          },
        },
      },
    },
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1_500);
  await expect(
    client.callTool("api_mock_check", { content }, { signal: controller.signal }),
  ).rejects.toThrow();
  const { isError } = await call("graphql_review", { schema: "type Query { a: Int }" });
  expect(isError).toBe(false);
}, 60_000);
