/** Contrast of what stands on pages: measured in Chromium, else read from the style sheets. */
import type { Location } from "flotilla/worker/review";
import type { SiteInput } from "../site/site.ts";
import { readSite } from "../site/site.ts";
import { sheetsOf } from "../css/sheets.ts";
import { parseColour } from "./colour.ts";
import { measure } from "./pairs.ts";
import type { ContrastLevel, Pair, PairAnswer, Use } from "./pairs.ts";
import { coloursOf } from "./rule-colours.ts";

export interface PageContrastInput extends SiteInput {
  level?: ContrastLevel;
  colorScheme?: "light" | "dark";
  scripts?: boolean;
}

export interface PageContrastAnswer {
  engine: "chromium" | "css";
  limits: string[];
  pairs: Pair[];
  answers: PairAnswer[];
}

/** The same two colours for the same use, met many times, are one pair. */
export function foldPairs(
  pairs: readonly Pair[],
  level: ContrastLevel,
): Pick<PageContrastAnswer, "pairs" | "answers"> {
  const kept = new Map<string, { pair: Pair; answer: PairAnswer }>();
  for (const pair of pairs) {
    const answer = measure(pair, level);
    const key = `${answer.foreground} ${answer.background} ${pair.use}`;
    if (!kept.has(key)) kept.set(key, { pair, answer });
  }
  const all = [...kept.values()];
  return { pairs: all.map(({ pair }) => pair), answers: all.map(({ answer }) => answer) };
}

/** Rules that set both colours of a text, with the custom properties of `:root`. */
export async function contrastFromCss(input: PageContrastInput): Promise<PageContrastAnswer> {
  const site = await readSite(input, {
    maxPages: 200,
    contentName: /^\s*</.test(input.content ?? "") ? "index.html" : "style.css",
    isPage: (path) => /\.(?:css|html?)$/i.test(path),
  });
  const pairs = sheetsOf(site).flatMap((sheet) =>
    coloursOf(sheet).flatMap(({ selector, color, background, large, location }) => {
      const foreground = parseColour(color);
      const behind = parseColour(background);
      if (foreground === undefined || behind === undefined) return [];
      return [pairFrom({ selector, foreground, background: behind, large, location })];
    }),
  );
  return {
    engine: "css",
    limits: [
      "Read from style sheets: only rules that set color and background together were measured, not what elements inherit from others.",
    ],
    ...foldPairs(pairs, input.level ?? "AA"),
  };
}

interface Found {
  selector: string;
  foreground: Pair["foreground"];
  background: Pair["background"];
  large: boolean;
  location: Location;
}

function pairFrom({ selector, foreground, background, large, location }: Found): Pair {
  const use: Use = large ? "large-text" : "text";
  return { name: selector.slice(0, 200), foreground, background, use, location };
}
