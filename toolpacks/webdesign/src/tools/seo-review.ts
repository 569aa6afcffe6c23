import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Kit } from "../kit.ts";
import type { SeoAnswer, SeoInput } from "../work/seo/contract.ts";
import { siteProperties } from "../work/site/site.ts";
import { flag, listOf, shape, strings, text, whole } from "./schemas.ts";

const named = { type: "object", additionalProperties: text };
const page = shape({
  page: text,
  title: text,
  description: text,
  canonical: text,
  lang: text,
  indexable: flag,
  blockedBy: strings,
  headings: strings,
  words: whole,
  openGraph: named,
  twitter: named,
  structuredData: listOf(
    shape({
      types: strings,
      format: { enum: ["json-ld", "microdata", "rdfa"] },
      valid: flag,
      line: whole,
    }),
  ),
  alternates: listOf(shape({ hreflang: text, href: text })),
  links: shape({ internal: whole, external: whole, nofollow: whole }),
});
const output = answerObject(
  {
    pages: listOf(page),
    robots: shape({ groups: whole, sitemaps: strings }),
    sitemap: shape({ kind: { enum: ["urlset", "sitemapindex"] }, entries: whole }),
    ...reportProperties,
  },
  ["pages", ...reportRequired],
);

export function seoReview({ jobs }: Kit): Tool {
  return defineTool<SeoInput>({
    name: "seo_review",
    title: "Review for search engines",
    description:
      "Reviews what pages tell search engines and link previews: title, description, canonical address, robots, language, headings, Open Graph, JSON-LD and microdata with the properties that search engines require. With several files also repeated titles, hreflang without a way back, robots.txt that blocks pages, and the sitemap against the pages. Give baseUrl so that addresses can be compared.",
    input: plainObject({
      ...siteProperties("One HTML page."),
      baseUrl: {
        type: "string",
        minLength: 1,
        maxLength: 500,
        description: "The address of the files' root, such as https://example.com/.",
      },
      ignore: ignoreProperty,
    }),
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A product without offers, and a robots.txt that blocks it",
        arguments: {
          baseUrl: "https://example.com/",
          files: {
            "shop/tea.html":
              '<!doctype html>\n<html lang="en">\n<head>\n<title>Green tea from Shizuoka</title>\n<link rel="canonical" href="https://example.com/shop/tea.html">\n<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"Green tea"}</script>\n</head>\n<body><h1>Green tea</h1></body>\n</html>\n',
            "robots.txt": "User-agent: *\nDisallow: /shop/\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("seo_review", given, signal), (value) => structured(value, textOf(value))),
  });
}

function textOf(value: SeoAnswer): string {
  const { pages, robots, sitemap } = value;
  const open = pages.filter(({ indexable }) => indexable).length;
  return [
    `${open} of ${pages.length} pages may be indexed.`,
    ...(robots === undefined
      ? []
      : [`robots.txt: ${robots.groups} groups, ${robots.sitemaps.length} sitemaps.`]),
    ...(sitemap === undefined ? [] : [`Sitemap: ${sitemap.entries} entries.`]),
    summaryOf(value, 15),
  ].join("\n");
}
