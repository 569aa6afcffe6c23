/** One worker for a test file, called the way a client calls it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTestClient } from "flotilla/worker";
import type { TestClient } from "flotilla/worker";
import { afterAll } from "vitest";
import { architectureWorker } from "../src/worker.ts";

export interface Called {
  text: string;
  isError: boolean;
  value: Record<string, unknown>;
  /** `rule object`, in order. */
  rules: string[];
  pictures: string[];
}
export interface ArchitectureClient {
  client: TestClient;
  call: (name: string, args: Record<string, unknown>) => Promise<Called>;
}

export function architectureClient(): ArchitectureClient {
  const client = createTestClient(architectureWorker());
  afterAll(() => client.close());
  return {
    client,
    async call(name, args) {
      const result = await client.callTool(name, args);
      const value: Record<string, unknown> = JSON.parse(
        JSON.stringify(result.structuredContent ?? {}),
      );
      const found: { rule: string; object?: string }[] = JSON.parse(
        JSON.stringify(value["findings"] ?? []),
      );
      return {
        text: result.content.flatMap((one) => (one.type === "text" ? [one.text] : [])).join("\n"),
        isError: result.isError === true,
        value,
        rules: found.map(({ rule, object }) => (object === undefined ? rule : `${rule} ${object}`)),
        pictures: result.content.flatMap((one) =>
          one.type === "image" ? [Buffer.from(one.data, "base64").toString("utf8")] : [],
        ),
      };
    },
  };
}

/** The sources of an installed package. */
export function sourcesOf(name: string, pattern: string): Record<string, string> {
  const folder = fileURLToPath(new URL(`../../../node_modules/${name}/`, import.meta.url));
  return Object.fromEntries(
    globSync(pattern, { cwd: folder }).map((path) => [
      path,
      readFileSync(join(folder, path), "utf8"),
    ]),
  );
}
