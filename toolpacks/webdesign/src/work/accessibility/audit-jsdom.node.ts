/** axe without a browser: structure, names and roles, but nothing that needs layout or painting. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { JSDOM, VirtualConsole, requestInterceptor } from "jsdom";
import { SITE, encodePath, pathOf, readSite } from "../site/site.ts";
import type { Site } from "../site/site.ts";
import { parseHtml } from "../html/document.ts";
import type { AuditAnswer, AuditInput } from "./contract.ts";
import { runAxe } from "./in-page.ts";
import type { RawAudit, RunOptions } from "./in-page.ts";
import { auditReport, axeOptions } from "./report.ts";
import type { AuditedPage } from "./report.ts";

/** These need boxes, painted colours or scrolling. */
const UNABLE = [
  "color-contrast",
  "color-contrast-enhanced",
  "link-in-text-block",
  "scrollable-region-focusable",
  "css-orientation-lock",
  "target-size",
];
/** jsdom matches every rule against every element it is asked about: large sheets would take minutes. */
const MAX_CSS = 60_000;

const LIMITS = [
  "Without a browser there is no layout: colour contrast, target size, scrolling regions and links told apart by colour alone were not checked.",
  "Scripts did not run, and frames and shadow trees made by scripts were not seen.",
];

export async function auditInJsdom(input: AuditInput): Promise<AuditAnswer> {
  const site = await readSite(input, { maxPages: 20 });
  const limits = [...LIMITS];
  if (cssOf(site) > MAX_CSS) {
    limits.push(
      `Stylesheets of together more than ${MAX_CSS} characters were not applied: what they hide counts as shown.`,
    );
  }
  const audited: AuditedPage[] = [];
  for (const page of site.pages) audited.push(await auditPage(site, page, input));
  const require = createRequire(import.meta.url);
  const { version }: { version: string } = require("jsdom/package.json");
  return auditReport(audited, input, { engine: "jsdom", engineVersion: version, limits });
}

async function auditPage(site: Site, page: string, input: AuditInput): Promise<AuditedPage> {
  const source = site.files[page] ?? "";
  // Refuses what nests too deep before jsdom recurses into it.
  parseHtml(source, page);
  const missing = new Set<string>();
  const window = await openWindow(site, page, missing);
  try {
    const require = createRequire(import.meta.url);
    window.eval(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const options: RunOptions = {
      axe: axeOptions(input, UNABLE),
      maxNodes: 50,
      withPasses: false,
    };
    const found: unknown = await window.eval(`(${runAxe.toString()})(${JSON.stringify(options)})`);
    const raw: RawAudit = JSON.parse(String(found));
    return { page, source, raw, missing: [...missing] };
  } finally {
    window.close();
  }
}

/** Every request is answered here, from what was given: none can leave. */
async function openWindow(
  site: Site,
  page: string,
  missing: Set<string>,
): Promise<JSDOM["window"]> {
  const isSmall = cssOf(site) <= MAX_CSS;
  const dom = new JSDOM(site.files[page] ?? "", {
    url: `${SITE}${encodePath(page)}`,
    runScripts: "outside-only",
    pretendToBeVisual: true,
    virtualConsole: new VirtualConsole(),
    resources: {
      interceptors: [
        requestInterceptor(async ({ url }: Request) => {
          const path = pathOf(url);
          const isSheet = path?.endsWith(".css") === true;
          const bytes =
            path === undefined || !isSheet || !isSmall ? undefined : await site.read(path);
          if (bytes === undefined && (!isSheet || isSmall) && missing.size < 50) {
            missing.add((path ?? url).slice(0, 300));
          }
          return bytes === undefined
            ? new Response(null, { status: 404 })
            : new Response(Uint8Array.from(bytes), { headers: { "content-type": "text/css" } });
        }),
      ],
    },
  });
  const { window } = dom;
  await new Promise<void>((resolve) => {
    if (window.document.readyState === "complete") resolve();
    else window.addEventListener("load", () => resolve(), { once: true });
  });
  return window;
}

function cssOf({ files }: Site): number {
  return Object.entries(files)
    .filter(([path]) => path.endsWith(".css"))
    .reduce((sum, [, text]) => sum + text.length, 0);
}
