import { describeToolpack } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";
import { BROWSER_NEEDED, HAS_CHROMIUM, webdesignClient } from "./client.ts";

describe.skipIf(!HAS_CHROMIUM)(`the whole pack ${BROWSER_NEEDED}`, () => {
  describeToolpack(() => createWorker(), {
    tools: [
      "accessibility_audit",
      "html_validate",
      "css_analyze",
      "contrast_check",
      "page_weight",
      "responsive_check",
      "seo_review",
      "design_tokens",
    ],
    catalog: new URL("../catalog.gen.json", import.meta.url),
  });
});

const deepHtml = "<div>".repeat(50_000);
const deepCss = `${"@media screen{".repeat(50_000)}a{color:red}`;
const oddNames = {
  "__proto__.html": "<!doctype html><title>x</title>",
  "constructor/index.html": '<a href="__proto__">\uFFFD\u0000</a>',
  "toString.css": ".__proto__{constructor:red;--__proto__:1px}",
};

describe("hostile and odd input", () => {
  const { call } = webdesignClient({ chromium: false });
  const TEXT_TOOLS = ["accessibility_audit", "html_validate", "page_weight", "seo_review"];
  const CSS_TOOLS = ["css_analyze", "design_tokens"];

  it.each(TEXT_TOOLS)("%s refuses a page that nests without end", async (name) => {
    const { isError, text } = await call(name, { content: deepHtml });
    expect(isError).toBe(true);
    expect(text).toContain("nest deeper than 512");
    expect(text).toMatch(/index\.html, line 1, column \d+/);
  });

  it.each(CSS_TOOLS)("%s refuses brackets that nest without end", async (name) => {
    for (const content of [deepCss, `a{width:${"calc(".repeat(5_000)}`, "{".repeat(50_000)]) {
      const { isError, text } = await call(name, { content });
      expect(isError).toBe(true);
      expect(text).toContain("Brackets nest deeper than 100");
    }
  });

  it.each(TEXT_TOOLS)("%s takes odd names and an empty page", async (name) => {
    const odd = await call(name, { files: oddNames, page: "constructor/index.html" });
    expect(odd.isError, odd.text).toBe(false);
    const empty = await call(name, { content: "" });
    expect(empty.isError, empty.text).toBe(false);
  });

  it("takes long lines of almost-matches without slowing down", async () => {
    const content = `<!doctype html><html lang="en"><title>${" ".repeat(200_000)}x</title><p>${"a ".repeat(100_000)}</p><a href="${"-".repeat(100_000)}">here${" .".repeat(50_000)}</a></html>`;
    for (const name of ["html_validate", "seo_review"]) {
      const { isError, text } = await call(name, { content });
      expect(isError, text).toBe(false);
    }
    const css = `a{color:${"v".repeat(100_000)};background:${"var(--a,".repeat(90)}${")".repeat(90)}}${"/".repeat(100_000)}`;
    for (const name of CSS_TOOLS) {
      const { text } = await call(name, { content: css });
      expect(text.length).toBeGreaterThan(10);
    }
  });

  it("says which of the files it cannot use", async () => {
    const { isError, text } = await call("html_validate", { files: { "a.css": "a{}" } });
    expect(isError).toBe(true);
    expect(text).toContain("Files: a.css");
    const missing = await call("seo_review", { files: oddNames, page: "b.html" });
    expect(missing.text).toContain('There is no page "b.html"');
  });

  it("is told what to install where there is no Chromium", async () => {
    for (const [name, extra] of [
      ["responsive_check", {}],
      ["accessibility_audit", { engine: "chromium" }],
    ] as const) {
      const { isError, text } = await call(name, { content: "<p>x</p>", ...extra });
      expect(isError).toBe(true);
      expect(text).toContain("apt-get install chromium");
      expect(text).toContain("FLOTILLA_CHROMIUM");
    }
  });
});
