/** axe in Chromium: what a person's browser would show. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import type { AuditAnswer, AuditInput } from "../work/accessibility/contract.ts";
import { runAxe } from "../work/accessibility/in-page.ts";
import type { RawAudit, RunOptions } from "../work/accessibility/in-page.ts";
import { auditReport, axeOptions } from "../work/accessibility/report.ts";
import type { AuditedPage } from "../work/accessibility/report.ts";
import { parseHtml } from "../work/html/document.ts";
import { readSite } from "../work/site/site.ts";
import { sandboxNotes } from "./chromium.node.ts";
import type { WithBrowser } from "./jobs.ts";
import { visit } from "./visit.node.ts";

const PAGE_MS = 25_000;

export async function auditInChromium(input: WithBrowser<AuditInput>): Promise<AuditAnswer> {
  const { chromium, scripts = false, colorScheme = "light" } = input;
  const site = await readSite(input, { maxPages: 20 });
  const audited: AuditedPage[] = [];
  let engineVersion = "";
  for (const path of site.pages) {
    const source = site.files[path] ?? "";
    parseHtml(source, path);
    const context = {
      viewport: input.viewport ?? { width: 1280, height: 800 },
      colorScheme,
      reducedMotion: "reduce" as const,
    };
    const { value, missing } = await visit(
      { chromium, site, path, scripts, context, budgetMs: PAGE_MS },
      async (page) => {
        engineVersion = page.context().browser()?.version() ?? "";
        return axeIn(page, { axe: axeOptions(input), maxNodes: 50, withPasses: false });
      },
    );
    audited.push({ page: path, source, raw: value, missing });
  }
  return auditReport(audited, input, {
    engine: "chromium",
    engineVersion,
    limits: [
      "A machine finds perhaps half of what hinders people: keyboard order, meaning of texts and captions need a person.",
      ...(scripts ? [] : ["The pages' scripts did not run (scripts: true runs them)."]),
      ...sandboxNotes(),
    ],
  });
}

/** axe's results on a page that has loaded. */
export async function axeIn(page: Page, options: RunOptions): Promise<RawAudit> {
  const require = createRequire(import.meta.url);
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  return JSON.parse(await page.evaluate(runAxe, options));
}
