/** What one page tells search engines, and what is missing in it. */
import type { Finding } from "flotilla/worker/review";
import { ancestors, attribute, placeOf, textOf } from "../html/document.ts";
import type { Element, HtmlDocument } from "../html/document.ts";
import { kindOfLink, outlineOf } from "../html/outline.ts";
import type { SeoPage } from "./contract.ts";
import { structuredData } from "./structured-data.ts";

/** About what result pages show before they cut: a guide, not a rule. */
const TITLE = { least: 10, most: 65 };
const DESCRIPTION = { least: 50, most: 170 };
const VAGUE = /^(?:click here|here|read more|more|link|this|learn more|details)[.…»→]*$/i;

export interface SeoParts {
  page: SeoPage;
  findings: Finding[];
}

interface Look {
  file: string;
  document: HtmlDocument;
  elements: readonly Element[];
  page: SeoPage;
}

export function reviewPage(file: string, document: HtmlDocument): SeoParts {
  const elements = document.elements.filter(
    (one) => !ancestors(one).some(({ tagName }) => tagName === "noscript" || tagName === "svg"),
  );
  const data = structuredData(file, elements);
  const page = { ...pageOf(file, document, elements), structuredData: data.items };
  const look: Look = { file, document, elements, page };
  return {
    page,
    findings: [
      ...titleFindings(look),
      ...descriptionFindings(look),
      ...canonicalFindings(look),
      ...headFindings(look),
      ...socialFindings(look),
      ...contentFindings(look),
      ...data.findings,
    ],
  };
}

function pageOf(
  file: string,
  document: HtmlDocument,
  elements: readonly Element[],
): Omit<SeoPage, "structuredData"> {
  const outline = outlineOf(document, file);
  const body = elements.find(({ tagName }) => tagName === "body");
  const robots = metas(elements, "name", /^(?:robots|googlebot)$/i).map((one) => contentOf(one));
  const blockedBy = robots.filter((one) => /\b(?:noindex|none)\b/i.test(one));
  return {
    page: file,
    title: outline.title,
    description: contentOf(metas(elements, "name", /^description$/i)[0]),
    canonical: hrefOf(linksOf(elements, "canonical")[0]),
    lang: outline.lang,
    indexable: blockedBy.length === 0,
    blockedBy: blockedBy.map((one) => `meta robots: ${one}`.slice(0, 200)),
    headings: outline.headings.filter(({ level }) => level === 1).map(({ text }) => text),
    words: body === undefined ? 0 : wordsOf(body),
    openGraph: pairsOf(metas(elements, "property", /^(?:og|article|product):/i), "property"),
    twitter: pairsOf(metas(elements, "name", /^twitter:/i), "name"),
    alternates: linksOf(elements, "alternate")
      .filter((one) => attribute(one, "hreflang") !== undefined)
      .map((one) => ({ hreflang: attribute(one, "hreflang") ?? "", href: hrefOf(one) }))
      .slice(0, 200),
    links: linkCounts(elements),
  };
}

export function metas(elements: readonly Element[], key: string, name: RegExp): Element[] {
  return elements.filter(
    (one) => one.tagName === "meta" && name.test(attribute(one, key)?.trim() ?? ""),
  );
}

export function linksOf(elements: readonly Element[], rel: string): Element[] {
  return elements.filter(
    (one) =>
      one.tagName === "link" &&
      (attribute(one, "rel") ?? "").toLowerCase().split(/\s+/).includes(rel),
  );
}

function contentOf(element: Element | undefined): string {
  const text = element === undefined ? "" : (attribute(element, "content") ?? "");
  return text.trim().slice(0, 1_000);
}

export function hrefOf(element: Element | undefined): string {
  const text = element === undefined ? "" : (attribute(element, "href") ?? "");
  return text.trim().slice(0, 2_000);
}

/** The first of each name: the later ones of a list (images) say more of the same. */
function pairsOf(elements: readonly Element[], key: string): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null);
  for (const one of elements.slice(0, 100)) {
    pairs[attribute(one, key)?.toLowerCase().slice(0, 100) ?? ""] ??= contentOf(one);
  }
  return { ...pairs };
}

