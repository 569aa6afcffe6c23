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
import type { ValidateAnswer, ValidateInput } from "../work/html/validate.ts";
import { siteProperties } from "../work/site/site.ts";
import { flag, listOf, shape, text, whole } from "./schemas.ts";

const control = shape({ kind: text, name: text, label: text, required: flag, line: whole });
const output = answerObject(
  {
    pages: listOf(
      shape({
        page: text,
        valid: flag,
        lang: text,
        title: text,
        elements: whole,
        headings: listOf(shape({ level: whole, text, line: whole })),
        landmarks: listOf(shape({ role: text, name: text, line: whole })),
        forms: listOf(
          shape({ line: whole, method: text, action: text, controls: listOf(control) }, [
            "line",
            "method",
            "action",
          ]),
        ),
        links: shape({
          total: whole,
          internal: whole,
          external: whole,
          anchors: whole,
          other: whole,
        }),
      }),
    ),
    ...reportProperties,
  },
  ["pages", ...reportRequired],
);

export function htmlValidate({ jobs }: Kit): Tool {
  return defineTool<ValidateInput>({
    name: "html_validate",
    title: "Validate HTML",
    description:
      "Checks HTML pages against the standard (nesting, attributes, duplicate ids, required parts) and their structure: landmarks, heading order, form labels, links without text, anchors and files that links name but that are not there. Returns each page's outline (headings, landmarks, forms, links) too, and a patch where a fix can be computed. Pass several pages in files and links are followed between them.",
    input: plainObject({
      ...siteProperties("One HTML page."),
      profile: {
        enum: ["standard", "strict"],
        description: "strict adds matters of taste, such as quotes. Default standard.",
      },
      ignore: ignoreProperty,
    }),
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A block in a paragraph, an id twice, a link to nowhere",
        arguments: {
          content:
            '<!doctype html>\n<html lang="en">\n<head><title>Shop</title></head>\n<body>\n<main>\n<h1 id="top">Shop</h1>\n<p>Offers<div id="top">All week</div></p>\n<a href="#contact">Contact</a>\n<form><input type="email" name="mail"></form>\n</main>\n</body>\n</html>\n',
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("html_validate", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ValidateAnswer): string {
  const valid = value.pages.filter((one) => one.valid).length;
  const [first] = value.pages;
  const outline = first?.headings.slice(0, 8).map(({ level, text: words }) => `h${level} ${words}`);
  return [
    `${valid} of ${value.pages.length} pages valid.`,
    summaryOf(value, 15),
    ...(outline === undefined || outline.length === 0 || value.pages.length > 1
      ? []
      : [`Headings: ${outline.join(" · ")}`]),
  ].join("\n");
}
