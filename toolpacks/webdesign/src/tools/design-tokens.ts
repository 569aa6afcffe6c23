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
import { sourceProperties } from "flotilla/worker/sources";
import type { Kit } from "../kit.ts";
import { CSS_LIMITS } from "../work/css/limits.ts";
import type { TokensAnswer, TokensInput } from "../work/tokens/contract.ts";
import { listOf, number, shape, strings, text, whole } from "./schemas.ts";

const kind = {
  enum: [
    "color",
    "fontSize",
    "spacing",
    "radius",
    "fontFamily",
    "fontWeight",
    "lineHeight",
    "shadow",
  ],
};
const output = answerObject(
  {
    uses: listOf(
      shape({ kind, value: text, count: whole, names: strings, file: text, line: whole }),
    ),
    dtcg: {
      type: "object",
      description: "Design Tokens Community Group format 2025.10: groups by kind.",
      additionalProperties: { type: "object" },
    },
    spacingBasePx: number,
    ...reportProperties,
  },
  ["uses", "dtcg", ...reportRequired],
);

export function designTokens({ jobs }: Kit): Tool {
  return defineTool<TokensInput>({
    name: "design_tokens",
    title: "Find design tokens",
    description:
      "Collects the colours, font sizes, spacing, radii, fonts and shadows that CSS or pages really use, with counts and the custom properties that name them; finds near-duplicate colours (CIEDE2000), spacing off the scale, values written out although a token has them, values no token has. Compares with your own tokens when given; returns all as DTCG JSON, with a picture.",
    input: plainObject({
      ...sourceProperties(
        {
          content: "A style sheet.",
          files: "CSS and HTML (its <style> elements) by relative path.",
          path: "A style sheet, or a folder with CSS and HTML.",
        },
        CSS_LIMITS,
      ),
      tokens: { type: "object", description: "Tokens that should be used, in DTCG JSON." },
      nearness: {
        type: "number",
        minimum: 0,
        maximum: 50,
        description: "CIEDE2000 below which two colours count as nearly the same. Default 3.",
      },
      ignore: ignoreProperty,
    }),
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "Two blues that are nearly the same, one of them a token",
        arguments: {
          content:
            ":root { --brand: #0d6efd; }\n.button { background: var(--brand); padding: 8px 16px; border-radius: 4px; }\n.link { color: #0e6ffd; }\n.badge { color: #0d6efd; font-size: 0.875rem; }\n",
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("design_tokens", given, signal), ({ picture, ...value }) =>
        structured(value, textOf(value), image(picture)),
      ),
  });
}

function textOf(value: Omit<TokensAnswer, "picture">): string {
  const kinds = Map.groupBy(value.uses, (one) => one.kind);
  return [
    [...kinds]
      .map(
        ([name, uses]) =>
          `${uses.length} ${name}: ${uses
            .slice(0, 5)
            .map((one) => `${one.value} ${one.count}×`)
            .join(", ")}`,
      )
      .join("\n"),
    ...(value.spacingBasePx === undefined ? [] : [`Spacing keeps to ${value.spacingBasePx} px.`]),
    summaryOf(value),
  ].join("\n");
}
