/** Pages laid out at several widths in Chromium: what sticks out, is too small, or is cut off. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import type { Page } from "playwright-core";
import { attribute, elementAt, parseHtml, placeOf } from "../work/html/document.ts";
import type { HtmlDocument } from "../work/html/document.ts";
import type { ResponsiveAnswer, ResponsiveInput, ViewAnswer } from "../work/responsive/contract.ts";
import { findOverflow, findSmallTargets, findTexts, prepare } from "../work/responsive/in-page.ts";
import type { RawSize, Spot } from "../work/responsive/in-page.ts";
import { readSite } from "../work/site/site.ts";
import { sandboxNotes } from "./chromium.node.ts";
import type { WithBrowser } from "./jobs.ts";
import { visit } from "./visit.node.ts";

const WIDTHS = [360, 768, 1280];
/** Up to here a page is laid out as on a phone or tablet held upright. */
const MOBILE_UP_TO = 820;
/** WCAG 2.2, 2.5.8 (AA). */
const MIN_TARGET_PX = 24;
const MIN_TEXT_PX = 12;
const MAX_VIEWS = 12;
const MAX_SCREENSHOT_HEIGHT = 4_000;
const VIEW_MS = 15_000;

export async function checkResponsive(
  input: WithBrowser<ResponsiveInput>,
): Promise<ResponsiveAnswer> {
  const { widths = WIDTHS, scripts = false, screenshots = true } = input;
  const site = await readSite(input, { maxPages: MAX_VIEWS });
  if (site.pages.length * widths.length > MAX_VIEWS) {
    throw new InputProblem(
      `${site.pages.length} pages at ${widths.length} widths are more than ${MAX_VIEWS} views.`,
      { hint: "Name one page with page, or fewer widths." },
    );
  }
  const answer: Omit<ResponsiveAnswer, "findings" | "counts" | "truncated"> = {
    engineVersion: "",
    views: [],
    missing: [],
    limits: [
      ...(scripts ? [] : ["The pages' scripts did not run (scripts: true runs them)."]),
      ...sandboxNotes(),
    ],
    screenshots: [],
  };
  const findings: Finding[] = [];
  for (const path of site.pages) {
    const document = parseHtml(site.files[path] ?? "", path);
    findings.push(...metaFindings(document, path));
    for (const width of widths) {
      const { value, missing } = await visit(
        { ...input, site, path, scripts, context: contextOf(input, width), budgetMs: VIEW_MS },
        (page) => lookAt(page, { input, width, picture: screenshots }),
      );
      answer.engineVersion = value.version;
      answer.views.push(viewOf(value.raw, path, width));
      answer.missing = [...new Set([...answer.missing, ...missing])];
      findings.push(...layoutFindings(value.raw, { document, path, width, input }));
      if (value.png !== undefined) answer.screenshots.push({ page: path, width, png: value.png });
    }
  }
  return { ...answer, ...reportOf(findings, { ignore: input.ignore }) };
}

function contextOf({ height, colorScheme = "light" }: ResponsiveInput, width: number): object {
  const isMobile = width <= MOBILE_UP_TO;
  return {
    viewport: { width, height: height ?? (isMobile ? 800 : 900) },
    isMobile,
    hasTouch: isMobile,
    deviceScaleFactor: 1,
    colorScheme,
    reducedMotion: "reduce",
  };
}

interface RawView extends RawSize {
  overflowing: Spot[];
  smallTargets: Spot[];
  smallTexts: Spot[];
  cutTexts: Spot[];
}

interface Looked {
  raw: RawView;
  png?: string;
  version: string;
}

async function lookAt(
  page: Page,
  { input, width, picture }: { input: ResponsiveInput; width: number; picture: boolean },
): Promise<Looked> {
  const options = {
    width,
    minTargetPx: MIN_TARGET_PX,
    minTextPx: input.minTextPx ?? MIN_TEXT_PX,
    most: 30,
  };
  const size = await page.evaluate(prepare);
  const overflowing = await page.evaluate(findOverflow, options);
  const smallTargets = await page.evaluate(findSmallTargets, options);
  const { small, cut } = await page.evaluate(findTexts, options);
  const raw: RawView = { ...size, overflowing, smallTargets, smallTexts: small, cutTexts: cut };
  const version = page.context().browser()?.version() ?? "";
  if (!picture) return { raw, version };
  const height = Math.min(Math.max(raw.contentHeight, 1), MAX_SCREENSHOT_HEIGHT);
  const png = await page.screenshot({
    type: "png",
    fullPage: true,
    animations: "disabled",
    // What sticks out is cut: the picture shows what a person sees before scrolling sideways.
    clip: { x: 0, y: 0, width: Math.max(width, Math.min(raw.layoutWidth, 1_920)), height },
  });
  return { raw, version, png: png.toString("base64") };
}

