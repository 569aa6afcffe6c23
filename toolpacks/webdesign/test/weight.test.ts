import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import harExamples from "har-examples";
import { chromium } from "playwright-core";
import { describe, expect, it } from "vitest";
import { findChromium } from "../src/browser/find.node.ts";
import { BROWSER_NEEDED, HAS_CHROMIUM, findingsOf, webdesignClient } from "./client.ts";
import { boilerplate, grayscale, tslibHtml } from "./real.ts";

const { call } = webdesignClient({ chromium: false });

describe("page_weight of HAR files", () => {
  it.each(Object.entries(harExamples))("weighs %s", async (name, har) => {
    const { value, isError, pictures } = await call("page_weight", { har });
    expect(isError, name).toBe(false);
    const [entry] = har.log.entries;
    expect(value).toMatchObject({
      source: "har",
      requests: 1,
      resources: [{ url: entry?.request.url, status: entry?.response.status }],
    });
    expect(pictures[0]).toContain("<svg");
  });

  const entry = (
    url: string,
    more: Record<string, unknown>,
    response: Record<string, unknown>,
  ): Record<string, unknown> => ({
    startedDateTime: "2026-01-01T00:00:00.000Z",
    time: 100,
    request: { method: "GET", url },
    response: { status: 200, headers: [], ...response },
    timings: { blocked: 0, dns: 10, connect: 20, ssl: 10, send: 0, wait: 50, receive: 20 },
    ...more,
  });

  it("finds what is not compressed, kept, or there, and whose it is", async () => {
    const header = (name: string, value: string): Record<string, string> => ({ name, value });
    const har = {
      log: {
        entries: [
          entry(
            "https://www.example.com/",
            {},
            {
              content: { size: 5_000, mimeType: "text/html" },
              bodySize: 1_200,
              headers: [header("Content-Encoding", "br")],
            },
          ),
          entry(
            "https://static.example.com/a.js",
            { _renderBlocking: "blocking" },
            {
              content: { size: 90_000, mimeType: "text/javascript" },
              bodySize: 90_000,
              headers: [header("Cache-Control", "max-age=60")],
            },
          ),
          entry(
            "https://other.net/b.png",
            {},
            {
              content: { size: 400_000, mimeType: "image/png" },
              _transferSize: 400_000,
              bodySize: -1,
              headers: [header("cache-control", "public, max-age=31536000")],
            },
          ),
          entry(
            "https://other.net/gone",
            {},
            { status: 404, content: { size: 0, mimeType: "text/html" } },
          ),
        ],
      },
    };
    const { value, rules } = await call("page_weight", { har, budget: { image: 100_000 } });
    expect(rules.toSorted()).toEqual([
      "budget",
      "failed-request",
      "heavy-image",
      "image-format",
      "not-compressed",
      "short-cache",
    ]);
    expect(value).toMatchObject({
      transferBytes: 491_200,
      bytes: 495_000,
      thirdPartyBytes: 400_000,
      blocking: ["https://static.example.com/a.js"],
    });
  });

  it("says what is no HAR, and where", async () => {
    for (const [har, place] of [
      [{}, "/log must be an object"],
      [{ log: { entries: 1 } }, "/log/entries must be an array"],
      [{ log: { entries: [{ request: {}, response: {} }] } }, "/log/entries/0/startedDateTime"],
    ] as const) {
      const { isError, text } = await call("page_weight", { har });
      expect(isError).toBe(true);
      expect(text).toContain(place);
    }
    const broken = await call("page_weight", { content: '{"log": ' });
    expect(broken.text).toContain("is not JSON");
  });
});

