import { defineTool, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  InputProblem,
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
import type { ContrastAnswer, ContrastInput } from "../work/colour/check.ts";
import type { PageContrastAnswer } from "../work/colour/page-contrast.ts";
import { siteProperties } from "../work/site/site.ts";
import {
  colorSchemeProperty,
  flag,
  listOf,
  number,
  scriptsProperty,
  shape,
  strings,
  text,
} from "./schemas.ts";

const colour = { type: "string", minLength: 1, maxLength: 200 };
const use = {
  enum: ["text", "large-text", "ui"],
  description: "large-text: from 24 px, or 18.66 px bold. Default text.",
};
const input = plainObject({
  pairs: {
    type: "array",
    minItems: 1,
    maxItems: 500,
    items: plainObject(
      {
        name: { type: "string", maxLength: 100 },
        foreground: { ...colour, description: "Any CSS colour." },
        background: colour,
        use,
      },
      ["foreground", "background"],
    ),
  },
  palette: {
    type: "object",
    description: "Colours by name; each is measured on each other.",
    additionalProperties: colour,
    minProperties: 2,
    maxProperties: 24,
  },
  paletteUse: use,
  ...siteProperties("An HTML page or a style sheet, whose own colours are measured."),
  level: { enum: ["AA", "AAA"], description: "Default AA." },
  colorScheme: colorSchemeProperty,
  scripts: scriptsProperty,
  ignore: ignoreProperty,
});
const pair = shape(
  {
    name: text,
    use: { enum: ["text", "large-text", "ui"] },
    foreground: text,
    background: text,
    ratio: number,
    lc: number,
    passes: shape({ text: flag, largeText: flag, ui: flag, textAaa: flag, largeTextAaa: flag }),
    apcaUse: text,
    needed: number,
    passed: flag,
    suggestion: shape({ foreground: text, background: text }, ["foreground", "background"]),
  },
  ["suggestion"],
);
const output = answerObject(
  {
    level: { enum: ["AA", "AAA"] },
    pairs: listOf(pair),
    palette: shape({ pairs: listOf(pair), passing: strings }),
    engine: { enum: ["chromium", "css"] },
    limits: strings,
    ...reportProperties,
  },
  ["level", "pairs", "limits", ...reportRequired],
);

export function contrastCheck(kit: Kit): Tool {
  return defineTool<ContrastInput>({
    name: "contrast_check",
    title: "Check contrast",
    description:
      "Measures contrast by WCAG 2.2 (ratio) and APCA (Lc): of given colour pairs, of a palette (each colour on each other), or of everything on a page, as Chromium paints it where there is one, else from rules that set both colours. For each pair that fails, the nearest colours that pass; a picture of swatches. Any CSS colour, translucent ones too.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 90_000,
    examples: [
      {
        title: "Two pairs and a palette",
        arguments: {
          pairs: [
            { name: "hint", foreground: "#888", background: "#fff" },
            { name: "button", foreground: "#fff", background: "#0b69a3" },
          ],
          palette: { ink: "#1f2933", paper: "#ffffff", brand: "#0b69a3", sand: "#f3e9d2" },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(check(kit, given, signal), ({ pictures, ...value }) =>
        structured(value, textOf(value), ...pictures.map((one) => image(one))),
      ),
  });
}

async function check(kit: Kit, given: ContrastInput, signal: AbortSignal): Promise<ContrastAnswer> {
  const { pairs, palette, content, files, path } = given;
  const hasPage = content !== undefined || files !== undefined || path !== undefined;
  if (pairs === undefined && palette === undefined && !hasPage) {
    throw new InputProblem("There is nothing to measure.", {
      hint: "Pass pairs, palette, or a page (content, files or path).",
    });
  }
  const met = hasPage ? await metOnPage(kit, given, signal) : undefined;
  const rest = { ...given, ...(met === undefined ? {} : { met }) };
  return kit.jobs.run("contrast_check", rest, signal);
}

async function metOnPage(
  { jobs, browsing }: Kit,
  given: ContrastInput,
  signal: AbortSignal,
): Promise<PageContrastAnswer> {
  const { content, files, path, assets, page, level, colorScheme, scripts } = given;
  const all = { content, files, path, assets, page, level, colorScheme, scripts };
  const site = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const isCss = content === undefined ? isOnlyCss(files, path) : !/^\s*</.test(content);
  const chromium = isCss ? undefined : await browsing.find();
  return chromium === undefined
    ? jobs.run("contrast_from_css", site, signal)
    : browsing.run("contrast_check", { ...site, chromium }, signal);
}

function isOnlyCss(files: ContrastInput["files"], path: string | undefined): boolean {
  const names = files === undefined ? [path ?? ""] : Object.keys(files);
  return names.every((name) => name.endsWith(".css"));
}

function textOf(value: Omit<ContrastAnswer, "pictures">): string {
  const { pairs, palette, level, engine, limits } = value;
  const failed = pairs.filter(({ passed }) => !passed).length;
  return [
    ...(pairs.length === 0
      ? []
      : [
          `${pairs.length} pairs${engine === undefined ? "" : ` (${engine})`}, ${failed} fail WCAG ${level}.`,
        ]),
    ...pairs
      .slice(0, 10)
      .map(
        (one) =>
          `- ${one.name}: ${one.foreground} on ${one.background} ${one.ratio}:1, Lc ${one.lc}, ${one.passed ? "passes" : `fails (needs ${one.needed}:1${betterOf(one)})`}`,
      ),
    ...(palette === undefined
      ? []
      : [
          `Palette: ${palette.passing.length} of ${palette.pairs.length} combinations pass: ${palette.passing.slice(0, 12).join(", ")}${palette.passing.length > 12 ? ", …" : ""}.`,
        ]),
    summaryOf(value, 6),
    ...limits,
  ].join("\n");
}

function betterOf({ suggestion }: ContrastAnswer["pairs"][number]): string {
  const front = suggestion?.foreground === undefined ? [] : [`${suggestion.foreground} in front`];
  const back = suggestion?.background === undefined ? [] : [`${suggestion.background} behind`];
  return [...front, ...back].length === 0 ? "" : `; ${[...front, ...back].join(" or ")} would do`;
}