function viewOf(raw: RawView, page: string, width: number): ViewAnswer {
  return {
    page,
    width,
    mobile: width <= MOBILE_UP_TO,
    layoutWidth: raw.layoutWidth,
    contentWidth: raw.contentWidth,
    contentHeight: raw.contentHeight,
    overflows: raw.contentWidth > Math.max(width, raw.layoutWidth) + 1,
    smallTargets: raw.smallTargets.length,
    smallTexts: raw.smallTexts.length,
  };
}

/** What the source alone tells. */
function metaFindings({ elements }: HtmlDocument, path: string): Finding[] {
  const meta = elements.find(
    (one) => one.tagName === "meta" && attribute(one, "name")?.toLowerCase() === "viewport",
  );
  if (meta === undefined) {
    return [
      {
        rule: "viewport-missing",
        severity: "error",
        message: "Phones lay the page out 980 px wide and shrink it.",
        location: { file: path, line: 1, column: 1 },
        fix: 'Add <meta name="viewport" content="width=device-width, initial-scale=1"> to the head.',
      },
    ];
  }
  const content = (attribute(meta, "content") ?? "").toLowerCase().replaceAll(/\s/g, "");
  const maximum = /maximum-scale=([\d.]+)/.exec(content)?.[1];
  const isLocked = /user-scalable=(?:no|0)/.test(content) || Number(maximum ?? 5) < 2;
  if (!isLocked) return [];
  return [
    {
      rule: "zoom-blocked",
      severity: "error",
      message: "The page forbids zooming.",
      location: placeOf(path, meta),
      evidence: content.slice(0, 200),
      fix: "Leave user-scalable and maximum-scale out.",
      reference: "WCAG 1.4.4",
    },
  ];
}

interface Where {
  document: HtmlDocument;
  path: string;
  width: number;
  input: ResponsiveInput;
}

function layoutFindings(raw: RawView, where: Where): Finding[] {
  const { width, input } = where;
  const found = (spots: readonly Spot[], about: (spot: Spot) => Finding): Finding[] =>
    spots.map((spot) => ({ ...about(spot), ...placed(spot, where) }));
  return [
    ...found(raw.overflowing, ({ label, px, detail }) => ({
      rule: "overflow",
      severity: "error",
      message: `At ${width} px, ${label} sticks out by ${px} px: ${detail}.`,
      fix: "Give it max-width: 100%, let it wrap, or scroll inside a box of its own.",
      reference: "WCAG 1.4.10",
    })),
    ...found(raw.smallTargets, ({ label, detail }) => ({
      rule: "small-target",
      severity: "warning",
      message: `At ${width} px, ${label} is ${detail}, and too near to another target.`,
      fix: `Make it at least ${MIN_TARGET_PX} × ${MIN_TARGET_PX} px, or give it room.`,
      reference: "WCAG 2.5.8",
    })),
    ...found(raw.smallTexts, ({ label, px, detail }) => ({
      rule: "small-text",
      severity: "warning",
      message: `At ${width} px, the text of ${label} is ${px} px: "${detail}".`,
      fix: `Use at least ${input.minTextPx ?? MIN_TEXT_PX} px.`,
    })),
    ...found(raw.cutTexts, ({ label, px, detail }) => ({
      rule: "cut-text",
      severity: "info",
      message: `At ${width} px, ${px} px of the text of ${label} are cut off: "${detail}".`,
      fix: "Let it wrap.",
    })),
  ];
}

function placed({ way, label, html }: Spot, { document, path, width }: Where): Partial<Finding> {
  const element = elementAt(document, way);
  return {
    object: `${label} @ ${width}`,
    evidence: html,
    location: element === undefined ? { file: path, line: 1, column: 1 } : placeOf(path, element),
  };
}
