/** The values a design is made of, as the style sheets use them. */
import type { Location } from "flotilla/worker/review";
import { hexOf, parseColour } from "../colour/colour.ts";
import type { FlatDeclaration, Sheet } from "../css/sheets.ts";
import { resolveVariables, rootVariables } from "../css/variables.ts";
import type { TokenKind } from "./contract.ts";

export interface Met {
  kind: TokenKind;
  value: string;
  /** The custom property it stands for, when the declaration is one's definition. */
  defines?: string;
  location: Location;
  /** True where the declaration wrote the value itself instead of asking a custom property. */
  literal: boolean;
}

const SPACING =
  /^(?:margin|padding|gap|row-gap|column-gap|inset|scroll-margin|scroll-padding)(?:-|$)/;
const COLOUR = /(?:^|-)(?:color|background|fill|stroke|border|outline|shadow)(?:-|$)|^background/;
const KINDS: Readonly<Record<string, TokenKind>> = {
  "font-size": "fontSize",
  "font-family": "fontFamily",
  "font-weight": "fontWeight",
  "line-height": "lineHeight",
  "box-shadow": "shadow",
};
const KEYWORDS =
  /^(?:inherit|initial|unset|revert|revert-layer|none|auto|normal|currentcolor|transparent|0)$/i;

export function collect(sheets: readonly Sheet[]): Met[] {
  const variables = rootVariables(sheets.flatMap(({ rules }) => rules));
  return sheets.flatMap(({ rules }) =>
    rules.flatMap(({ declarations }) => declarations.flatMap((one) => metIn(one, variables))),
  );
}

function metIn(declaration: FlatDeclaration, variables: ReadonlyMap<string, string>): Met[] {
  const { property, value, location } = declaration;
  if (property.startsWith("--")) return definedBy(declaration, variables);
  const literal = !value.includes("var(");
  const resolved = literal ? value : resolveVariables(value, variables);
  if (resolved === undefined) return [];
  const one = (kind: TokenKind, found: string): Met => ({ kind, value: found, location, literal });
  const kind = kindOf(property);
  if (kind !== undefined) {
    if (KEYWORDS.test(resolved)) return [];
    const single = normalValue(kind, resolved);
    return single === undefined ? [] : [one(kind, single)];
  }
  if (SPACING.test(property) || isRadius(property)) {
    return words(resolved).flatMap((word) => {
      const size = lengthOf(word);
      return size === undefined ? [] : [one(isRadius(property) ? "radius" : "spacing", size)];
    });
  }
  return COLOUR.test(property) ? coloursIn(resolved).map((colour) => one("color", colour)) : [];
}

function kindOf(property: string): TokenKind | undefined {
  return Object.hasOwn(KINDS, property) ? KINDS[property] : undefined;
}

function isRadius(property: string): boolean {
  return property.startsWith("border") && property.endsWith("radius");
}

/** A custom property is a token when its value is one plain colour or length. */
function definedBy(declaration: FlatDeclaration, variables: ReadonlyMap<string, string>): Met[] {
  const { property, value, location } = declaration;
  const resolved = resolveVariables(value, variables)?.trim();
  if (resolved === undefined) return [];
  const colour = parseColour(resolved);
  const literal = !value.includes("var(");
  if (colour !== undefined && !KEYWORDS.test(resolved)) {
    return [{ kind: "color", value: hexOf(colour), defines: property, location, literal }];
  }
  const size = lengthOf(resolved);
  if (size === undefined) return [];
  const kind: TokenKind = /radius|rounded/.test(property)
    ? "radius"
    : /font-?size|text/.test(property)
      ? "fontSize"
      : "spacing";
  return [{ kind, value: size, defines: property, location, literal }];
}

function normalValue(kind: TokenKind, value: string): string | undefined {
  if (kind === "fontSize") return lengthOf(value);
  if (kind === "fontWeight")
    return { bold: "700" }[value] ?? (/^\d{1,4}$/.test(value) ? value : undefined);
  if (kind === "lineHeight") return lengthOf(value) ?? (/^[\d.]+$/.test(value) ? value : undefined);
  return value.replaceAll(/\s*,\s*/g, ", ").slice(0, 300);
}

/** Absolute lengths in pixels; `rem` at 16 px. Others depend on where they stand. */
function lengthOf(word: string): string | undefined {
  const match = /^(-?(?:\d+\.?\d*|\.\d+))(px|rem|pt)$/i.exec(word);
  if (match === null) return undefined;
  const factor = { rem: 16, pt: 96 / 72, px: 1 }[match[2]?.toLowerCase() ?? "px"] ?? 1;
  const px = Math.round(Math.abs(Number(match[1])) * factor * 100) / 100;
  return px === 0 ? undefined : `${px}px`;
}

/** Split at white space and slashes outside brackets. */
function words(value: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let word = "";
  for (const one of value) {
    if (one === "(") depth += 1;
    if (one === ")") depth -= 1;
    if (depth === 0 && /[\s/,]/.test(one)) {
      if (word !== "") found.push(word);
      word = "";
    } else word += one;
  }
  return word === "" ? found : [...found, word];
}

function coloursIn(value: string): string[] {
  const parts = words(value).flatMap((word) =>
    // A gradient's stops are colours of the design too.
    /gradient\(/i.test(word) ? words(word.slice(word.indexOf("(") + 1, -1)) : [word],
  );
  return parts.flatMap((word) => {
    if (KEYWORDS.test(word) || /^-?[\d.]/.test(word)) return [];
    const colour = parseColour(word);
    return colour === undefined ? [] : [hexOf(colour)];
  });
}
