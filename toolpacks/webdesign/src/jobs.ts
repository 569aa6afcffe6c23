/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import type { AuditInput } from "./work/accessibility/contract.ts";
import type { ContrastInput } from "./work/colour/check.ts";
import type { PageContrastInput } from "./work/colour/page-contrast.ts";
import type { CssInput } from "./work/css/contract.ts";
import type { ValidateInput } from "./work/html/validate.ts";
import type { SeoInput } from "./work/seo/contract.ts";
import type { TokensInput } from "./work/tokens/contract.ts";
import type { WeightInput } from "./work/weight/contract.ts";

export const jobs = {
  accessibility_audit: async (input: AuditInput) =>
    (await import("./work/accessibility/audit-jsdom.node.ts")).auditInJsdom(input),
  html_validate: async (input: ValidateInput) =>
    (await import("./work/html/validate.ts")).validateHtml(input),
  css_analyze: async (input: CssInput) => (await import("./work/css/analyze.ts")).analyzeCss(input),
  contrast_from_css: async (input: PageContrastInput) =>
    (await import("./work/colour/page-contrast.ts")).contrastFromCss(input),
  contrast_check: async (input: ContrastInput) =>
    (await import("./work/colour/check.ts")).checkContrast(input),
  page_weight: async (input: WeightInput) =>
    (await import("./work/weight/review.ts")).weighPage(input),
  seo_review: async (input: SeoInput) => (await import("./work/seo/review.ts")).reviewSeo(input),
  design_tokens: async (input: TokensInput) =>
    (await import("./work/tokens/review.ts")).reviewTokens(input),
};

export type PackJobs = typeof jobs;
