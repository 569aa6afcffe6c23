import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeEach, expect, test } from "vitest";
import { createFront, type Front } from "../front/front.ts";
import { createFakeRouter, createManualClock } from "../front/testing/fake-router.ts";
import { AI_CATALOG, REGISTRY_LIST, SERVER_CARD, SERVER_RESPONSE } from "./testing/schemas.ts";

let front: Front;
beforeEach(() => {
  front = createFront({
    router: createFakeRouter(),
    clock: createManualClock(),
    newId: (prefix) => prefix,
    hosts: { hosts: ["localhost", "mcp.example.com"], origins: [] },
  });
});

const BASE = "http://localhost:7420";

function get(path: string, headers: Record<string, string> = {}, method = "GET") {
  return front.fetch(new Request(`${BASE}${path}`, { method, headers }));
}
async function json(path: string, headers?: Record<string, string>): Promise<unknown> {
  const response = await get(path, headers);
  expect(response.status).toBe(200);
  return response.json();
}
async function list(query = ""): Promise<{ names: string[]; nextCursor: string | undefined }> {
  const body = await json(`/v0.1/servers${query}`);
  expectValid(REGISTRY_LIST, body);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema has just vouched for it
  const { servers, metadata } = body as {
    servers: { server: { name: string } }[];
    metadata: { nextCursor?: string; count: number };
  };
  expect(metadata.count).toBe(servers.length);
  return { names: servers.map(({ server }) => server.name), nextCursor: metadata.nextCursor };
}

const ajv = new Ajv2020({ strict: true });
function expectValid(schema: object, value: unknown): void {
  const validate = ajv.compile(schema);
  validate(value);
  expect(validate.errors).toBeNull();
}

test("every endpoint has a card that its schema accepts and that names the endpoint itself", async () => {
  for (const path of ["/mcp", "/mcp/a", "/mcp/b"]) {
    const card = await json(`${path}/server-card`);
    expectValid(SERVER_CARD, card);
    expect(card).toMatchObject({
      version: "1.2.3",
      remotes: [
        {
          type: "streamable-http",
          url: `${BASE}${path}`,
          supportedProtocolVersions: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
        },
        { type: "sse", url: `${BASE}${path.replace("/mcp", "/sse")}` },
      ],
    });
  }
  expect(await json("/mcp/a/server-card", { host: "mcp.example.com" })).toMatchObject({
    name: "com.example.mcp/a",
  });
  expect((await get("/mcp/nobody/server-card")).status).toBe(404);
  expect((await get("/mcp/A!/server-card")).status).toBe(404);
});

test("a card is typed, open to every page, and not sent twice", async () => {
  const first = await get("/mcp/server-card");
  const etag = first.headers.get("etag") ?? "";
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "content-type": "application/mcp-server-card+json",
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=60",
    vary: "Host",
  });
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await get("/mcp/server-card", { "if-none-match": known });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
  }
  expect((await get("/mcp/server-card", { "if-none-match": '"other"' })).status).toBe(200);
  const other = await get("/mcp/server-card", { host: "mcp.example.com" });
  expect(other.headers.get("etag")).not.toBe(etag);
});

test("only reading is possible, and the guard stands before it", async () => {
  for (const path of ["/mcp/server-card", "/.well-known/ai-catalog.json", "/v0.1/servers"]) {
    expect((await get(path, {}, "POST")).status).toBe(405);
    const asked = await get(path, {}, "OPTIONS");
    expect([asked.status, asked.headers.get("access-control-allow-methods")]).toEqual([
      204,
      "GET, HEAD, OPTIONS",
    ]);
    const head = await get(path, {}, "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await get(path, { host: "evil.example" })).status).toBe(403);
  }
});

test("the AI catalogue leads to every card", async () => {
  const response = await get("/.well-known/ai-catalog.json");
  expect(response.headers.get("content-type")).toBe("application/ai-catalog+json");
  const catalog: { entries: { url: string; identifier: string }[] } = JSON.parse(
    await response.text(),
  );
  expectValid(AI_CATALOG, catalog);
  expect(catalog.entries.map(({ identifier }) => identifier)).toEqual([
    "urn:air:localhost:mcp:fake",
    "urn:air:localhost:mcp:a",
    "urn:air:localhost:mcp:b",
  ]);
  for (const { url } of catalog.entries)
    expectValid(SERVER_CARD, await json(url.slice(BASE.length)));
});

test("the registry lists servers by name, page by page", async () => {
  expect((await list()).names).toEqual(["localhost/a", "localhost/b", "localhost/fake"]);
  const first = await list("?limit=2");
  expect(first).toEqual({ names: ["localhost/a", "localhost/b"], nextCursor: "localhost/b" });
  const cursor = encodeURIComponent(first.nextCursor ?? "");
  expect(await list(`?limit=2&cursor=${cursor}`)).toEqual({
    names: ["localhost/fake"],
    nextCursor: undefined,
  });
});

test("the registry narrows by text, version and time, and refuses what it cannot read", async () => {
  expect((await list("?search=FAK")).names).toEqual(["localhost/fake"]);
  expect((await list("?version=latest")).names).toHaveLength(3);
  expect((await list("?version=9")).names).toEqual([]);
  const since = encodeURIComponent(new Date(1_500).toISOString());
  expect((await list(`?updated_since=${since}`)).names).toEqual(["localhost/b"]);
  for (const query of ["?limit=0", "?limit=101", "?limit=x", "?updated_since=yesterday"]) {
    const refused = await get(`/v0.1/servers${query}`);
    expect([refused.status, Object.keys(await refused.json())]).toEqual([400, ["error"]]);
  }
});

test("one server is had by its encoded name, in its one version", async () => {
  const name = encodeURIComponent("localhost/a");
  for (const path of [name, `${name}/versions/latest`, `${name}/versions/1.2.3`]) {
    const told = await json(`/v0.1/servers/${path}`);
    expectValid(SERVER_RESPONSE, told);
    expect(told).toMatchObject({ server: { name: "localhost/a" } });
  }
  const versions = await json(`/v0.1/servers/${name}/versions`);
  expectValid(REGISTRY_LIST, versions);
  for (const path of [
    `${name}/versions/2`,
    `${name}/else`,
    "nobody",
    "%E0%A4%A",
    `${name}/versions/1.2.3/x`,
  ])
    expect((await get(`/v0.1/servers/${path}`)).status).toBe(404);
});

test("behind a proxy the documents name the public address", async () => {
  front = createFront({
    router: createFakeRouter(),
    clock: createManualClock(),
    newId: (prefix) => prefix,
    publicUrl: "https://mcp.example.com",
  });
  expect(await json("/mcp/a/server-card")).toMatchObject({
    name: "com.example.mcp/a",
    remotes: [{ url: "https://mcp.example.com/mcp/a" }, { url: "https://mcp.example.com/sse/a" }],
  });
});
