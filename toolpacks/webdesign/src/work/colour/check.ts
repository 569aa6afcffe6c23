/** contrast_check: given pairs, palettes, and what was met on pages, in one report. */
import type { FindingReport } from "flotilla/worker/review";
import { hexOf, needColour } from "./colour.ts";
import type { PageContrastAnswer, PageContrastInput } from "./page-contrast.ts";
import { contrastReport, measure, pairOf, palettePairs } from "./pairs.ts";
import type { PairAnswer, PairInput, Use } from "./pairs.ts";
import { drawPairs, drawPalette } from "./swatches.ts";

export interface ContrastInput extends PageContrastInput {
  pairs?: PairInput[];
  palette?: Record<string, string>;
  paletteUse?: Use;
  ignore?: string[];
  /** What the page's part of the work found. */
  met?: PageContrastAnswer;
}

export interface ContrastAnswer extends FindingReport {
  level: "AA" | "AAA";
  pairs: PairAnswer[];
  /** Each colour on each other; those that pass and those that do not. */
  palette?: { pairs: PairAnswer[]; passing: string[] };
  engine?: PageContrastAnswer["engine"];
  limits: string[];
  pictures: string[];
}

export function checkContrast(input: ContrastInput): ContrastAnswer {
  const { level = "AA", pairs = [], palette, met } = input;
  const given = pairs.map((pair, index) => pairOf(pair, index));
  const all = [...given, ...(met?.pairs ?? [])];
  const answers = [...given.map((pair) => measure(pair, level)), ...(met?.answers ?? [])];
  const matrix =
    palette === undefined
      ? undefined
      : palettePairs(palette, input.paletteUse ?? "text").map((pair) =>
          measure(pair, level, { suggest: false }),
        );
  const colours = Object.entries(palette ?? {}).map(
    ([name, text]) => [name, hexOf({ ...needColour(text, `/palette/${name}`), alpha: 1 })] as const,
  );
  return {
    level,
    pairs: answers,
    ...(matrix === undefined
      ? {}
      : {
          palette: {
            pairs: matrix,
            passing: matrix.filter(({ passed }) => passed).map(({ name }) => name),
          },
        }),
    ...(met === undefined ? {} : { engine: met.engine }),
    limits: met?.limits ?? [],
    pictures: [
      ...(answers.length === 0 ? [] : [drawPairs(answers)]),
      ...(matrix === undefined ? [] : [drawPalette(colours, matrix)]),
    ],
    ...contrastReport(all, answers, input.ignore),
  };
}