describe("page_weight of files", () => {
  it("counts what a page would load, and what was not given", async () => {
    const { value } = await call("page_weight", { files: grayscale });
    const css = grayscale["css/styles.css"];
    expect(value).toMatchObject({
      source: "files",
      requests: 3,
      bytes: Buffer.byteLength(Object.values(grayscale).join("")),
      blocking: ["css/styles.css"],
      missing: expect.arrayContaining(["assets/img/demo-image-01.jpg"]),
    });
    const sheet = (value["resources"] as { url: string; transferBytes: number }[]).find(
      ({ url }) => url === "css/styles.css",
    );
    // zlib at its default level, with a few bytes for another header.
    expect(Math.abs((sheet?.transferBytes ?? 0) - gzipSync(css).byteLength)).toBeLessThan(64);
  });

  it.each([
    ["html5-boilerplate", boilerplate, "css/style.css"],
    ["tslib", tslibHtml, "tslib.js"],
  ])("names what %s asks for", async (_, content, missing) => {
    const { value } = await call("page_weight", { content });
    expect(value["missing"]).toContain(missing);
  });

  it("follows imports, and finds what blocks and jumps", async () => {
    // 1 × 1 pixel.
    const gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    const { value, rules } = await call("page_weight", {
      files: {
        "index.html":
          '<!doctype html><head><title>x</title><link rel="stylesheet" href="a.css"><link rel="stylesheet" media="print" href="p.css"><script src="a.js"></script><script defer src="b.js"></script></head><img alt="" src="i.gif">',
        "a.css": '@import "b.css";\n@font-face{font-family:X;src:url(x.woff)}',
        "b.css": "a{color:red}",
        "p.css": "a{color:black}",
        "a.js": "1",
        "b.js": "2",
      },
      assets: { "i.gif": gif, "x.woff": gif },
    });
    expect(rules.toSorted()).toEqual([
      "blocking-script",
      "css-import",
      "font-display",
      "font-format",
      "image-no-size",
    ]);
    expect(findingsOf(value)).toContainEqual(
      expect.objectContaining({ fix: 'Add width="1" height="1".' }),
    );
    expect(value["blocking"]).toEqual(["a.css", "a.js", "b.css"]);
    const ends = (value["resources"] as { url: string; startMs: number; durationMs: number }[]).map(
      (one) => [one.url, one] as const,
    );
    const by = Object.fromEntries(ends);
    expect(by["b.css"]?.startMs).toBeGreaterThanOrEqual(
      (by["a.css"]?.startMs ?? 0) + (by["a.css"]?.durationMs ?? 0) - 1,
    );
  });
});

describe.skipIf(!HAS_CHROMIUM)(`page_weight of what Chromium recorded ${BROWSER_NEEDED}`, () => {
  it("tells the bytes that the server sent", async () => {
    const server = createServer((request, response) => {
      const path = (request.url ?? "/").slice(1) || "index.html";
      const text = Object.entries(grayscale).find(([name]) => name === path)?.[1];
      response.statusCode = text === undefined ? 404 : 200;
      response.setHeader(
        "content-type",
        path.endsWith(".css") ? "text/css" : path.endsWith(".js") ? "text/javascript" : "text/html",
      );
      response.end(text ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const folder = mkdtempSync(join(tmpdir(), "webdesign-har-"));
    const file = join(folder, "page.har");
    const browser = await chromium.launch({
      executablePath: findChromium() ?? "",
      chromiumSandbox: false,
    });
    try {
      const context = await browser.newContext({ recordHar: { path: file, content: "omit" } });
      const page = await context.newPage();
      await page.route("https://**", (route) => route.abort());
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await context.close();
      const { value, pictures } = await call("page_weight", {
        content: readFileSync(file, "utf8"),
      });
      const resources = value["resources"] as { url: string; bytes: number; kind: string }[];
      const sheet = resources.find(({ url }) => url.endsWith("css/styles.css"));
      expect(sheet).toMatchObject({
        kind: "style",
        bytes: Buffer.byteLength(grayscale["css/styles.css"]),
      });
      expect(findingsOf(value)).toContainEqual(
        expect.objectContaining({ rule: "not-compressed", object: sheet?.url }),
      );
      expect(pictures[0]).toContain("styles.css");
    } finally {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
