import { expect, test } from "vitest";
import type { Answer, UpstreamCall, UpstreamClient } from "../upstream/contract.ts";
import { fetchCatalog } from "./fetch.ts";

type Pages = Record<string, Record<string, unknown>[]>;

/** A worker that answers each list with its pages in turn. */
function clientOf(
  pages: Pages,
  change: Partial<Pick<UpstreamClient, "transport">> & {
    capabilities?: Record<string, unknown>;
  } = {},
): UpstreamClient & { calls: UpstreamCall[] } {
  const calls: UpstreamCall[] = [];
  return {
    calls,
    transport: change.transport ?? "link",
    hello: {
      era: "modern",
      protocolVersion: "2026-07-28",
      serverInfo: { name: "w", version: "1" },
      capabilities: change.capabilities ?? { tools: {} },
    },
    call(call): Promise<Answer> {
      calls.push(call);
      const at = Number(call.params["cursor"] ?? 0);
      const page = pages[call.method]?.[at] ?? { tools: [] };
      const next = at + 1 < (pages[call.method]?.length ?? 0) ? { nextCursor: String(at + 1) } : {};
      return Promise.resolve({
        kind: "result",
        result: { text: JSON.stringify({ ...page, ...next }) },
      });
    },
    want: () => {},
    closed: new Promise(() => {}),
    close: () => {},
  };
}
const read = (client: UpstreamClient, principal?: string) =>
  fetchCatalog({
    client,
    signal: new AbortController().signal,
    ...(principal === undefined ? {} : { principal }),
  });

test("all pages are one list, kept for the shortest time and as privately as the strictest page", async () => {
  const { catalog } = await read(
    clientOf({
      "tools/list": [
        { tools: [{ name: "a" }], ttlMs: 9_000, cacheScope: "public" },
        { tools: [{ name: "b" }], ttlMs: 4_000, cacheScope: "private" },
      ],
    }),
  );
  expect(catalog.tools).toEqual([{ name: "a" }, { name: "b" }]);
  expect(catalog.freshness).toEqual({ tools: { ttlMs: 4_000, cacheScope: "private" } });
});

test("a worker that says nothing of keeping, or nonsense, says nothing", async () => {
  const page = { tools: [{ name: "a" }], ttlMs: -1, cacheScope: "private" };
  expect((await read(clientOf({ "tools/list": [page] }))).catalog.freshness).toBeUndefined();
});

const marked = (schema: object) => ({ type: "object", properties: { a: schema } });

test("over HTTP tools with broken header marks are left out and named; over a pipe they stay", async () => {
  const tools = [
    { name: "good", inputSchema: marked({ type: "string", "x-mcp-header": "Region" }) },
    { name: "bad", inputSchema: marked({ type: "object", "x-mcp-header": "Region" }) },
    { name: "spaced", inputSchema: marked({ type: "string", "x-mcp-header": "not a token" }) },
  ];
  const pages = { "tools/list": [{ tools }] };
  const http = await read(clientOf(pages, { transport: "http" }));
  expect(http.catalog.tools).toEqual([tools[0]]);
  expect(http.leftOut).toEqual(["bad", "spaced"]);
  const link = await read(clientOf(pages));
  expect([link.catalog.tools.length, link.leftOut]).toEqual([3, []]);
});

test("it is read for whom it is meant, as by a client that knows what we pass on", async () => {
  const client = clientOf({});
  await read(client);
  await read(client, "ann");
  expect(client.calls.map((call) => call.client.principal)).toEqual(["flotilla", "ann"]);
  expect(client.calls[0]?.client.capabilities).toMatchObject({
    extensions: { "io.modelcontextprotocol/ui": {}, "io.modelcontextprotocol/skills": {} },
  });
});

test("skills are read where the extension is declared, and nothing is written into them", async () => {
  const skills = [{ uri: "skill://a/SKILL.md", digest: "sha256:0" }];
  const capabilities = { extensions: { "io.modelcontextprotocol/skills": {} } };
  const pages = { "skills/list": [{ skills }] };
  expect((await read(clientOf(pages, { capabilities }))).catalog.skills).toEqual(skills);
  const without = await read(clientOf(pages));
  expect(without.catalog).not.toHaveProperty("skills");
});
