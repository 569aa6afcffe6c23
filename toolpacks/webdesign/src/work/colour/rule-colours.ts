/** Rules that say both the colour of a text and what is behind it. */
import type { Location } from "flotilla/worker/review";
import type { Sheet } from "../css/sheets.ts";
import { resolveVariables, rootVariables } from "../css/variables.ts";

export interface RuleColours {
  selector: string;
  color: string;
  background: string;
  /** At least 24 px, or 18.66 px and bold: what WCAG calls large. */
  large: boolean;
  location: Location;
}

export function coloursOf({ rules }: Sheet): RuleColours[] {
  const globals = rootVariables(rules);
  return rules.flatMap((rule) => {
    const own = new Map(globals);
    for (const { property, value } of rule.declarations) {
      if (property.startsWith("--")) own.set(property, value);
    }
    const valueOf = (...names: string[]): string | undefined => {
      const found = rule.declarations.findLast(({ property }) => names.includes(property));
      return found === undefined ? undefined : resolveVariables(found.value, own);
    };
    const color = valueOf("color");
    const background = valueOf("background-color", "background");
    if (color === undefined || background === undefined) return [];
    const large = isLarge(valueOf("font-size"), valueOf("font-weight"));
    return [
      { selector: rule.selectors.join(", "), color, background, large, location: rule.location },
    ];
  });
}

function isLarge(size: string | undefined, weight: string | undefined): boolean {
  const match = /^([\d.]+)(px|rem|pt)$/.exec(size ?? "");
  if (match === null) return false;
  const factor = match[2] === "rem" ? 16 : match[2] === "pt" ? 96 / 72 : 1;
  const px = Number(match[1]) * factor;
  const isBold = weight === "bold" || weight === "bolder" || Number(weight) >= 700;
  return px >= 24 || (isBold && px >= 18.66);
}
