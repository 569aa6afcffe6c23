/** CSS colours as the numbers a screen gets, and the two ways to measure contrast. */
import { converter, formatHex, formatHex8, parse } from "culori";
import type { Rgb } from "culori";
import { InputProblem } from "flotilla/worker/review";

const toRgb = converter("rgb");
const MAX_LENGTH = 200;

/** Channels from 0 to 1, cut to what sRGB can show. */
export interface Colour {
  r: number;
  g: number;
  b: number;
  alpha: number;
}

/** Undefined for what is not a CSS colour, or depends on the page (`currentcolor`, `var()`). */
export function parseColour(text: string): Colour | undefined {
  const trimmed = text.trim();
  // The parser takes hex digits without their #, which CSS does not: `400` is a weight.
  if (trimmed.length > MAX_LENGTH || /^[\da-f]+$/i.test(trimmed)) return undefined;
  const found = parse(trimmed.toLowerCase());
  return found === undefined ? undefined : cut(toRgb(found));
}

/** Throws `InputProblem` that names the place. */
export function needColour(text: string, place: string): Colour {
  const found = parseColour(text);
  if (found !== undefined) return found;
  throw new InputProblem(`${place}: "${text.slice(0, 60)}" is not a CSS colour.`, {
    hint: "For example #1a2b3c, rgb(26 43 60 / 50%), oklch(60% 0.1 240), rebeccapurple.",
  });
}

function cut({ r, g, b, alpha = 1 }: Rgb): Colour {
  const bound = (value: number | undefined): number => Math.min(1, Math.max(0, value ?? 0));
  return { r: bound(r), g: bound(g), b: bound(b), alpha: bound(alpha) };
}

/** `#rrggbb`, with alpha only where it is not opaque. */
export function hexOf(colour: Colour): string {
  const rgb = { mode: "rgb" as const, ...colour };
  return colour.alpha < 1 ? formatHex8(rgb) : formatHex(rgb);
}

/** What is seen of a translucent colour in front of an opaque one. */
export function over(front: Colour, back: Colour): Colour {
  const mix = (a: number, b: number): number => a * front.alpha + b * (1 - front.alpha);
  return { r: mix(front.r, back.r), g: mix(front.g, back.g), b: mix(front.b, back.b), alpha: 1 };
}

/** Screens get eight bits a channel; both measures are taken of those. */
function eightBits(value: number): number {
  return Math.round(value * 255) / 255;
}

/** Relative luminance as WCAG 2.2 defines it. */
export function luminance({ r, g, b }: Colour): number {
  const linear = (value: number): number => {
    const channel = eightBits(value);
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** From 1 to 21. Both colours opaque. */
export function contrastRatio(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Numbers of APCA 0.0.98G-4g, as its documentation gives them. */
const APCA = {
  weights: [0.2126729, 0.7151522, 0.072175],
  // oxlint-disable-next-line oxc/approx-constant -- the number as it is given, not a root of two
  black: { below: 0.022, exponent: 1.414 },
  darkOnLight: { back: 0.56, text: 0.57 },
  lightOnDark: { back: 0.65, text: 0.62 },
  scale: 1.14,
  offset: 0.027,
  /** Below it is no contrast at all. */
  least: 0.1,
  sameLuminance: 0.0005,
} as const;

function screenLuminance({ r, g, b }: Colour): number {
  const [red, green, blue] = APCA.weights;
  const sum = red * eightBits(r) ** 2.4 + green * eightBits(g) ** 2.4 + blue * eightBits(b) ** 2.4;
  const { below, exponent } = APCA.black;
  return sum < below ? sum + (below - sum) ** exponent : sum;
}

/** Lightness contrast (Lc), from -108 (light on dark) to 106 (dark on light). Both colours opaque. */
export function apcaContrast(text: Colour, back: Colour): number {
  const front = screenLuminance(text);
  const behind = screenLuminance(back);
  if (Math.abs(front - behind) < APCA.sameLuminance) return 0;
  const isDarkText = behind > front;
  const exponents = isDarkText ? APCA.darkOnLight : APCA.lightOnDark;
  const raw = (behind ** exponents.back - front ** exponents.text) * APCA.scale;
  if (Math.abs(raw) < APCA.least) return 0;
  return (isDarkText ? raw - APCA.offset : raw + APCA.offset) * 100;
}
