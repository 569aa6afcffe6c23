/** Chosen tools, tools that are found, and what strangers may read: over one running fleet whose file changes. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUILTIN_TOOLS } from "../../src/cli/config/toolsets.ts";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { waitFor } from "./wait.ts";
import { callText, listTools, request } from "./wire.ts";

const folder = makeFolder();
const file = join(folder, "flotilla.yaml");
const write = (tools: string[]): void =>
  writeFileSync(file, JSON.stringify({ toolpacks: ["database"], toolsets: { daily: { tools } } }));
let flotilla: Flotilla;

beforeAll(async () => {
  write(["sql_explain"]);
  flotilla = await startFlotilla({ args: ["--config", file] });
});
afterAll(async () => {
  await flotilla[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("a toolset follows the file, and those who listen are told", async () => {
  const url = `${flotilla.url}/mcp/daily`;
  expect(await listTools(url)).toEqual(["sql_explain"]);
  const stop = new AbortController();
  const heard: string[] = [];
  const listening = listenTo(url, heard, stop.signal);
  await waitFor(() => heard.includes("notifications/subscriptions/acknowledged"), {
    what: "the acknowledgement",
    deadlineMs: 20_000,
  });
  write(["sql_explain", "sql_format"]);
  await waitFor(() => heard.includes("notifications/tools/list_changed"), {
    what: "list_changed",
    deadlineMs: 20_000,
  });
  expect((await listTools(url)).toSorted()).toEqual(["sql_explain", "sql_format"]);
  stop.abort();
  await listening;
});

test("the whole fleet is reached through three tools, by a real call", async () => {
  const url = `${flotilla.url}/mcp/progressive`;
  expect(await listTools(url)).toEqual(["find_tools", "describe_tool", "call_tool"]);
  const found = await callText(url, "find_tools", { query: "format sql", limit: 1 });
  expect(found).toMatch(/^sql_format\(path: string, sql: string/);
  const args = { name: "sql_format", arguments: { sql: "select 1" } };
  expect(await callText(url, "call_tool", args)).toBe("SELECT\n  1");
});

test("cards and registry agree with what the endpoints say of themselves", async () => {
  const catalog: { entries: { url: string }[] } = await json("/.well-known/ai-catalog.json");
  expect(catalog.entries.map(({ url }) => new URL(url).pathname)).toEqual([
    "/mcp/server-card",
    "/mcp/coordinator/server-card",
    "/mcp/database/server-card",
    "/mcp/daily/server-card",
    "/mcp/progressive/server-card",
  ]);
  const card: { version: string; title: string } = await json("/mcp/database/server-card");
  const told = await request(`${flotilla.url}/mcp/database`, "server/discover");
  expect(told.result?.["_meta"]).toMatchObject({
    "io.modelcontextprotocol/serverInfo": { version: card.version, title: card.title },
  });
  const { servers }: { servers: unknown[] } = await json("/v0.1/servers");
  expect(servers).toHaveLength(5);
});

test("the configuration knows the coordinator's tools by name", async () => {
  const offered = await listTools(`${flotilla.url}/mcp/coordinator`);
  expect(offered.toSorted()).toEqual([...BUILTIN_TOOLS].toSorted());
});

async function json<T>(path: string): Promise<T> {
  const response = await fetch(`${flotilla.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

/** Notes the methods that arrive on a listen stream until it is aborted. */
async function listenTo(url: string, heard: string[], signal: AbortSignal): Promise<void> {
  const version = "2026-07-28";
  const key = "io.modelcontextprotocol/";
  const meta = { [`${key}protocolVersion`]: version, [`${key}clientCapabilities`]: {} };
  const params = { notifications: { toolsListChanged: true }, _meta: meta };
  const method = "subscriptions/listen";
  try {
    const response = await fetch(url, {
      method: "POST",
      signal,
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": version,
        "mcp-method": method,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const text = decoder.decode(chunk, { stream: true });
      for (const [, name] of text.matchAll(/"method":"([^"]+)"/g)) heard.push(name ?? "");
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
