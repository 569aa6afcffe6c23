/** Contrast of given pairs and palettes. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Location } from "flotilla/worker/review";
import { apcaContrast, contrastRatio, hexOf, needColour, over } from "./colour.ts";
import type { Colour } from "./colour.ts";
import { nearestPassing } from "./suggest.ts";

export type Use = "text" | "large-text" | "ui";
export type ContrastLevel = "AA" | "AAA";

export interface PairInput {
  name?: string;
  foreground: string;
  background: string;
  use?: Use;
}

/** A pair with colours that are known. */
export interface Pair {
  name: string;
  foreground: Colour;
  background: Colour;
  use: Use;
  location?: Location;
  evidence?: string;
}

export interface PairAnswer {
  name: string;
  use: Use;
  /** As seen: translucent colours mixed. */
  foreground: string;
  background: string;
  /** WCAG 2.2, from 1 to 21, cut (not rounded) to two places, so that 4.499 never reads as 4.5. */
  ratio: number;
  /** APCA lightness contrast, negative for light on dark. */
  lc: number;
  passes: {
    text: boolean;
    largeText: boolean;
    ui: boolean;
    textAaa: boolean;
    largeTextAaa: boolean;
  };
  /** What APCA's guide would use it for. */
  apcaUse: string;
  needed: number;
  passed: boolean;
  /** Nearest colours that pass, each with the other left as it is. */
  suggestion?: { foreground?: string; background?: string };
}

/** WCAG 2.2: 1.4.3 and 1.4.11 (AA), 1.4.6 (AAA; there is no AAA for user interface parts). */
const NEEDED: Record<ContrastLevel, Record<Use, number>> = {
  AA: { text: 4.5, "large-text": 3, ui: 3 },
  AAA: { text: 7, "large-text": 4.5, ui: 3 },
};

export function pairOf(input: PairInput, index: number): Pair {
  const { name = `pair ${index + 1}`, use = "text" } = input;
  return {
    name,
    use,
    foreground: needColour(input.foreground, `/pairs/${index}/foreground`),
    background: needColour(input.background, `/pairs/${index}/background`),
  };
}

/** Each colour of a palette on each other. */
export function palettePairs(palette: Readonly<Record<string, string>>, use: Use): Pair[] {
  const colours = Object.entries(palette).map(
    ([name, text]) => [name, needColour(text, `/palette/${name}`)] as const,
  );
  return colours.flatMap(([front, foreground]) =>
    colours
      .filter(([back]) => back !== front)
      .map(([back, background]) => ({ name: `${front} on ${back}`, foreground, background, use })),
  );
}

const WHITE: Colour = { r: 1, g: 1, b: 1, alpha: 1 };

/** `suggest`: look for colours that would pass, which costs more than all the rest. */
export function measure(
  pair: Pair,
  level: ContrastLevel,
  { suggest = true }: { suggest?: boolean } = {},
): PairAnswer {
  const background = over(pair.background, WHITE);
  const foreground = over(pair.foreground, background);
  const ratio = contrastRatio(foreground, background);
  const lc = apcaContrast(foreground, background);
  const needed = NEEDED[level][pair.use];
  const passed = ratio >= needed;
  const suggestion = passed || !suggest ? undefined : suggestionFor(foreground, background, needed);
  return {
    name: pair.name,
    use: pair.use,
    foreground: hexOf(foreground),
    background: hexOf(background),
    ratio: Math.floor(ratio * 100) / 100,
    lc: Math.round(lc * 10) / 10,
    passes: {
      text: ratio >= 4.5,
      largeText: ratio >= 3,
      ui: ratio >= 3,
      textAaa: ratio >= 7,
      largeTextAaa: ratio >= 4.5,
    },
    apcaUse: apcaUse(Math.abs(lc)),
    needed,
    passed,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function suggestionFor(
  foreground: Colour,
  background: Colour,
  needed: number,
): PairAnswer["suggestion"] {
  const front = nearestPassing(foreground, background, needed);
  const back = nearestPassing(background, foreground, needed);
  if (front === undefined && back === undefined) return undefined;
  return {
    ...(front === undefined ? {} : { foreground: hexOf(front) }),
    ...(back === undefined ? {} : { background: hexOf(back) }),
  };
}

/** The levels of APCA's readability criterion, simple mode. */
function apcaUse(lc: number): string {
  if (lc >= 90) return "any text, preferred for columns of body text";
  if (lc >= 75) return "body text";
  if (lc >= 60) return "content text of 24 px, or 16 px bold";
  if (lc >= 45) return "headlines and large text";
  if (lc >= 30) return "placeholder, disabled text, large icons";
  if (lc >= 15) return "dividers and outlines only";
  return "not to be seen by many";
}

export function contrastReport(
  pairs: readonly Pair[],
  answers: readonly PairAnswer[],
  ignore: readonly string[] | undefined,
): FindingReport {
  const findings = answers.flatMap((answer, index) => {
    const pair = pairs[index];
    return answer.passed || pair === undefined ? [] : [findingOf(answer, pair)];
  });
  return reportOf(findings, { ignore });
}

function findingOf(answer: PairAnswer, { location, evidence }: Pair): Finding {
  const { use, ratio, needed, suggestion, name, foreground, background } = answer;
  const isEnhanced = use !== "ui" && needed !== NEEDED.AA[use];
  const better = [
    suggestion?.foreground === undefined ? "" : `${suggestion.foreground} in front`,
    suggestion?.background === undefined ? "" : `${suggestion.background} behind`,
  ].filter((one) => one !== "");
  return {
    rule: use === "ui" ? "contrast-ui" : isEnhanced ? "contrast-enhanced" : "contrast-text",
    severity: isEnhanced ? "warning" : "error",
    message: `${foreground} on ${background} has ${ratio}:1; ${words(use)} needs ${needed}:1.`,
    object: name,
    ...(location === undefined ? {} : { location }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(better.length === 0 ? {} : { fix: `Use ${better.join(", or ")}.` }),
    reference: use === "ui" ? "WCAG 1.4.11" : isEnhanced ? "WCAG 1.4.6" : "WCAG 1.4.3",
  };
}

function words(use: Use): string {
  return use === "ui" ? "a part of the interface" : use === "text" ? "text" : "large text";
}
