import { describe, expect, it } from "vitest";
import { published, workerOf } from "./documents.ts";
import { json, startServer, type Handler } from "./echo-server.ts";

const PETS = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }));
const query = (url: string) => new URL(url, "http://a").searchParams;

const documentOf = (names: string[]) =>
  JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Pets", version: "1" },
    paths: {
      "/pets": {
        get: {
          operationId: "listPets",
          parameters: names.map((name) => ({
            name,
            in: "query",
            schema: { type: /cursor|token/i.test(name) ? "string" : "integer" },
          })),
        },
      },
    },
  });

async function fetchAll(names: string[], handler: Handler, args: Record<string, unknown>) {
  await using server = await startServer(handler);
  const worker = await workerOf(documentOf(names), { baseUrl: server.url });
  const called = await worker.call("list_pets", args);
  worker.close();
  expect(called.isError, called.text).toBe(false);
  return { ...called, asked: server.seen.map(({ url }) => url) };
}

describe("pages", () => {
  it("follow the Link header (RFC 8288)", async () => {
    const handler: Handler = (seen, response) => {
      const page = Number(query(seen.url).get("page") ?? 1);
      const links = [
        `</pets?page=1>; rel="first"`,
        ...(page < 3 ? [`</pets?page=${page + 1}>; rel="next"`] : []),
      ];
      response.setHeader("link", links.join(", "));
      json(response, PETS.slice((page - 1) * 3, page * 3));
    };
    const all = await fetchAll(["page"], handler, { pages: 9 });
    expect(all.asked).toEqual(["/pets", "/pets?page=2", "/pets?page=3"]);
    expect((all.value["pages"] as unknown[][]).flat()).toEqual(PETS);
    expect(all.value["next"]).toBeUndefined();
    const one = await fetchAll(["page"], handler, {});
    expect(one.asked).toEqual(["/pets"]);
    expect(one.value).toMatchObject({ body: PETS.slice(0, 3), next: { page: 2 } });
    expect(one.text).toContain('Next page: {"page":2}');
  });

  it("follow a cursor, wherever the answer keeps it", async () => {
    const handler: Handler = (seen, response) => {
      const start = Number(query(seen.url).get("cursor")?.slice(1) ?? 0);
      const next = start + 3 < PETS.length ? `c${start + 3}` : "";
      json(response, {
        items: PETS.slice(start, start + 3),
        response_metadata: { next_cursor: next },
      });
    };
    const all = await fetchAll(["cursor", "limit"], handler, { pages: 5, limit: 3 });
    expect(all.asked).toEqual([
      "/pets?limit=3",
      "/pets?cursor=c3&limit=3",
      "/pets?cursor=c6&limit=3",
    ]);
    const one = await fetchAll(["cursor"], handler, {});
    expect(one.value["next"]).toEqual({ cursor: "c3" });
  });

  it("are counted where the server says nothing, until one is short or empty", async () => {
    const paged: Handler = (seen, response) => {
      const [page, size] = [Number(query(seen.url).get("page") ?? 1), 3];
      json(response, { data: PETS.slice((page - 1) * size, page * size) });
    };
    expect(
      (await fetchAll(["page", "per_page"], paged, { pages: 9, per_page: 3 })).asked,
    ).toHaveLength(3);
    const offset: Handler = (seen, response) => {
      const start = Number(query(seen.url).get("offset") ?? 0);
      json(response, PETS.slice(start, start + 4));
    };
    const { asked } = await fetchAll(["offset"], offset, { pages: 9 });
    expect(asked).toEqual(["/pets", "/pets?offset=4", "/pets?offset=7"]);
  });

  it("end: a server that goes in circles is asked once a page, another server never", async () => {
    const circle: Handler = (_, response) => json(response, { items: PETS, next: "/pets?page=1" });
    expect((await fetchAll(["page"], circle, { pages: 20 })).asked).toEqual([
      "/pets",
      "/pets?page=1",
    ]);
    const away: Handler = (_, response) =>
      json(response, { items: PETS, next: "http://evil.example/" });
    expect((await fetchAll(["page"], away, { pages: 20 })).asked).toEqual(["/pets"]);
  });

  it("are offered where a published document has them", async () => {
    const { client, close } = await workerOf(published("3.0/json/readme-legacy.json"));
    const { tools } = await client.request("tools/list", {});
    close();
    const paged = (tools as { name: string; inputSchema: { properties: object } }[])
      .filter(({ inputSchema }) => "pages" in inputSchema.properties)
      .map(({ name }) => name);
    expect(paged).toEqual([
      "get_api_specification",
      "get_categories",
      "get_changelogs",
      "get_custom_pages",
    ]);
  });
});
