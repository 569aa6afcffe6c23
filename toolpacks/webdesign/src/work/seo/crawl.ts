/** robots.txt (RFC 9309) and sitemaps: what crawlers are told beside the pages. */
import type { Finding } from "flotilla/worker/review";
import robotsModule from "robots-parser";
import { SaxesParser } from "saxes";
import type { SeoAnswer } from "./contract.ts";

/** The module is the function itself, which its types do not say. */
// eslint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const robotsParser = robotsModule as unknown as typeof robotsModule.default;

/** RFC 9309: crawlers may stop reading there. */
const MAX_ROBOTS_BYTES = 500 * 1024;
/** sitemaps.org */
const MAX_URLS = 50_000;
const KNOWN = /^(?:user-agent|allow|disallow|sitemap|crawl-delay|host|clean-param)$/i;
const CHANGES = new Set(["always", "hourly", "daily", "weekly", "monthly", "yearly", "never"]);
const W3C_DATE =
  /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/;

export interface RobotsReview {
  facts: NonNullable<SeoAnswer["robots"]>;
  findings: Finding[];
  /** Whether Googlebot may fetch an address. */
  allows(address: string): boolean;
}

export function reviewRobots(file: string, text: string, base: string): RobotsReview {
  const findings: Finding[] = [];
  let groups = 0;
  let inAgents = false;
  text.split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = raw
      .replace(/^\uFEFF/, "")
      .replace(/#.*$/, "")
      .trim();
    if (line === "") return;
    const colon = line.indexOf(":");
    const key = (colon === -1 ? line : line.slice(0, colon)).trim();
    const value = colon === -1 ? "" : line.slice(colon + 1).trim();
    const location = { file, line: index + 1, column: 1 };
    const isAgent = /^user-agent$/i.test(key);
    if (isAgent && !inAgents) groups += 1;
    const isRule = /^(?:allow|disallow)$/i.test(key);
    if (isRule && groups === 0)
      findings.push(
        lineFinding(
          "robots-no-agent",
          "The rule stands before any user-agent and counts for nobody.",
          { location, line },
        ),
      );
    if (colon === -1 || !KNOWN.test(key))
      findings.push(
        lineFinding("robots-unknown", "Crawlers ignore this line.", { location, line }),
      );
    if (isRule && value !== "" && !/^[/*]/.test(value))
      findings.push(lineFinding("robots-path", "A path starts with / (or *).", { location, line }));
    if (/^sitemap$/i.test(key) && !/^https?:\/\//i.test(value))
      findings.push(
        lineFinding("robots-sitemap-relative", "A sitemap's address must be absolute.", {
          location,
          line,
        }),
      );
    inAgents = isAgent;
  });
  if (new TextEncoder().encode(text).byteLength > MAX_ROBOTS_BYTES) {
    findings.push(
      lineFinding("robots-size", "Crawlers read 500 KiB only.", {
        location: { file, line: 1, column: 1 },
        line: "",
      }),
    );
  }
  const robots = robotsParser(new URL("/robots.txt", base).href, text);
  const allows = (address: string): boolean => robots.isAllowed(address, "Googlebot") !== false;
  if (!allows(new URL("/", base).href)) {
    findings.unshift({
      rule: "robots-all-blocked",
      severity: "error",
      message: "robots.txt keeps Googlebot from the front page.",
      location: { file, line: 1, column: 1 },
    });
  }
  return { facts: { groups, sitemaps: robots.getSitemaps().slice(0, 100) }, findings, allows };
}

function lineFinding(
  rule: string,
  message: string,
  { location, line }: { location: Finding["location"]; line: string },
): Finding {
  return {
    rule,
    severity: "warning",
    message,
    ...(location === undefined ? {} : { location }),
    ...(line === "" ? {} : { evidence: line.slice(0, 200) }),
  };
}

export interface SitemapReview {
  facts: NonNullable<SeoAnswer["sitemap"]>;
  findings: Finding[];
  addresses: string[];
}

/** Entities other than XML's own five are not expanded by the parser: nothing can blow up. */
export function reviewSitemap(file: string, text: string, base: string | undefined): SitemapReview {
  const review: SitemapReview = {
    facts: { kind: "urlset", entries: 0 },
    findings: [],
    addresses: [],
  };
  const parser = new SaxesParser({ xmlns: false, position: true });
  const here = (): NonNullable<Finding["location"]> => ({
    file,
    line: parser.line,
    column: Math.max(1, parser.column),
  });
  const path: string[] = [];
  let words = "";
  parser.on("opentag", ({ name }) => {
    path.push(name);
    words = "";
    if (path.length === 1 && name === "sitemapindex") review.facts.kind = "sitemapindex";
    if (path.length === 1 && name !== "sitemapindex" && name !== "urlset") {
      review.findings.push({
        rule: "sitemap-root",
        severity: "error",
        message: `A sitemap is <urlset> or <sitemapindex>, not <${name.slice(0, 50)}>.`,
        location: here(),
      });
    }
    if (path.length === 2) review.facts.entries += 1;
  });
  parser.on("text", (text) => {
    if (words.length < 5_000) words += text;
  });
  parser.on("closetag", ({ name }) => {
    if (path.length === 3) entryPart({ name, value: words.trim(), location: here(), base }, review);
    path.pop();
    words = "";
  });
  let isBroken = false;
  parser.on("error", (error) => {
    if (isBroken) return;
    isBroken = true;
    review.findings.push({
      rule: "sitemap-syntax",
      severity: "error",
      message: `The sitemap is not well-formed XML: ${error.message.slice(0, 150)}.`,
      location: here(),
    });
  });
  parser.write(text).close();
  if (review.facts.entries > MAX_URLS) {
    review.findings.push({
      rule: "sitemap-size",
      severity: "error",
      message: `A sitemap holds at most ${MAX_URLS} addresses; this one has ${review.facts.entries}.`,
      location: { file, line: 1, column: 1 },
      fix: "Split it, and list the parts in a <sitemapindex>.",
    });
  }
  return review;
}

interface EntryPart {
  name: string;
  value: string;
  location: NonNullable<Finding["location"]>;
  base: string | undefined;
}

function entryPart({ name, value, location, base }: EntryPart, review: SitemapReview): void {
  const add = (rule: string, message: string): void => {
    review.findings.push({
      rule,
      severity: "warning",
      message,
      location,
      evidence: value.slice(0, 200),
    });
  };
  if (name === "loc") {
    review.addresses.push(value);
    if (!URL.canParse(value)) add("sitemap-address", "The address is not absolute.");
    else if (base !== undefined && new URL(value).host !== new URL(base).host) {
      add("sitemap-host", "The address belongs to another host.");
    }
  }
  if (name === "lastmod" && !W3C_DATE.test(value)) add("sitemap-date", "lastmod is no W3C date.");
  if (name === "changefreq" && !CHANGES.has(value))
    add("sitemap-change", "changefreq is not one of the known words.");
  if (name === "priority" && !(Number(value) >= 0 && Number(value) <= 1)) {
    add("sitemap-priority", "priority is a number from 0 to 1.");
  }
}
