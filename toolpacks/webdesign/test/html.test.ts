import { describe, expect, it } from "vitest";
import { findingsOf, webdesignClient } from "./client.ts";
import { boilerplate, grayscale, tslibHtml } from "./real.ts";

const { call } = webdesignClient({ chromium: false });

describe("html_validate", () => {
  // The same as html-validate's own command line says of these files, plus the pack's structure rules.
  it.each([
    ["html5-boilerplate", boilerplate, ["empty-title 7", "landmark-main-missing 1"]],
    ["tslib", tslibHtml, ["missing-doctype 1", "landmark-main-missing 1"]],
    [
      "grayscale",
      grayscale["index.html"],
      [
        "heading-level 72",
        "heading-level 159",
        "wcag/h30 187",
        "wcag/h30 188",
        "wcag/h30 189",
        "landmark-main-missing 1",
      ],
    ],
  ])("validates %s", async (_, content, expected) => {
    const { value } = await call("html_validate", { content });
    const found = findingsOf(value).map(({ rule, location }) => `${rule} ${location?.line}`);
    expect(found).toEqual(expect.arrayContaining(expected));
  });

  it("tells the outline of a page", async () => {
    const { value } = await call("html_validate", { content: grayscale["index.html"] });
    expect(value["pages"]).toMatchObject([
      {
        lang: "en",
        title: "Grayscale - Start Bootstrap Theme",
        headings: expect.arrayContaining([
          expect.objectContaining({ level: 1, text: "Grayscale" }),
        ]),
        landmarks: expect.arrayContaining([expect.objectContaining({ role: "navigation" })]),
        forms: [
          { controls: [{ kind: "button", label: "Toggle navigation" }] },
          { line: 121, controls: [{ kind: "email" }, { kind: "button", label: "Notify Me!" }] },
        ],
      },
    ]);
  });

  it("follows links between the files that were given", async () => {
    const { value } = await call("html_validate", {
      files: {
        "index.html":
          '<!doctype html><html lang="en"><title>a</title><main><h1>a</h1><a href="docs/">1</a><a href="docs/#b">2</a><a href="docs/#no">3</a><a href="gone.html">4</a><a href="https://example.com/x">5</a></main></html>',
        "docs/index.html":
          '<!doctype html><html lang="en"><title>b</title><main><h1 id="b">b</h1><a href="../index.html">1</a><a href="#top">2</a><a href="#x">3</a></main></html>',
      },
    });
    const links = findingsOf(value).filter(({ rule }) => /link|anchor/.test(rule));
    expect(links.map(({ rule, object }) => `${rule} ${object}`)).toEqual([
      "anchor-missing #x",
      "anchor-missing docs/#no",
      "link-target-missing gone.html",
    ]);
  });

  it("gives a patch where the validator can fix it", async () => {
    const content =
      '<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><p class="a b a">x</p></body></html>\n';
    const { value } = await call("html_validate", { content, profile: "strict" });
    const twice = findingsOf(value).find(({ rule }) => rule === "no-dup-class");
    expect(twice?.patch).toMatch(/^\+.*<p class="a b">x/m);
  });
});

describe("seo_review", () => {
  it.each([
    [
      "html5-boilerplate",
      boilerplate,
      ["title-missing", "lang-missing", "heading-missing", "description-missing"],
    ],
    ["tslib", tslibHtml, ["title-missing", "viewport-missing"]],
    ["grayscale", grayscale["index.html"], ["description-missing", "open-graph-missing"]],
  ])("reviews %s", async (_, content, expected) => {
    const { rules, value } = await call("seo_review", { content });
    expect(rules).toEqual(expect.arrayContaining(expected));
    expect(value["pages"]).toMatchObject([{ indexable: true }]);
  });

  it("reads JSON-LD, and what its types need", async () => {
    const block = (json: string): string => `<script type="application/ld+json">${json}</script>`;
    const content = `<!doctype html><html lang="en"><title>A long enough title</title>${block('{"@context":"https://schema.org","@graph":[{"@type":"Event","name":"x","startDate":"next week"},{"@type":["Product"],"name":"y","offers":{"@type":"Offer"}}]}')}${block("{oops}")}`;
    const { value } = await call("seo_review", { content });
    const found = findingsOf(value).filter(({ rule }) => /json-ld|structured/.test(rule));
    expect(found.map(({ rule, object }) => `${rule} ${object}`)).toEqual([
      "structured-data-required Event.location",
      "json-ld-syntax undefined",
      "structured-data-date startDate",
    ]);
    expect(value["pages"]).toMatchObject([
      {
        structuredData: [
          { types: ["Event"], valid: false },
          { types: ["Product"], valid: true },
          { types: ["Offer"] },
          { types: [], valid: false },
        ],
      },
    ]);
  });

  const page = (head: string): string =>
    `<!doctype html><html lang="en"><head><title>A long enough title</title>${head}</head><h1>x</h1></html>`;
  const alternate = (lang: string, href: string): string =>
    `<link rel="alternate" hreflang="${lang}" href="https://example.com/${href}">`;

  it("holds hreflang, robots.txt and sitemap against the pages", async () => {
    const { value, rules } = await call("seo_review", {
      baseUrl: "https://example.com",
      files: {
        "en/index.html": page(
          `${alternate("en", "en/")}${alternate("de", "de/")}${alternate("en-UK", "en/")}`,
        ),
        "de/index.html": page(alternate("de", "de/")),
        "private/a.html": page('<meta name="robots" content="noindex">'),
        "robots.txt": "User-agent: *\nDisallow: /private/\nNoindex: /x\nSitemap: /sitemap.xml\n",
        "sitemap.xml":
          '<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://example.com/en/</loc><lastmod>yesterday</lastmod></url><url><loc>https://elsewhere.org/</loc></url></urlset>',
      },
    });
    expect(value["sitemap"]).toEqual({ kind: "urlset", entries: 2 });
    expect(value["robots"]).toEqual({ groups: 1, sitemaps: ["/sitemap.xml"] });
    expect(rules).toEqual(
      expect.arrayContaining([
        "hreflang-return",
        "hreflang-code",
        "noindex-unseen",
        "robots-unknown",
        "robots-sitemap-relative",
        "sitemap-date",
        "sitemap-host",
        "sitemap-missing-page",
        "title-duplicate",
      ]),
    );
  });

  it("does not blow up on entities, and tells where XML breaks", async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, at) => `<!ENTITY b${at} "${"&a;".repeat(50)}">`).join("")}]>\n<urlset><url><loc>&b1;</loc></url></urlset>`;
    const { value, isError } = await call("seo_review", {
      files: { "a.html": page(""), "sitemap.xml": bomb },
    });
    expect(isError).toBe(false);
    expect(findingsOf(value)).toContainEqual(
      expect.objectContaining({
        rule: "sitemap-syntax",
        location: expect.objectContaining({ line: 2 }),
      }),
    );
  });
});
