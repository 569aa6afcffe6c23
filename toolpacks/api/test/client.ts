/** One worker for a test file, called the way a client calls it. */
import { readFileSync } from "node:fs";
import { createTestClient } from "flotilla/worker";
import type { TestClient } from "flotilla/worker";
import { afterAll } from "vitest";
import { apiWorker } from "../src/worker.ts";

export interface Called {
  text: string;
  isError: boolean;
  /** The structured content, for matchers. */
  value: Record<string, unknown>;
  /** Rule ids, in order. */
  rules: string[];
}
export interface ApiClient {
  client: TestClient;
  call: (name: string, args: Record<string, unknown>) => Promise<Called>;
}

export function apiClient(): ApiClient {
  const client = createTestClient(apiWorker());
  afterAll(() => client.close());
  return {
    client,
    async call(name, args) {
      const result = await client.callTool(name, args);
      const value: Record<string, unknown> = JSON.parse(
        JSON.stringify(result.structuredContent ?? {}),
      );
      const found: { rule: string }[] = JSON.parse(
        JSON.stringify(value["findings"] ?? value["changes"] ?? []),
      );
      return {
        text: result.content.flatMap((one) => (one.type === "text" ? [one.text] : [])).join("\n"),
        isError: result.isError === true,
        value,
        rules: found.map(({ rule }) => rule),
      };
    },
  };
}

/** Documents that others published, by their path in the package of examples. */
export function published(path: string): string {
  const file = import.meta.resolve("@readme/oas-examples/package.json");
  return readFileSync(new URL(path, file), "utf8");
}
export function githubSchema(): string {
  return readFileSync(
    new URL("schema.graphql", import.meta.resolve("@octokit/graphql-schema")),
    "utf8",
  );
}

export const document = (paths: string, more = ""): string =>
  `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\nservers: [{ url: "https://api.test.dev" }]\npaths:\n${paths}\n${more}`;
