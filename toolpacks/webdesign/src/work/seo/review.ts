/** seo_review: pages one by one, then what they say of each other, robots.txt and the sitemap. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import { parseHtml } from "../html/document.ts";
import { readSite } from "../site/site.ts";
import type { Site } from "../site/site.ts";
import { addressFindings, addressOf, hreflangFindings, repeatedFindings } from "./across.ts";
import type { SeoAnswer, SeoInput, SeoPage } from "./contract.ts";
import { reviewRobots, reviewSitemap } from "./crawl.ts";
import type { RobotsReview } from "./crawl.ts";
import { reviewPage } from "./page.ts";

export async function reviewSeo(input: SeoInput): Promise<SeoAnswer> {
  const base = baseOf(input.baseUrl);
  const site = await readSite(input, { maxPages: 200 });
  const reviewed = site.pages.map((page) =>
    reviewPage(page, parseHtml(site.files[page] ?? "", page)),
  );
  const robotsText = fileOf(site, "robots.txt");
  const robots =
    robotsText === undefined
      ? undefined
      : reviewRobots("robots.txt", robotsText, base ?? "https://site.invalid/");
  const sitemapText = fileOf(site, "sitemap.xml");
  const sitemap =
    sitemapText === undefined ? undefined : reviewSitemap("sitemap.xml", sitemapText, base);
  const pages = reviewed.map(({ page }) => withRobots(page, robots, base));
  const findings: Finding[] = [
    ...reviewed.flatMap((one) => one.findings),
    ...repeatedFindings(pages),
    ...hreflangFindings(pages, base),
    ...(base === undefined ? [] : addressFindings(pages, base, sitemap?.addresses)),
    ...(robots?.findings ?? []),
    ...(sitemap?.findings ?? []),
    ...blockedFindings(pages),
  ];
  return {
    pages,
    ...(robots === undefined ? {} : { robots: robots.facts }),
    ...(sitemap === undefined ? {} : { sitemap: sitemap.facts }),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function baseOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InputProblem("baseUrl must be the site's http or https address.");
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

function fileOf({ files }: Site, name: string): string | undefined {
  return Object.hasOwn(files, name) ? files[name] : undefined;
}

function withRobots(
  page: SeoPage,
  robots: RobotsReview | undefined,
  base: string | undefined,
): SeoPage {
  const address = addressOf(page.page, base ?? "https://site.invalid/");
  if (robots === undefined || robots.allows(address)) return page;
  return { ...page, indexable: false, blockedBy: [...page.blockedBy, "robots.txt"] };
}

/** A page that crawlers may not fetch cannot tell them to leave it out. */
function blockedFindings(pages: readonly SeoPage[]): Finding[] {
  return pages.flatMap(({ page, blockedBy }): Finding[] => {
    if (!blockedBy.includes("robots.txt")) return [];
    const location = { file: page, line: 1, column: 1 };
    const isBoth = blockedBy.length > 1;
    return [
      isBoth
        ? {
            rule: "noindex-unseen",
            severity: "error",
            message:
              "robots.txt keeps crawlers from reading the page's own noindex; its address may still be shown.",
            location,
            fix: "Allow it in robots.txt, or drop noindex.",
          }
        : {
            rule: "robots-blocked",
            severity: "warning",
            message: "robots.txt keeps crawlers from this page.",
            location,
          },
    ];
  });
}
