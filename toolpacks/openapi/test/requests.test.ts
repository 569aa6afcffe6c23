import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ToolpackClient } from "flotilla/worker/conformance";
import { published, workerOf } from "./documents.ts";
import { startServer, type EchoServer, type Seen } from "./echo-server.ts";

let server: EchoServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function sent(
  worker: ToolpackClient,
  name: string,
  args: Record<string, unknown>,
): Promise<Seen> {
  const { isError, text, value } = await worker.call(name, args);
  expect(isError, text).toBe(false);
  return value["body"] as Seen;
}

describe("parameter styles, as in the specification's own table", () => {
  let worker: ToolpackClient;
  beforeAll(async () => {
    worker = await workerOf(published("3.0/json/parameters-style.json"), { baseUrl: server.url });
  });
  afterAll(() => worker.close());

  const primitive = "blue";
  const array = ["blue", "black", "brown"];
  const object = { R: 100, G: 200, B: 150 };
  // OpenAPI 3.1.1, "Style Examples"; what no client may send unencoded is encoded there as well.
  it.each([
    ["query_form_non_exploded", "?primitive=blue&array=blue,black,brown&object=R,100,G,200,B,150"],
    ["query_form_exploded", "?primitive=blue&array=blue&array=black&array=brown&R=100&G=200&B=150"],
    [
      "query_space_delimited_non_exploded",
      "?array=blue%20black%20brown&object=R%20100%20G%20200%20B%20150",
    ],
    [
      "query_pipe_delimited_non_exploded",
      "?array=blue%7Cblack%7Cbrown&object=R%7C100%7CG%7C200%7CB%7C150",
    ],
    ["query_deep_object_non_exploded", "?object%5BR%5D=100&object%5BG%5D=200&object%5BB%5D=150"],
    ["paths_simple_non_exploded", "/blue/blue,black,brown/R,100,G,200,B,150"],
    ["paths_simple_exploded", "/blue/blue,black,brown/R=100,G=200,B=150"],
    ["paths_label_non_exploded", "/.blue/.blue,black,brown/.R,100,G,200,B,150"],
    ["paths_label_exploded", "/.blue/.blue.black.brown/.R=100.G=200.B=150"],
    [
      "paths_matrix_non_exploded",
      "/;primitive=blue/;array=blue,black,brown/;object=R,100,G,200,B,150",
    ],
    [
      "paths_matrix_exploded",
      "/;primitive=blue/;array=blue;array=black;array=brown/;R=100;G=200;B=150",
    ],
  ])("%s", async (name, expected) => {
    const { client } = worker;
    const { tools } = await client.request("tools/list", {});
    const tool = (tools as { name: string; inputSchema: { properties: object } }[]).find(
      (one) => one.name === name,
    );
    const values: Record<string, unknown> = { primitive, array, object };
    const args = Object.fromEntries(
      Object.keys(tool?.inputSchema.properties ?? {}).map((key) => [key, values[key]]),
    );
    const { url } = await sent(worker, name, args);
    expect(url.slice(-expected.length)).toBe(expected);
  });
  it("puts the same into headers and cookies", async () => {
    const header = await sent(worker, "headers_simple_exploded", { primitive, array, object });
    expect(header.headers).toMatchObject({
      primitive,
      array: "blue,black,brown",
      object: "R=100,G=200,B=150",
    });
    const cookie = await sent(worker, "cookies_form_non_exploded", { primitive: "a;b", array });
    expect(cookie).toMatchObject({
      url: "/cookies",
      headers: { cookie: "primitive=a%3Bb; array=blue,black,brown" },
    });
  });
});

describe("bodies", () => {
  it("sends JSON, and refuses what the schema refuses before anything is sent", async () => {
    const worker = await workerOf(published("3.0/json/petstore.json"), {
      baseUrl: `${server.url}/v2`,
    });
    const body = { name: "Doggie", photoUrls: ["http://a.example/1.png"], status: "available" };
    const seen = await sent(worker, "add_pet", { body });
    expect(seen).toMatchObject({ method: "POST", url: "/v2/pet" });
    expect(seen.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(seen.body)).toEqual(body);
    const before = server.seen.length;
    const refused = await worker.call("add_pet", { body: { name: "Doggie", status: "asleep" } });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain("/body/photoUrls is missing");
    const unknown = await worker.call("get_pet_by_id", { petId: 1, extra: true });
    expect(unknown.text).toContain("/extra is not known here");
    expect(server.seen).toHaveLength(before);
    worker.close();
  });

  it("sends forms, urlencoded and in parts", async () => {
    const worker = await workerOf(published("3.0/json/petstore.json"), { baseUrl: server.url });
    const form = await sent(worker, "update_pet_with_form", {
      petId: 7,
      body: { name: "A & B", status: "sold" },
    });
    expect(form.body).toBe("name=A+%26+B&status=sold");
    expect(form.url).toBe("/pet/7");
    const file = Buffer.from("\u0000picture").toString("base64");
    const upload = await sent(worker, "upload_file", {
      petId: 7,
      body: { additionalMetadata: "front", file },
    });
    expect(upload.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    expect(upload.body).toContain('name="additionalMetadata"\r\n\r\nfront\r\n');
    expect(upload.body).toMatch(
      /name="file"; filename="file"\r\nContent-Type: application\/octet-stream\r\n\r\n\0picture\r\n/,
    );
    const bad = await worker.call("upload_file", { petId: 7, body: { file: "%%%" } });
    expect(bad).toMatchObject({ isError: true, text: "file must be base64." });
    worker.close();
  });
});

describe("hostile arguments", () => {
  const document = JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Files", version: "1" },
    paths: {
      "/files/{name}/view": {
        get: {
          operationId: "view",
          parameters: [
            { name: "name", in: "path", required: true, schema: { type: "string" } },
            { name: "X-Note", in: "header", schema: { type: "string" } },
            { name: "Authorization", in: "header", schema: { type: "string" } },
          ],
        },
      },
    },
  });
  let worker: ToolpackClient;
  beforeAll(async () => {
    worker = await workerOf(document, { baseUrl: `${server.url}/api` });
  });
  afterAll(() => worker.close());

  it.each(["..", ".", "%2e%2e"])("%s does not climb out of its path", async (name) => {
    const { isError, text, value } = await worker.call("view", { name });
    if (name.startsWith("%"))
      return expect((value["body"] as Seen).url).toBe("/api/files/%252e%252e/view");
    expect({ isError, text }).toEqual({
      isError: true,
      text: "A path parameter must not be . or ..",
    });
  });
  it("keeps slashes, queries and fragments inside the segment", async () => {
    const { url } = await sent(worker, "view", { name: "../a?b#c/d" });
    expect(url).toBe("/api/files/..%2Fa%3Fb%23c%2Fd/view");
  });
  it.each(["a\r\nX-Evil: 1", "ü", "\0"])("refuses the header value %j", async (note) => {
    const { isError, text } = await worker.call("view", { name: "a", "X-Note": note });
    expect({ isError, text }).toEqual({
      isError: true,
      text: "X-Note must be one line of plain ASCII text.",
    });
  });
  it("lets no argument be the credentials", async () => {
    const { isError } = await worker.call("view", { name: "a", Authorization: "Bearer mine" });
    expect(isError).toBe(true);
  });
});
