import type { FindingReport } from "flotilla/worker/review";
import type { SiteInput } from "../site/site.ts";

export interface AuditInput extends SiteInput {
  level?: "A" | "AA" | "AAA";
  bestPractices?: boolean;
  scripts?: boolean;
  viewport?: { width: number; height: number };
  colorScheme?: "light" | "dark";
  ignore?: string[];
}

export interface PageAudit {
  page: string;
  title: string;
  /** Rules, not elements. */
  passed: number;
  failed: number;
  needsReview: number;
  notApplicable: number;
  /** What the page asked for that was not given. */
  missing: string[];
}

export interface AuditAnswer extends FindingReport {
  engine: "chromium" | "jsdom";
  engineVersion: string;
  axeVersion: string;
  level: "A" | "AA" | "AAA";
  /** What this engine could not see or do. */
  limits: string[];
  pages: PageAudit[];
}
