import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadText } from "../src/load.node.ts";
import { createSender } from "../src/request/send.node.ts";
import { published, workerOf } from "./documents.ts";
import { json, startServer } from "./echo-server.ts";

const documentFor = (url: string) =>
  JSON.stringify({
    openapi: "3.1.0",
    info: { title: "T", version: "1" },
    servers: [{ url }],
    paths: { "/a": { get: { operationId: "a" }, post: { operationId: "b" } } },
  });

describe("where requests may go", () => {
  it("refuses a private server that only the document names, and asks it when the operator does", async () => {
    await using server = await startServer();
    const theirs = await workerOf(documentFor(server.url));
    const refused = await theirs.call("a", {});
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain("127.0.0.1, which is not a public one");
    expect(server.seen).toHaveLength(0);
    theirs.close();
    const named = await workerOf(documentFor("http://unused.example"), { baseUrl: server.url });
    expect((await named.call("a", {})).isError).toBe(false);
    named.close();
  });
  it("looks at the address that is connected to, whatever the name says", async () => {
    await using server = await startServer();
    const port = new URL(server.url).port;
    const origin = `http://rebound.example:${port}`;
    const resolve = ((_: string, __: object, answer: (error: null, list: object[]) => void) =>
      answer(null, [{ address: "127.0.0.1", family: 4 }])) as never;
    const ask = (namedHosts: string[]) => {
      const send = createSender({
        policy: { origins: [origin], namedHosts },
        timeoutMs: 5000,
        resolve,
      });
      const request = { method: "GET", url: new URL(origin), headers: {} };
      return send(request, { signal: new AbortController().signal, maxBytes: 1000 });
    };
    await expect(ask([])).rejects.toMatchObject({ code: "forbidden" });
    expect(server.seen).toHaveLength(0);
    expect(await ask(["rebound.example"])).toMatchObject({ status: 200 });
  });
  it("follows no redirect to another origin, and none after a POST", async () => {
    await using inner = await startServer();
    await using server = await startServer((seen, response) => {
      const location = seen.url === "/a" ? `${inner.url}/secret` : "/moved";
      response.writeHead(302, { location }).end();
    });
    const worker = await workerOf(documentFor("http://unused.example"), { baseUrl: server.url });
    const away = await worker.call("a", {});
    expect(away.isError).toBe(true);
    expect(away.text).toContain("is not one of the servers meant");
    expect(inner.seen).toHaveLength(0);
    const post = await worker.call("b", {});
    expect(post.text).toContain("HTTP 302");
    expect(server.seen.filter(({ url }) => url === "/moved")).toHaveLength(0);
    worker.close();
  });
});

describe("answers are bounded", () => {
  it("cuts what is too long, packed or not", async () => {
    const long = "x".repeat(3 * 1024 * 1024);
    await using server = await startServer((seen, response) => {
      const isPacked = seen.method === "GET";
      const coding = isPacked ? { "content-encoding": "gzip" } : {};
      response.writeHead(200, { "content-type": "text/plain", ...coding });
      response.end(isPacked ? gzipSync(long) : long);
    });
    const worker = await workerOf(documentFor(""), { baseUrl: server.url });
    for (const name of ["a", "b"]) {
      const { isError, text, value } = await worker.call(name, {});
      expect({ isError, cut: value["cut"] }).toEqual({ isError: false, cut: true });
      expect(String(value["body"]).length).toBe(1024 * 1024);
      expect(text.length).toBeLessThan(21_000);
    }
    worker.close();
  });
  it("waits only so long, and says when nobody is there", async () => {
    await using server = await startServer(() => {});
    const policy = { origins: [server.url], namedHosts: ["127.0.0.1"] };
    const send = createSender({ policy, timeoutMs: 50 });
    const request = { method: "GET", url: new URL(server.url), headers: {} };
    const options = { signal: new AbortController().signal, maxBytes: 10 };
    await expect(send(request, options)).rejects.toMatchObject({ code: "call_timeout" });
    const worker = await workerOf(documentFor(""), { baseUrl: "http://127.0.0.1:1" });
    expect((await worker.call("a", {})).text).toBe("127.0.0.1:1 cannot be reached (ECONNREFUSED).");
    worker.close();
  });
  it("takes pictures and other bytes for what they are", async () => {
    const png = Buffer.from("iVBORw0KGgo=", "base64");
    await using server = await startServer((seen, response) =>
      response
        .writeHead(200, { "content-type": seen.method === "GET" ? "image/png" : "application/zip" })
        .end(png),
    );
    const worker = await workerOf(documentFor(""), { baseUrl: server.url });
    expect(await worker.call("a", {})).toMatchObject({ pictures: ["iVBORw0KGgo="] });
    expect((await worker.call("b", {})).value).toMatchObject({ base64: "iVBORw0KGgo=" });
    worker.close();
  });
});

describe("where the document comes from", () => {
  it("is a file or a URL", async () => {
    const folder = mkdtempSync(join(tmpdir(), "flotilla-openapi-"));
    const file = join(folder, "api.yaml");
    writeFileSync(file, published("3.1/yaml/petstore.yaml"));
    expect(await loadText(file)).toBe(published("3.1/yaml/petstore.yaml"));
    rmSync(folder, { recursive: true });
    await expect(loadText(file)).rejects.toThrow("is not there");
    await using server = await startServer((seen, response) =>
      seen.url === "/api.json" ? json(response, { openapi: "3.1.0" }) : json(response, {}, 404),
    );
    expect(await loadText(`${server.url}/api.json`)).toBe('{"openapi":"3.1.0"}');
    await expect(loadText(`${server.url}/other?token=x`)).rejects.toThrow(
      `${server.url}/other answered HTTP 404`,
    );
  });
});
