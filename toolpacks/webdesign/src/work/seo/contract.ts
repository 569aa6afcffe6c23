import type { FindingReport } from "flotilla/worker/review";
import type { SiteInput } from "../site/site.ts";

export interface SeoInput extends SiteInput {
  /** The site's own address, so that canonical links, hreflang and the sitemap can be held against the files. */
  baseUrl?: string;
  ignore?: string[];
}

export interface StructuredItem {
  types: string[];
  format: "json-ld" | "microdata" | "rdfa";
  valid: boolean;
  line: number;
}

export interface SeoPage {
  page: string;
  title: string;
  description: string;
  canonical: string;
  lang: string;
  indexable: boolean;
  /** Why not. */
  blockedBy: string[];
  headings: string[];
  words: number;
  openGraph: Record<string, string>;
  twitter: Record<string, string>;
  structuredData: StructuredItem[];
  alternates: { hreflang: string; href: string }[];
  links: { internal: number; external: number; nofollow: number };
}

export interface SeoAnswer extends FindingReport {
  pages: SeoPage[];
  robots?: { groups: number; sitemaps: string[] };
  sitemap?: { kind: "urlset" | "sitemapindex"; entries: number };
}
