import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
  readFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeToolpack, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

const folder = mkdtempSync(join(tmpdir(), "flotilla-storage-"));
const root = join(folder, "root");
mkdirSync(join(root, "reports"), { recursive: true });
writeFileSync(join(root, "reports/2026.md"), "# 2026");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REPLACES = { readOnlyHint: false, destructiveHint: true, idempotentHint: true };
const server = (env: Record<string, string>, fetch?: typeof globalThis.fetch) =>
  createWorker({ env, ...(fetch === undefined ? {} : { fetch }) });

describeToolpack(() => server({ STORAGE_URL: pathToFileURL(root).href }), {
  tools: ["storage_list", "storage_get", "storage_put", "storage_delete", "storage_sign"],
  catalog: new URL("../catalog.gen.json", import.meta.url),
  asksOutside: ["storage_list", "storage_get", "storage_put", "storage_delete", "storage_sign"],
  changes: { storage_put: REPLACES, storage_delete: REPLACES },
  takesNothing: ["storage_list"],
  // A folder has no addresses to sign; stores.test.ts has those that do.
  cannotHere: ["storage_sign"],
});

describe("a folder's walls", () => {
  const { call, close } = toolpackClient(server({ STORAGE_URL: pathToFileURL(root).href }));
  afterAll(close);
  writeFileSync(join(folder, "secret"), "root:");
  symlinkSync(join(folder, "secret"), join(root, "link"));
  symlinkSync(folder, join(root, "out"));

  it.each([
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "",
    "a\\b",
    "a\0b",
    "x".repeat(1025),
    "./a",
  ])("%.20j is no key", async (key) => {
    for (const name of ["storage_get", "storage_put", "storage_delete"]) {
      const args = name === "storage_put" ? { key, text: "x" } : { key };
      expect((await call(name, args)).isError).toBe(true);
    }
  });
  it("follows no link out", async () => {
    for (const key of ["link", "out/secret"]) {
      const { isError, text } = await call("storage_get", { key });
      expect({ isError, text }).toEqual({
        isError: true,
        text: "The key leads out of the folder.",
      });
    }
    expect((await call("storage_put", { key: "out/new", text: "x" })).isError).toBe(true);
    expect((await call("storage_put", { key: "out/deep/new", text: "x" })).isError).toBe(true);
    expect((await call("storage_delete", { key: "out/secret" })).isError).toBe(true);
    expect(existsSync(join(folder, "secret"))).toBe(true);
    expect(existsSync(join(folder, "new"))).toBe(false);
    expect(existsSync(join(folder, "deep"))).toBe(false);
    // The link itself is the folder's own: it is replaced, and what it led to stays.
    expect((await call("storage_put", { key: "link", text: "mine" })).isError).toBe(false);
    expect(readFileSync(join(folder, "secret"), "utf8")).toBe("root:");
  });
});

describe("settings and credentials", () => {
  it.each([
    [{}, "STORAGE_URL is not set."],
    [{ STORAGE_URL: "ftp://x" }, "STORAGE_URL names no store."],
    [{ STORAGE_URL: "s3://b" }, "There are no credentials for S3."],
    [{ STORAGE_URL: "azure://a/c" }, "There are no credentials for Azure."],
  ])("%j", async (env, message) => {
    const { call, close } = toolpackClient(server(env));
    const { isError, text } = await call("storage_list", {});
    close();
    expect(isError).toBe(true);
    expect(text).toContain(message);
  });

  it("keeps a token until shortly before it ends, whoever asks meanwhile", async () => {
    let nowMs = 0;
    let issued = 0;
    const seen: string[] = [];
    // Built from the vendors' descriptions: the machine's metadata server, and the JSON API's list.
    const fetch = (async (input: string, init: RequestInit) => {
      if (input.startsWith("http://metadata")) {
        issued += 1;
        return Response.json({ access_token: `t${issued}`, expires_in: 3600 });
      }
      seen.push(String((init.headers as Record<string, string>)["authorization"]));
      return Response.json({ items: [] });
    }) as typeof globalThis.fetch;
    const env = { STORAGE_URL: "gs://b" };
    const { call, close } = toolpackClient(createWorker({ env, fetch, now: () => nowMs }));
    await Promise.all([call("storage_list", {}), call("storage_list", {})]);
    nowMs = 3_295_000;
    await call("storage_list", {});
    nowMs = 3_305_000;
    await call("storage_list", {});
    close();
    expect(seen).toEqual(["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]);
  });
});
