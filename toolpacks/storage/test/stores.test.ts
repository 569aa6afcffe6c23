/** One suite for all stores, each on a server that others wrote (or a real folder). */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { toolpackClient, type ToolpackClient } from "flotilla/worker/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";
import { findProgram, startStore, type StoreServer } from "./servers.ts";

type Env = Record<string, string>;
interface Place {
  title: string;
  /** Tells what is missing in the suite's name. */
  program?: string;
  start(program: string): Promise<{ server?: StoreServer; env: Env }>;
  /** Whether the server takes its own signed addresses, and refuses broken ones. */
  signs?: "checked" | "unchecked";
}

const scratch = mkdtempSync(join(tmpdir(), "flotilla-stores-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Azurite's published development account. */
const AZURE_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const PLACES: Place[] = [
  {
    title: "a local folder",
    start: () =>
      Promise.resolve({ env: { STORAGE_URL: pathToFileURL(join(scratch, "disk")).href } }),
  },
  {
    title: "S3 (moto)",
    program: "moto_server",
    signs: "unchecked",
    async start(program) {
      const server = await startStore(program, (port) => ["-H", "127.0.0.1", "-p", String(port)]);
      await fetch(`${server.url}/harbour`, { method: "PUT" });
      return { server, env: s3Env(server, "testing") };
    },
  },
  {
    title: "Azure Blob Storage (Azurite)",
    program: "azurite-blob",
    signs: "checked",
    async start(program) {
      const server = await startStore(program, (port, folder) => [
        `--blobPort=${port}`,
        `--location=${folder}`,
        "--silent",
        "--disableTelemetry",
      ]);
      await createAzureContainer(server.url);
      const env = {
        STORAGE_URL: "azure://devstoreaccount1/harbour/ships",
        AZURE_STORAGE_ENDPOINT: `${server.url}/devstoreaccount1`,
        AZURE_STORAGE_KEY: AZURE_KEY,
      };
      return { server, env };
    },
  },
  {
    title: "Google Cloud Storage (fake-gcs-server)",
    program: "fake-gcs-server",
    signs: "unchecked",
    async start(program) {
      const server = await startStore(program, (port) => [
        "-scheme=http",
        "-host=127.0.0.1",
        `-port=${port}`,
        "-backend=memory",
        `-public-host=127.0.0.1:${port}`,
        "-log-level=error",
      ]);
      const body = JSON.stringify({ name: "harbour" });
      const headers = { "content-type": "application/json" };
      await fetch(`${server.url}/storage/v1/b?project=p`, { method: "POST", body, headers });
      const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const file = join(scratch, "account.json");
      const private_key = keys.privateKey.export({ type: "pkcs8", format: "pem" });
      writeFileSync(file, JSON.stringify({ client_email: "a@b.example", private_key }));
      const env = {
        STORAGE_URL: "gs://harbour/ships",
        STORAGE_EMULATOR_HOST: server.url,
        GOOGLE_APPLICATION_CREDENTIALS: file,
      };
      return { server, env };
    },
  },
];

function s3Env(server: StoreServer, key: string): Env {
  return {
    STORAGE_URL: "s3://harbour/ships",
    AWS_ENDPOINT_URL_S3: server.url,
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: key,
    AWS_REGION: "us-east-1",
  };
}

/** With Shared Key, the other way in: the code under test has no part in it. */
async function createAzureContainer(url: string): Promise<void> {
  const date = new Date().toUTCString();
  const resource = "/devstoreaccount1/devstoreaccount1/harbour\nrestype:container";
  const text = `PUT${"\n".repeat(12)}x-ms-date:${date}\nx-ms-version:2022-11-02\n${resource}`;
  const signature = createHmac("sha256", Buffer.from(AZURE_KEY, "base64"))
    .update(text)
    .digest("base64");
  const response = await fetch(`${url}/devstoreaccount1/harbour?restype=container`, {
    method: "PUT",
    headers: {
      "x-ms-date": date,
      "x-ms-version": "2022-11-02",
      authorization: `SharedKey devstoreaccount1:${signature}`,
    },
  });
  expect(response.status).toBe(201);
}

for (const place of PLACES) {
  const program = place.program === undefined ? "" : findProgram(place.program);
  const needs = program === undefined ? ` (needs ${place.program})` : "";
  describe.skipIf(program === undefined)(`${place.title}${needs}`, () => {
    let store: ToolpackClient;
    let env: Env;
    let server: StoreServer | undefined;
    beforeAll(async () => {
      ({ server, env } = await place.start(program ?? ""));
      store = toolpackClient(createWorker({ env }));
    }, 90_000);
    afterAll(async () => {
      store.close();
      await server?.[Symbol.asyncDispose]();
    });

    it("keeps what is put, under names as they come", async () => {
      const keys = ["plain.txt", "a folder/with ü & ' (1)+%.md", "deep/er/and=deeper?.bin"];
      for (const key of keys) {
        const put = await store.call("storage_put", { key, text: `content of ${key}` });
        expect(put.isError, put.text).toBe(false);
        expect((await store.call("storage_get", { key })).value).toMatchObject({
          key,
          text: `content of ${key}`,
          cut: false,
        });
      }
      const { value } = await store.call("storage_list", {});
      const listed = value["objects"] as { key: string; size: number; modified: string }[];
      expect(listed.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
      expect(listed.find(({ key }) => key === "plain.txt")).toMatchObject({ size: 20 });
      expect(Date.parse(listed[0]?.modified ?? "")).toBeGreaterThan(Date.now() - 600_000);
      const folder = await store.call("storage_list", { prefix: "a folder/" });
      expect(folder.value["objects"]).toHaveLength(1);
    });

    it("keeps bytes as they are, replaces, and cuts what is long", async () => {
      const base64 = Buffer.from([0, 1, 2, 255, 254, 0]).toString("base64");
      await store.call("storage_put", { key: "bytes", base64, content_type: "application/x-ship" });
      expect((await store.call("storage_get", { key: "bytes" })).value).toMatchObject({
        base64,
        size: 6,
      });
      await store.call("storage_put", { key: "bytes", text: "x".repeat(5000) });
      const cut = await store.call("storage_get", { key: "bytes", max_bytes: 100 });
      expect(cut.value).toMatchObject({ text: "x".repeat(100), cut: true });
      await store.call("storage_put", { key: "bytes", text: "" });
      expect((await store.call("storage_get", { key: "bytes" })).value).toMatchObject({
        text: "",
        size: 0,
      });
    });

    it("lists in pages", async () => {
      const names = ["p/1", "p/2", "p/3", "p/4", "p/5"];
      for (const key of names) await store.call("storage_put", { key, text: "x" });
      const seen: string[] = [];
      let cursor: unknown;
      for (let page = 0; page < 5; page += 1) {
        const args = { prefix: "p/", limit: 2, ...(cursor === undefined ? {} : { cursor }) };
        const { value, text, isError } = await store.call("storage_list", args);
        expect(isError, text).toBe(false);
        seen.push(...(value["objects"] as { key: string }[]).map(({ key }) => key));
        cursor = value["next"];
        if (cursor === undefined) break;
      }
      expect(seen).toEqual(names);
    });

    it("deletes, and says what is not there", async () => {
      await store.call("storage_put", { key: "draft", text: "x" });
      for (let turn = 0; turn < 2; turn += 1) {
        expect((await store.call("storage_delete", { key: "draft" })).value).toEqual({
          key: "draft",
          gone: true,
        });
      }
      const { isError, text } = await store.call("storage_get", { key: "draft" });
      expect({ isError, text }).toEqual({
        isError: true,
        text: "There is no object draft.\nhint: Look with storage_list.",
      });
    });

    if (place.signs === undefined) return;
    it("signs addresses that need no credentials", async () => {
      const key = "signed/ü & more.txt";
      await store.call("storage_put", { key, text: "for you" });
      const { value, isError, text } = await store.call("storage_sign", { key });
      expect(isError, text).toBe(false);
      const url = String(value["url"]);
      const read = await fetch(url);
      expect({ status: read.status, text: await read.text() }).toEqual({
        status: 200,
        text: "for you",
      });
      const write = await store.call("storage_sign", { key, method: "PUT" });
      expect(write.isError).toBe(false);
      if (place.signs === "unchecked") return;
      const headers = { "x-ms-blob-type": "BlockBlob" };
      const sent = await fetch(String(write.value["url"]), {
        method: "PUT",
        body: "from you",
        headers,
      });
      expect(sent.ok).toBe(true);
      expect((await store.call("storage_get", { key })).value["text"]).toBe("from you");
      const broken = await fetch(url.replace("signed/", "signed/other-"));
      expect(broken.status).toBe(403);
    });

    if (place.signs === "unchecked") return;
    it("shows no secret when credentials are wrong", async () => {
      const wrong = Buffer.from("wrong key").toString("base64");
      const bad = { ...env, AZURE_STORAGE_KEY: wrong };
      const other = toolpackClient(createWorker({ env: bad }));
      const { isError, text } = await other.call("storage_list", {});
      other.close();
      expect(isError).toBe(true);
      expect(text).toMatch(/^Listing failed: HTTP 403 \w+\.\nhint: Check the credentials/);
      expect(text).not.toContain(wrong);
    });
  });
}
