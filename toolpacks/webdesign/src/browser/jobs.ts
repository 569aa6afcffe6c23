/** What is done in the browser's thread, by name. */
import type { AuditInput, AuditAnswer } from "../work/accessibility/contract.ts";
import type { PageContrastInput, PageContrastAnswer } from "../work/colour/page-contrast.ts";
import type { ResponsiveAnswer, ResponsiveInput } from "../work/responsive/contract.ts";

export interface ChromiumAt {
  path: string;
  /** The worker that asks: what its browser leaves behind carries this name. */
  owner: string;
}

/** Everything asked of the browser names which one. */
export type WithBrowser<Input> = Input & { chromium: ChromiumAt };

export const browserJobs = {
  accessibility_audit: async (input: WithBrowser<AuditInput>): Promise<AuditAnswer> =>
    (await import("./audit.node.ts")).auditInChromium(input),
  contrast_check: async (input: WithBrowser<PageContrastInput>): Promise<PageContrastAnswer> =>
    (await import("./contrast.node.ts")).contrastInChromium(input),
  responsive_check: async (input: WithBrowser<ResponsiveInput>): Promise<ResponsiveAnswer> =>
    (await import("./responsive.node.ts")).checkResponsive(input),
};

export type BrowserJobs = typeof browserJobs;
