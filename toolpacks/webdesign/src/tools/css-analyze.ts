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
import { sourceProperties } from "flotilla/worker/sources";
import type { Kit } from "../kit.ts";
import type { CssAnswer, CssInput } from "../work/css/contract.ts";
import { CSS_LIMITS } from "../work/css/limits.ts";
import { listOf, number, shape, strings, text, whole } from "./schemas.ts";

const counted = listOf(shape({ value: text, count: whole }));
const metrics = shape(
  {
    files: whole,
    bytes: whole,
    minifiedBytes: whole,
    gzipBytes: whole,
    linesOfCode: whole,
    rules: whole,
    emptyRules: whole,
    selectors: whole,
    uniqueSelectors: whole,
    declarations: whole,
    importants: whole,
    idSelectors: whole,
    mediaQueries: counted,
    specificity: shape({ max: listOf(whole), mean: listOf(number) }),
    embeddedBytes: whole,
    uniqueColors: whole,
    colors: counted,
    uniqueFontSizes: whole,
    fontSizes: counted,
    uniqueFontFamilies: whole,
    zIndexes: counted,
    customProperties: whole,
  },
  ["minifiedBytes"],
);
const unsupported = shape({
  feature: text,
  name: text,
  baseline: { enum: ["high", "low", "none"] },
  uses: whole,
  missing: strings,
});
const output = answerObject(
  {
    metrics,
    browsers: strings,
    unsupported: listOf(unsupported),
    unused: shape({ selectors: whole, rules: whole, bytes: whole, checkedAgainst: strings }),
    limits: strings,
    ...reportProperties,
  },
  ["metrics", "browsers", "unsupported", "limits", ...reportRequired],
);

export function cssAnalyze({ jobs }: Kit): Tool {
  return defineTool<CssInput>({
    name: "css_analyze",
    title: "Analyse CSS",
    description:
      "Measures style sheets (size, specificity, colours, font sizes, media queries) and finds what is wrong: properties and values that browsers ignore, rules and declarations said twice (with a patch), custom properties never set or never used, features that your target browsers lack. With HTML among the files, also selectors that match nothing. CSS in <style> elements is read as well.",
    input: plainObject({
      ...sourceProperties(
        {
          content: "A style sheet.",
          files: "CSS, and HTML pages to find unused selectors, by relative path.",
          path: "A style sheet, or a folder with CSS and HTML.",
        },
        CSS_LIMITS,
      ),
      targets: {
        type: "string",
        minLength: 1,
        maxLength: 500,
        description:
          'A browserslist query. Default "defaults"; for example "safari >= 15, chrome >= 100".',
      },
      dynamicClasses: {
        type: "array",
        items: { type: "string", minLength: 1, maxLength: 100 },
        maxItems: 500,
        description: "Classes that scripts set: selectors with them count as used.",
      },
      ignore: ignoreProperty,
    }),
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "A misspelt property, a rule twice, nesting for an older Safari",
        arguments: {
          targets: "safari >= 15",
          files: {
            "site.css":
              ".card {\n  colr: red;\n  padding: 8px;\n  &:hover { padding: 9px; }\n}\n.old { color: #123; }\n.card-title { margin: 0; }\n.card-title { margin: 0; }\n",
            "index.html":
              '<!doctype html><html lang="en"><title>x</title><div class="card"><h2 class="card-title">x</h2></div></html>',
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("css_analyze", given, signal), (value) => structured(value, textOf(value))),
  });
}

function textOf(value: CssAnswer): string {
  const { metrics: m, unused, unsupported: lacking, browsers } = value;
  const small = m.minifiedBytes === undefined ? "" : `, ${m.minifiedBytes} minified`;
  return [
    `${m.rules} rules, ${m.selectors} selectors, ${m.declarations} declarations in ${m.bytes} bytes (${m.gzipBytes} gzip${small}).`,
    `Specificity up to ${m.specificity.max.join(",")}; ${m.importants} !important; ${m.uniqueColors} colours, ${m.uniqueFontSizes} font sizes.`,
    `Features not known to all of the ${browsers.length} target browsers: ${lacking.length}.`,
    ...(unused === undefined
      ? []
      : [
          `Selectors that match nothing on the given pages: ${unused.selectors}; whole rules: ${unused.rules} (${unused.bytes} bytes).`,
        ]),
    summaryOf(value),
    ...value.limits,
  ].join("\n");
}
