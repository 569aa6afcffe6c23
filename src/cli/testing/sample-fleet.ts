/** A small fleet with one of each: a toolpack, a server with prefixed names, and one that does not start. */
import type { ToolDefinition } from "../../protocol/index.ts";
import { fakeWorker, type Script } from "./fake-fleet.ts";

export const SQL: ToolDefinition = {
  name: "sql_explain",
  description: "Explains a query. Says which indexes are used.",
  inputSchema: {
    type: "object",
    properties: {
      sql: { type: "string", description: "The query.", "x-mcp-header": "Sql" },
      ddl: { type: "string" },
      analyze: { type: "boolean", default: false },
    },
    required: ["sql"],
  },
};
export const ECHO: ToolDefinition = {
  name: "echo",
  description: "Says \u001B[31mit\u001B[0m back",
  inputSchema: {
    type: "object",
    properties: { message: { type: "string" }, url: { type: "string" } },
  },
};

export const SCRIPT: Script = {
  workers: [
    fakeWorker("database", {
      naming: "verbatim",
      summary: "toolpack database 0.1.0",
      origin: "toolpack",
    }),
    fakeWorker("everything"),
    fakeWorker("broken", {
      offers: null,
      health: {
        worker: "broken",
        state: "crash_loop",
        failures: 5,
        lastError: "exited with code 1: \u001B[31mno such file",
        retryAtMs: Date.now() + 3.2 * 3_600_000,
        sinceMs: 0,
      },
    }),
  ],
  tools: { database: [SQL], everything: [ECHO] },
};
