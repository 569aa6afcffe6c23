/** What only shows with several pages: the same title twice, hreflang without a way back, pages the sitemap forgot. */
import type { Finding } from "flotilla/worker/review";
import { encodePath } from "../site/site.ts";
import type { SeoPage } from "./contract.ts";

export function repeatedFindings(pages: readonly SeoPage[]): Finding[] {
  const repeated = (key: "title" | "description"): Finding[] => {
    const groups = Map.groupBy(
      pages.filter((page) => page[key] !== ""),
      (page) => page[key],
    );
    return [...groups].flatMap(([text, group]) =>
      group.slice(1).map((page): Finding => ({
        rule: `${key}-duplicate`,
        severity: "warning",
        message: `${group[0]?.page} has the same ${key}.`,
        location: { file: page.page, line: 1, column: 1 },
        evidence: text.slice(0, 200),
      })),
    );
  };
  return [...repeated("title"), ...repeated("description")];
}

/** `/about/` and `/about/index.html` are one address. */
export function addressOf(page: string, base: string): string {
  return normal(new URL(encodePath(page), base).href);
}

function normal(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.hash = "";
  return url.href.replace(/\/index\.x?html?$/i, "/");
}

export function hreflangFindings(pages: readonly SeoPage[], base: string | undefined): Finding[] {
  return pages.flatMap((page) => {
    if (page.alternates.length === 0) return [];
    const location = { file: page.page, line: 1, column: 1 };
    const own = base === undefined ? undefined : addressOf(page.page, base);
    return [
      ...page.alternates.flatMap((one) => codeFindings(one, location)),
      ...setFindings(page, own, location),
      ...(own === undefined || base === undefined
        ? []
        : returnFindings(page, own, { pages, base })),
    ];
  });
}

type Alternate = SeoPage["alternates"][number];

function codeFindings({ hreflang, href }: Alternate, location: Finding["location"]): Finding[] {
  const at = { ...(location === undefined ? {} : { location }), object: hreflang.slice(0, 50) };
  const found: Finding[] = [];
  if (hreflang.toLowerCase() !== "x-default" && !isLanguage(hreflang)) {
    found.push({
      rule: "hreflang-code",
      severity: "error",
      message: `"${hreflang.slice(0, 50)}" is no language (ISO 639-1), with or without script and region (ISO 3166-1).`,
      ...at,
      ...(/^[a-z]{2}-uk$/i.test(hreflang) ? { fix: "The United Kingdom is GB." } : {}),
    });
  }
  if (!/^https?:\/\//i.test(href)) {
    found.push({
      rule: "hreflang-relative",
      severity: "error",
      message: "hreflang needs an absolute address.",
      ...at,
      evidence: href.slice(0, 200),
    });
  }
  return found;
}

function isLanguage(tag: string): boolean {
  if (!/^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?$/i.test(tag)) return false;
  const { language, region } = new Intl.Locale(tag);
  // Aliases (UK for GB, iw for he) are not what search engines ask for.
  const [givenLanguage, ...rest] = tag.split("-");
  const givenRegion = rest.find((one) => one.length < 4)?.toUpperCase();
  if (language !== givenLanguage?.toLowerCase() || region !== givenRegion) return false;
  const knows = (type: "language" | "region", code: string): boolean =>
    new Intl.DisplayNames(["en"], { type, fallback: "none" }).of(code) !== undefined;
  return knows("language", language) && (region === undefined || knows("region", region));
}

function setFindings(
  page: SeoPage,
  own: string | undefined,
  location: Finding["location"],
): Finding[] {
  const at = location === undefined ? {} : { location };
  const names = page.alternates.map(({ hreflang }) => hreflang.toLowerCase());
  const found: Finding[] = names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => ({
      rule: "hreflang-repeated",
      severity: "error",
      message: `${name} is given twice.`,
      ...at,
      object: name,
    }));
  if (!names.includes("x-default")) {
    found.push({
      rule: "hreflang-default",
      severity: "info",
      message: "There is no x-default for everybody else.",
      ...at,
    });
  }
  if (own !== undefined && !page.alternates.some(({ href }) => normal(href) === own)) {
    found.push({
      rule: "hreflang-self",
      severity: "warning",
      message: "The page is not among its own alternates.",
      ...at,
      evidence: own,
    });
  }
  return found;
}

function returnFindings(
  page: SeoPage,
  own: string,
  { pages, base }: { pages: readonly SeoPage[]; base: string },
): Finding[] {
  return page.alternates.flatMap(({ href, hreflang }): Finding[] => {
    const other = pages.find((one) => addressOf(one.page, base) === normal(href));
    if (other === undefined || other === page) return [];
    if (other.alternates.some((back) => normal(back.href) === own)) return [];
    return [
      {
        rule: "hreflang-return",
        severity: "error",
        message: `${other.page} does not link back, so search engines ignore the pair.`,
        location: { file: page.page, line: 1, column: 1 },
        object: hreflang,
      },
    ];
  });
}

/** Canonical links to another host, and the sitemap against the pages. */
export function addressFindings(
  pages: readonly SeoPage[],
  base: string,
  sitemap: readonly string[] | undefined,
): Finding[] {
  const listed = sitemap === undefined ? undefined : new Set(sitemap.map((one) => normal(one)));
  return pages.flatMap((page): Finding[] => {
    const own = addressOf(page.page, base);
    const location = { file: page.page, line: 1, column: 1 };
    const { canonical } = page;
    const isElsewhere = canonical !== "" && normal(new URL(canonical, own).href) !== own;
    const found: Finding[] = [];
    if (isElsewhere) {
      found.push({
        rule: "canonical-elsewhere",
        severity: "warning",
        message: "The canonical address is another page's.",
        location,
        evidence: `${canonical.slice(0, 200)} instead of ${own}`,
      });
    }
    if (listed !== undefined && page.indexable && !isElsewhere && !listed.has(own)) {
      found.push({
        rule: "sitemap-missing-page",
        severity: "info",
        message: "The sitemap does not list this page.",
        location,
        evidence: own,
      });
    }
    if (listed?.has(own) === true && !page.indexable) {
      found.push({
        rule: "sitemap-noindex",
        severity: "warning",
        message: "The sitemap lists a page that asks not to be indexed.",
        location,
        evidence: own,
      });
    }
    return found;
  });
}
