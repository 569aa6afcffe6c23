import { defineTool, structured } from "flotilla/worker";
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
import type { AuditAnswer, AuditInput } from "../work/accessibility/contract.ts";
import { siteProperties } from "../work/site/site.ts";
import {
  colorSchemeProperty,
  listOf,
  scriptsProperty,
  shape,
  strings,
  text,
  whole,
} from "./schemas.ts";

interface Input extends AuditInput {
  engine?: "auto" | "chromium" | "jsdom";
}

const side = { type: "integer", minimum: 100, maximum: 4_000 };
const input = plainObject({
  ...siteProperties("One HTML page."),
  engine: {
    enum: ["auto", "chromium", "jsdom"],
    description:
      "Default auto: Chromium where there is one, else jsdom, which cannot see layout or colours.",
  },
  level: { enum: ["A", "AA", "AAA"], description: "WCAG 2.2 up to this level. Default AA." },
  bestPractices: { type: "boolean", description: "axe's best practices too. Default true." },
  scripts: scriptsProperty,
  viewport: plainObject({ width: side, height: side }, ["width", "height"]),
  colorScheme: colorSchemeProperty,
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    engine: { enum: ["chromium", "jsdom"] },
    engineVersion: text,
    axeVersion: text,
    level: { enum: ["A", "AA", "AAA"] },
    limits: strings,
    pages: listOf(
      shape({
        page: text,
        title: text,
        passed: whole,
        failed: whole,
        needsReview: whole,
        notApplicable: whole,
        missing: strings,
      }),
    ),
    ...reportProperties,
  },
  ["engine", "engineVersion", "axeVersion", "level", "limits", "pages", ...reportRequired],
);

export function accessibilityAudit({ jobs, browsing }: Kit): Tool {
  return defineTool<Input>({
    name: "accessibility_audit",
    title: "Audit accessibility",
    description:
      "Audits HTML pages against WCAG 2.2 with axe-core, in a real Chromium where there is one (colour contrast and target sizes as painted), else in jsdom, and says which engine ran and what it could not see. Each finding has the criterion, the place in the source, the element, and the fix; a failing text colour gets the nearest one that passes. Pass the page's CSS in files.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 120_000,
    examples: [
      {
        title: "A page with a pale text and a nameless image",
        arguments: {
          content:
            '<!doctype html>\n<html lang="en">\n<head><title>Rex</title></head>\n<body>\n<main>\n<h1>Rex</h1>\n<img src="rex.png">\n<p style="color:#999">A good dog.</p>\n</main>\n</body>\n</html>\n',
        },
      },
    ],
    run: ({ engine = "auto", ...given }, { signal }) => {
      const audit = async (): Promise<AuditAnswer> => {
        const chromium =
          engine === "jsdom"
            ? undefined
            : engine === "chromium"
              ? await browsing.need()
              : await browsing.find();
        return chromium === undefined
          ? jobs.run("accessibility_audit", given, signal)
          : browsing.run("accessibility_audit", { ...given, chromium }, signal);
      };
      return answered(audit(), (value) => structured(value, textOf(value)));
    },
  });
}

function textOf(value: AuditAnswer): string {
  const { engine, engineVersion, axeVersion, level, pages, limits } = value;
  const missing = [...new Set(pages.flatMap((one) => one.missing))];
  return [
    `axe-core ${axeVersion} in ${engine} ${engineVersion}, WCAG 2.2 ${level}: ${pages.length} ${pages.length === 1 ? "page" : "pages"}.`,
    summaryOf(value, 15),
    ...(missing.length === 0
      ? []
      : [
          `Not given, so not seen: ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? ", …" : ""}.`,
        ]),
    ...limits,
  ].join("\n");
}