function wordsOf(body: Element): number {
  return textOf(body).split(" ").filter(Boolean).length;
}

function linkCounts(elements: readonly Element[]): SeoPage["links"] {
  const counts = { internal: 0, external: 0, nofollow: 0 };
  for (const one of elements) {
    const href = one.tagName === "a" ? attribute(one, "href") : undefined;
    if (href === undefined) continue;
    const kind = kindOfLink(href);
    if (kind === "internal" || kind === "external") counts[kind] += 1;
    if (/\bnofollow\b/i.test(attribute(one, "rel") ?? "")) counts.nofollow += 1;
  }
  return counts;
}

function top(file: string): Pick<Finding, "location"> {
  return { location: { file, line: 1, column: 1 } };
}

function titleFindings({ elements, page, file }: Look): Finding[] {
  const titles = elements.filter(({ tagName }) => tagName === "title");
  const first = titles[0];
  if (first === undefined || page.title === "") {
    return [
      {
        rule: "title-missing",
        severity: "error",
        message: "The page has no title: results show something made up.",
        ...(first === undefined ? top(file) : { location: placeOf(file, first) }),
        fix: `Add <title> with ${TITLE.least} to ${TITLE.most} characters that only this page has.`,
      },
    ];
  }
  const location = placeOf(file, first);
  return [
    ...titles.slice(1).map((one): Finding => ({
      rule: "title-repeated",
      severity: "error",
      message: "The page has more than one title.",
      location: placeOf(file, one),
      fix: "Keep the first.",
    })),
    ...lengthFinding({ name: "title", text: page.title, bounds: TITLE, location }),
  ];
}

interface Measured {
  name: string;
  text: string;
  bounds: { least: number; most: number };
  location: Finding["location"];
}

function lengthFinding({ name, text, bounds, location }: Measured): Finding[] {
  const { length } = text;
  if (length >= bounds.least && length <= bounds.most) return [];
  const isShort = length < bounds.least;
  return [
    {
      rule: `${name}-${isShort ? "short" : "long"}`,
      severity: "info",
      message: `The ${name} has ${length} characters; results show about ${bounds.least} to ${bounds.most}.`,
      ...(location === undefined ? {} : { location }),
      evidence: text.slice(0, 200),
    },
  ];
}

function descriptionFindings({ elements, page, file }: Look): Finding[] {
  const found = metas(elements, "name", /^description$/i);
  const first = found[0];
  if (first === undefined || page.description === "") {
    return [
      {
        rule: "description-missing",
        severity: "warning",
        message: "The page has no description for results to show.",
        ...(first === undefined ? top(file) : { location: placeOf(file, first) }),
        fix: 'Add <meta name="description" content="…">.',
      },
    ];
  }
  const location = placeOf(file, first);
  return [
    ...found.slice(1).map((one): Finding => ({
      rule: "description-repeated",
      severity: "warning",
      message: "The page has more than one description.",
      location: placeOf(file, one),
      fix: "Keep one.",
    })),
    ...lengthFinding({
      name: "description",
      text: page.description,
      bounds: DESCRIPTION,
      location,
    }),
  ];
}

function canonicalFindings({ elements, file, page }: Look): Finding[] {
  const found = linksOf(elements, "canonical");
  const first = found[0];
  if (first === undefined) {
    if (!page.indexable) return [];
    return [
      {
        rule: "canonical-missing",
        severity: "info",
        message: "Nothing says which address of this page is the one to show.",
        ...top(file),
        fix: 'Add <link rel="canonical" href="https://…">.',
      },
    ];
  }
  const problems: Finding[] = [];
  const location = placeOf(file, first);
  if (found.length > 1) {
    problems.push({
      rule: "canonical-repeated",
      severity: "error",
      message: `The page has ${found.length} canonical links; search engines then follow none.`,
      location: placeOf(file, found[1] ?? first),
      fix: "Keep one.",
    });
  }
  if (!/^https?:\/\//i.test(page.canonical)) {
    problems.push({
      rule: "canonical-relative",
      severity: "warning",
      message: "The canonical address is not absolute.",
      location,
      evidence: page.canonical.slice(0, 200),
    });
  }
  if (ancestors(first).every(({ tagName }) => tagName !== "head")) {
    problems.push({
      rule: "canonical-outside-head",
      severity: "error",
      message: "The canonical link stands outside the head, where it is ignored.",
      location,
    });
  }
  return problems;
}

