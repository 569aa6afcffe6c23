/** One worker for a test file, and real schemas, shortened. */
import { readFileSync } from "node:fs";
import { toolpackClient } from "flotilla/worker/conformance";
import type { Called, ToolpackClient } from "flotilla/worker/conformance";
import { afterAll } from "vitest";
import { createWorker } from "../src/worker.ts";

/** `rules` say what they are about: `rule object`. */
export function databaseClient(): Pick<ToolpackClient, "client" | "call"> {
  const { client, call, close } = toolpackClient(createWorker());
  afterAll(close);
  return {
    client,
    async call(name, args) {
      const called = await call(name, args);
      return { ...called, rules: called.findings.map(ruled) };
    },
  };
}

function ruled({ rule, object }: Called["findings"][number]): string {
  return object === undefined ? rule : `${rule} ${object}`;
}

export function fixture(name: "pgbench" | "rental" | "store"): string {
  return readFileSync(new URL(`fixtures/${name}.sql`, import.meta.url), "utf8");
}
