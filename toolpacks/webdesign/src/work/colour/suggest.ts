/** The nearest colour that passes: same hue and as much of its chroma as fits, lighter or darker. */
import { clampChroma, converter, differenceEuclidean, formatHex } from "culori";
import type { Oklch } from "culori";
import { contrastRatio, hexOf, over, parseColour } from "./colour.ts";
import type { Colour } from "./colour.ts";

const STEP = 0.004;
const toOklch = converter("oklch");
const distance = differenceEuclidean("oklab");

/** Both opaque. Undefined when no lightness of this hue reaches the goal. */
export function nearestPassing(change: Colour, fixed: Colour, goal: number): Colour | undefined {
  const start: Oklch = toOklch({ mode: "rgb", ...change });
  const found = [1, -1].flatMap((direction) => {
    for (let l = start.l; l >= 0 && l <= 1; l += direction * STEP) {
      const candidate = at(start, l);
      if (candidate !== undefined && contrastRatio(candidate, fixed) >= goal) return [candidate];
    }
    const end = at(start, direction === 1 ? 1 : 0);
    return end !== undefined && contrastRatio(end, fixed) >= goal ? [end] : [];
  });
  const far = (one: Colour): number => distance(start, { mode: "rgb", ...one });
  return found.toSorted((a, b) => far(a) - far(b))[0];
}

function at(start: Oklch, l: number): Colour | undefined {
  // Through its eight-bit form: what is measured is what will be shown.
  return parseColour(formatHex(clampChroma({ ...start, l }, "oklch", "rgb")));
}

/** The same on CSS colours, for a text's colour. */
export function suggestForeground(
  foreground: string,
  background: string,
  goal: number,
): string | undefined {
  const back = parseColour(background);
  const front = parseColour(foreground);
  if (back === undefined || front === undefined || !Number.isFinite(goal)) return undefined;
  const better = nearestPassing(over(front, back), back, goal);
  return better === undefined ? undefined : hexOf(better);
}
