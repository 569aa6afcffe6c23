import { describe, expect, test } from "vitest";
import { createDashboard } from "./serve.node.ts";

const dashboard = createDashboard();
const get = (path: string, init?: RequestInit): Promise<Response | undefined> =>
  dashboard.fetch(new Request(`http://127.0.0.1:7420${path}`, init));

describe("the dashboard's files", () => {
  test("the page comes with a policy that lets it load and talk to nothing else", async () => {
    const response = await get("/");
    expect(response?.status).toBe(200);
    expect(response?.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = response?.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response?.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("the page names no other origin", async () => {
    const page = (await (await get("/"))?.text()) ?? "";
    const css = (await (await get("/style.css"))?.text()) ?? "";
    expect(page + css).not.toMatch(/(?:src|href)="(?:https?:)?\/\/|url\(|@import/);
  });

  test("every module that a served module imports is served too", async () => {
    const map = JSON.parse(
      /importmap">([\s\S]*?)<\/script>/.exec((await (await get("/"))?.text()) ?? "")?.[1] ?? "{}",
    ) as { imports: Record<string, string> };
    const seen = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const response = await get(path);
      expect(response?.headers.get("content-type"), path).toMatch(/^text\/javascript/);
      const source = (await response?.text()) ?? "";
      for (const match of source.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)) {
        const name = match[1] ?? "";
        // What stands in a comment (types) is not loaded.
        if (name.endsWith(".ts")) continue;
        const target = name.startsWith(".")
          ? new URL(name, `http://x${path}`).pathname
          : map.imports[name];
        expect(target, `${path} imports ${name}`).toBeDefined();
        await visit(target ?? "");
      }
    };
    await visit("/app/main.js");
    expect(seen.size).toBeGreaterThan(15);
  });

  test("asked again with its tag, a file is not sent again", async () => {
    const first = await get("/app/main.js");
    const etag = first?.headers.get("etag") ?? "";
    const again = await get("/app/main.js", { headers: { "if-none-match": etag } });
    expect(again?.status).toBe(304);
    expect(await again?.text()).toBe("");
    const other = await get("/app/main.js", { headers: { "if-none-match": '"other"' } });
    expect(other?.status).toBe(200);
  });

  test("HEAD tells without sending, other methods are refused", async () => {
    const head = await get("/style.css", { method: "HEAD" });
    expect(await head?.text()).toBe("");
    expect(Number(head?.headers.get("content-length"))).toBeGreaterThan(1000);
    expect((await get("/", { method: "POST", body: "x" }))?.status).toBe(405);
  });

  test.each([
    "/nothing",
    "/serve.node.ts",
    "/package.json",
    "/app/",
    "/app/../package.json",
    "/app/..%2fpackage.json",
    "/app/%2e%2e/package.json",
    "/vendor/../serve.node.ts",
    "//etc/passwd",
    "/app/main.js/",
    "/mcp",
    "/api/v1/fleet",
  ])("%s is not the dashboard's", async (path) => {
    expect(await get(path)).toBeUndefined();
  });
});
