/** Design Tokens Community Group format, 2025.10: read for drift, written from what is used. */
import { InputProblem } from "flotilla/worker/review";
import { hexOf, parseColour } from "../colour/colour.ts";
import type { TokenKind, TokenUse } from "./contract.ts";

const MAX_DEPTH = 20;
const MAX_TOKENS = 5_000;

/** Values by dotted path, in the form that `TokenUse` has. Aliases are followed. Throws `InputProblem`. */
export function readTokens(root: Record<string, unknown>): Map<string, string> {
  const raw = new Map<string, unknown>();
  const open: { node: unknown; path: string[] }[] = [{ node: root, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, path } = next;
    if (!isObject(node)) continue;
    if (path.length > MAX_DEPTH) throw new InputProblem(`tokens nest deeper than ${MAX_DEPTH}.`);
    if ("$value" in node) raw.set(path.join("."), node["$value"]);
    for (const [key, inner] of Object.entries(node)) {
      if (!key.startsWith("$")) open.push({ node: inner, path: [...path, key] });
    }
    if (raw.size > MAX_TOKENS) throw new InputProblem(`There are more than ${MAX_TOKENS} tokens.`);
  }
  if (raw.size === 0) {
    throw new InputProblem("tokens has no token: nothing in it has a $value.", {
      hint: 'For example {"brand": {"$type": "color", "$value": "#1a2b3c"}}.',
    });
  }
  const found = new Map<string, string>();
  for (const [name, value] of raw) {
    const text = textOf(follow(value, raw));
    if (text !== undefined) found.set(name, text);
  }
  return found;
}

function follow(value: unknown, raw: ReadonlyMap<string, unknown>): unknown {
  let found = value;
  for (let step = 0; step < MAX_DEPTH; step += 1) {
    const alias = typeof found === "string" ? /^\{([^{}]+)\}$/.exec(found)?.[1] : undefined;
    if (alias === undefined) return found;
    found = raw.get(alias);
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string").join(", ");
  if (typeof value === "string") {
    const colour = parseColour(value);
    return colour === undefined ? inPx(value) : hexOf(colour);
  }
  if (!isObject(value)) return undefined;
  const { hex, alpha, colorSpace, components } = value;
  if (typeof value["value"] === "number") return inPx(`${value["value"]}${String(value["unit"])}`);
  if (typeof hex === "string" && (alpha === undefined || alpha === 1)) return hex.toLowerCase();
  if (!Array.isArray(components) || typeof colorSpace !== "string") return undefined;
  const numbers = components.map((one) => (typeof one === "number" ? one : 0));
  const colour = parseColour(cssColour(colorSpace, numbers, typeof alpha === "number" ? alpha : 1));
  return colour === undefined ? undefined : hexOf(colour);
}

function cssColour(space: string, numbers: readonly number[], alpha: number): string {
  const [a = 0, b = 0, c = 0] = numbers;
  if (space === "hsl" || space === "hwb") return `${space}(${a} ${b}% ${c}% / ${alpha})`;
  if (space === "lab" || space === "lch") return `${space}(${a}% ${b} ${c} / ${alpha})`;
  if (space === "oklab" || space === "oklch") return `${space}(${a} ${b} ${c} / ${alpha})`;
  return `color(${space} ${a} ${b} ${c} / ${alpha})`;
}

function inPx(text: string): string {
  const rem = /^([\d.]+)rem$/.exec(text)?.[1];
  return rem === undefined ? text : `${Math.round(Number(rem) * 1600) / 100}px`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const TYPES: Readonly<Record<Exclude<TokenKind, "shadow" | "lineHeight">, string>> = {
  color: "color",
  fontSize: "dimension",
  spacing: "dimension",
  radius: "dimension",
  fontFamily: "fontFamily",
  fontWeight: "fontWeight",
};

/** One group for each kind. Shadows and relative line heights have no exact form that their CSS text would give. */
export function toDtcg(uses: readonly TokenUse[]): Record<string, unknown> {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const use of uses) {
    if (use.kind === "shadow" || use.kind === "lineHeight") continue;
    const value = valueOf(use);
    if (value === undefined) continue;
    const group = (groups[use.kind] ??= { $type: TYPES[use.kind] });
    group[freeName(use, group)] = {
      $value: value,
      $extensions: { flotilla: { uses: use.count, css: use.names } },
    };
  }
  return groups;
}

function valueOf({ kind, value }: TokenUse): unknown {
  if (kind === "fontFamily") {
    return value.split(",").map((one) => one.trim().replaceAll(/^["']|["']$/g, ""));
  }
  if (kind === "fontWeight") return Number(value);
  if (kind !== "color") return { value: Number.parseFloat(value), unit: "px" };
  const colour = parseColour(value);
  if (colour === undefined) return undefined;
  const { r, g, b, alpha } = colour;
  const components = [r, g, b].map((one) => Math.round(one * 10_000) / 10_000);
  const opaque = { ...colour, alpha: 1 };
  return {
    colorSpace: "srgb",
    components,
    ...(alpha < 1 ? { alpha: Math.round(alpha * 1_000) / 1_000 } : {}),
    hex: hexOf(opaque),
  };
}

/** The custom property's name, else one from the value. `.`, `{`, `}` and a leading `$` are not allowed in names. */
function freeName(
  { kind, value, names }: TokenUse,
  group: Readonly<Record<string, unknown>>,
): string {
  const [own] = names;
  const base = (own?.replace(/^--/, "") ?? `${kind}-${value}`)
    .replaceAll(/[^\w-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 80);
  let name = base;
  for (let at = 2; Object.hasOwn(group, name) && at < 1_000; at += 1) name = `${base}-${at}`;
  return name;
}
