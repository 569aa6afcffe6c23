/** One worker for a test file, called the way a client calls it. */
import { readFileSync } from "node:fs";
import { createTestClient } from "flotilla/worker";
import type { CallToolResult, TestClient } from "flotilla/worker";
import { afterAll } from "vitest";
import { databaseWorker } from "../src/worker.ts";

export interface Called {
  result: CallToolResult;
  text: string;
  isError: boolean;
  /** The structured content, for matchers. */
  value: Record<string, unknown>;
  /** `rule object`, in order. */
  rules: string[];
  pictures: string[];
}

export interface DatabaseClient {
  client: TestClient;
  call: (name: string, args: Record<string, unknown>) => Promise<Called>;
}

export function databaseClient(): DatabaseClient {
  const client = createTestClient(databaseWorker());
  afterAll(() => client.close());
  return {
    client,
    async call(name, args) {
      const result = await client.callTool(name, args);
      return read(result);
    },
  };
}

function read(result: CallToolResult): Called {
  const value: Record<string, unknown> = JSON.parse(JSON.stringify(result.structuredContent ?? {}));
  const findings: { rule: string; object?: string }[] = JSON.parse(
    JSON.stringify(value["findings"] ?? []),
  );
  return {
    result,
    text: result.content.flatMap((one) => (one.type === "text" ? [one.text] : [])).join("\n"),
    isError: result.isError === true,
    value,
    rules: findings.map(({ rule, object }) => (object === undefined ? rule : `${rule} ${object}`)),
    pictures: result.content.flatMap((one) =>
      one.type === "image" ? [Buffer.from(one.data, "base64").toString("utf8")] : [],
    ),
  };
}

export function fixture(name: "pgbench" | "rental" | "store"): string {
  return readFileSync(new URL(`fixtures/${name}.sql`, import.meta.url), "utf8");
}
