import { defineTool, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Kit } from "../kit.ts";
import type { ResponsiveAnswer, ResponsiveInput } from "../work/responsive/contract.ts";
import { siteProperties } from "../work/site/site.ts";
import {
  colorSchemeProperty,
  flag,
  listOf,
  scriptsProperty,
  shape,
  strings,
  text,
  whole,
} from "./schemas.ts";

const input = plainObject({
  ...siteProperties("One HTML page."),
  widths: {
    type: "array",
    items: { type: "integer", minimum: 200, maximum: 2_560 },
    minItems: 1,
    maxItems: 6,
    uniqueItems: true,
    description: "In CSS pixels. Default 360, 768, 1280. Up to 820 as a phone or tablet.",
  },
  height: { type: "integer", minimum: 200, maximum: 2_000 },
  screenshots: { type: "boolean", description: "Default true." },
  minTextPx: { type: "number", minimum: 1, maximum: 40, description: "Default 12." },
  colorScheme: colorSchemeProperty,
  scripts: scriptsProperty,
  ignore: ignoreProperty,
});
const view = shape({
  page: text,
  width: whole,
  mobile: flag,
  layoutWidth: whole,
  contentWidth: whole,
  contentHeight: whole,
  overflows: flag,
  smallTargets: whole,
  smallTexts: whole,
});
const output = answerObject(
  {
    engineVersion: text,
    views: listOf(view),
    missing: strings,
    limits: strings,
    ...reportProperties,
  },
  ["engineVersion", "views", "missing", "limits", ...reportRequired],
);

export function responsiveCheck({ browsing }: Kit): Tool {
  return defineTool<ResponsiveInput>({
    name: "responsive_check",
    title: "Check responsiveness",
    description:
      "Lays HTML pages out in a real Chromium at several widths and looks: what sticks out sideways, touch targets below 24 px that crowd each other (WCAG 2.5.8), text that is too small or cut off, a missing or locked viewport; with a screenshot of each width. Pass the page's CSS in files and its images in assets. Needs Chromium on the machine.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 120_000,
    maxConcurrent: 4,
    examples: [
      {
        title: "A box that is too wide for a phone",
        arguments: {
          widths: [360, 1280],
          screenshots: false,
          content:
            '<!doctype html>\n<html lang="en">\n<head>\n<title>x</title>\n<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n<body>\n<h1>Prices</h1>\n<div class="table" style="width:600px;background:#eee">All prices</div>\n</body>\n</html>\n',
        },
      },
    ],
    run: (given, { signal }) => {
      const check = async (): Promise<ResponsiveAnswer> =>
        browsing.run("responsive_check", { ...given, chromium: await browsing.need() }, signal);
      return answered(check(), ({ screenshots, ...value }) =>
        structured(value, textOf(value), ...screenshots.map(({ png }) => image(bytesOf(png)))),
      );
    },
  });
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
}

function textOf(value: Omit<ResponsiveAnswer, "screenshots">): string {
  const { views, missing, limits, engineVersion } = value;
  return [
    `Chromium ${engineVersion}, ${views.length} views.`,
    ...views.map(
      (one) =>
        `- ${one.page} at ${one.width}: ${one.overflows ? `${one.contentWidth} px wide, scrolls sideways` : "fits"}; ${one.smallTargets} small targets, ${one.smallTexts} small texts.`,
    ),
    summaryOf(value),
    ...(missing.length === 0 ? [] : [`Not given, so not seen: ${missing.slice(0, 8).join(", ")}.`]),
    ...limits,
  ].join("\n");
}