function headFindings({ elements, page, file }: Look): Finding[] {
  const problems: Finding[] = [];
  const robots = metas(elements, "name", /^(?:robots|googlebot)$/i)[0];
  if (!page.indexable && robots !== undefined) {
    problems.push({
      rule: "noindex",
      severity: "warning",
      message: "The page asks to be left out of search results.",
      location: placeOf(file, robots),
      evidence: contentOf(robots),
      fix: "Remove it, if the page is meant to be found.",
    });
  }
  if (page.lang === "") {
    problems.push({
      rule: "lang-missing",
      severity: "warning",
      message: "The page does not say its language.",
      ...top(file),
      fix: 'Write <html lang="en">.',
    });
  }
  if (metas(elements, "name", /^viewport$/i).length === 0) {
    problems.push({
      rule: "viewport-missing",
      severity: "warning",
      message: "The page is not made for phones, which is how search engines look at it.",
      ...top(file),
      fix: 'Add <meta name="viewport" content="width=device-width, initial-scale=1">.',
    });
  }
  return problems;
}

const NEEDED_OG = ["og:title", "og:type", "og:image", "og:url"];

function socialFindings({ page, file, elements }: Look): Finding[] {
  const { openGraph } = page;
  const missing = NEEDED_OG.filter((name) => (openGraph[name] ?? "") === "");
  if (missing.length === NEEDED_OG.length) {
    return [
      {
        rule: "open-graph-missing",
        severity: "info",
        message: "Shared links have no preview: there is no Open Graph data.",
        ...top(file),
        fix: "Add og:title, og:type, og:image and og:url.",
      },
    ];
  }
  const first = metas(elements, "property", /^og:/i)[0];
  const location = first === undefined ? { file, line: 1, column: 1 } : placeOf(file, first);
  const problems: Finding[] = missing.map((name) => ({
    rule: "open-graph-incomplete",
    severity: "warning",
    message: `${name} is missing; the Open Graph protocol needs it.`,
    location,
    object: name,
  }));
  for (const name of ["og:image", "og:url"]) {
    const value = openGraph[name] ?? "";
    if (value === "" || /^https?:\/\//i.test(value)) continue;
    problems.push({
      rule: "open-graph-relative",
      severity: "error",
      message: `${name} is not an absolute address; previews will not load it.`,
      location,
      object: name,
      evidence: value.slice(0, 200),
    });
  }
  return problems;
}

function contentFindings({ elements, page, file }: Look): Finding[] {
  const problems: Finding[] = [];
  if (page.headings.length === 0) {
    problems.push({
      rule: "heading-missing",
      severity: "warning",
      message: "The page has no <h1>.",
      ...top(file),
    });
  }
  for (const one of elements) {
    if (one.tagName === "img" && attribute(one, "alt") === undefined) {
      problems.push({
        rule: "image-alt-missing",
        severity: "warning",
        message: "The image has no text alternative, so image search knows nothing of it.",
        location: placeOf(file, one),
        object: (attribute(one, "src") ?? "").slice(0, 200),
      });
    }
    const text = one.tagName === "a" && attribute(one, "href") !== undefined ? textOf(one) : "";
    if (VAGUE.test(text)) {
      problems.push({
        rule: "link-vague",
        severity: "info",
        message: `"${text}" says nothing about where the link goes.`,
        location: placeOf(file, one),
        object: hrefOf(one).slice(0, 200),
      });
    }
  }
  return problems;
}
