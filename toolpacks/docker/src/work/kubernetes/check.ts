/** An object against its schema, as strictly as the API server with field validation: unknown names are errors too. */
import { isDict, nearest } from "../values.ts";
import type { Path } from "../yaml-text.ts";
import { ENUMS } from "./enums.ts";
import type { Definition, Schemas } from "./schemas.ts";

export interface SchemaProblem {
  path: Path;
  message: string;
  evidence: string;
  fix: string;
}

const MAX_PROBLEMS = 100;
const MAX_DEPTH = 60;

interface Walk {
  schemas: Schemas;
  problems: SchemaProblem[];
}

export function checkObject(value: unknown, definition: string, schemas: Schemas): SchemaProblem[] {
  const walk: Walk = { schemas, problems: [] };
  visit(`#${definition}`, value, { walk, path: [] });
  return walk.problems;
}

interface At {
  walk: Walk;
  path: Path;
  /** `Container.imagePullPolicy`, for what only words say. */
  field?: string;
}

function visit(type: string, value: unknown, at: At): void {
  const { walk, path } = at;
  if (walk.problems.length >= MAX_PROBLEMS || path.length > MAX_DEPTH) return;
  // Null is how YAML writes nothing; the API server drops it.
  if (value === null || value === undefined) return;
  if (type.startsWith("[]")) {
    if (!Array.isArray(value)) return wrong(at, "a list", value);
    value.forEach((one, index) =>
      visit(type.slice(2), one, {
        walk,
        path: [...path, index],
        ...(at.field !== undefined && { field: at.field }),
      }),
    );
  } else if (type.startsWith("{}")) {
    if (!isDict(value)) return wrong(at, "a mapping", value);
    for (const [key, one] of Object.entries(value))
      visit(type.slice(2), one, { walk, path: [...path, key] });
  } else if (type.startsWith("#")) {
    visitObject(type.slice(1), value, at);
  } else {
    const kind = SCALARS[type];
    if (kind !== undefined && !kind.fits(value)) return wrong(at, kind.words, value);
    visitEnum(value, at);
  }
}

function visitObject(name: string, value: unknown, { walk, path }: At): void {
  const definition = walk.schemas.definitions.get(name);
  if (definition?.p === undefined) return;
  if (!isDict(value)) return wrong({ walk, path }, "a mapping", value);
  const short = name.slice(name.lastIndexOf(".") + 1);
  for (const key of definition.r ?? []) {
    if (value[key] !== undefined && value[key] !== null) continue;
    walk.problems.push({
      path,
      message: `${short} needs ${key}.`,
      evidence: Object.keys(value).slice(0, 12).join(", "),
      fix: `Add ${key}.`,
    });
  }
  for (const [key, one] of Object.entries(value)) {
    const type = Object.hasOwn(definition.p, key) ? definition.p[key] : undefined;
    if (type === undefined) unknown(key, { definition, short, walk, path });
    else visit(type, one, { walk, path: [...path, key], field: `${short}.${key}` });
  }
}

function unknown(
  key: string,
  at: { definition: Definition; short: string; walk: Walk; path: Path },
): void {
  const near = nearest(key, Object.keys(at.definition.p ?? {}));
  at.walk.problems.push({
    path: [...at.path, key],
    message: `${at.short} has no field ${key}.`,
    evidence: key,
    fix:
      near === undefined ? "Remove it, or move it to where it belongs." : `Did you mean ${near}?`,
  });
}

function visitEnum(value: unknown, { walk, path, field }: At): void {
  const allowed = field === undefined || !Object.hasOwn(ENUMS, field) ? undefined : ENUMS[field];
  if (allowed === undefined || typeof value !== "string" || allowed.includes(value)) return;
  const near = nearest(value, allowed);
  walk.problems.push({
    path,
    message: `${value} is not allowed for ${field}.`,
    evidence: value,
    fix: near === undefined ? `Use one of ${allowed.join(", ")}.` : `Did you mean ${near}?`,
  });
}

function wrong({ walk, path }: At, wanted: string, value: unknown): void {
  const shown = JSON.stringify(value).slice(0, 80);
  const isQuoted = wanted === "text" && ["number", "boolean"].includes(typeof value);
  walk.problems.push({
    path,
    message: `${String(path.at(-1) ?? "The object")} must be ${wanted}, but is ${kindOf(value)}.`,
    evidence: shown,
    fix: isQuoted ? `Put it in quotes: "${String(value)}"` : `Write ${wanted}.`,
  });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  if (typeof value === "object") return "a mapping";
  return typeof value === "number" ? "a number" : "true or false";
}

interface Scalar {
  words: string;
  fits: (value: unknown) => boolean;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isWhole = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value);
/** 500m, 1.5, 64Mi, 1e3. */
export const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

const SCALARS: Record<string, Scalar> = {
  string: { words: "text", fits: isText },
  byte: {
    words: "base64 text",
    fits: (value) => typeof value === "string" && /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value),
  },
  time: { words: "a time as in RFC 3339", fits: (value) => isText(value) || value instanceof Date },
  boolean: { words: "true or false", fits: (value) => typeof value === "boolean" },
  int32: {
    words: "a whole number",
    fits: (value) => isWhole(value) && Math.abs(Number(value)) <= 2_147_483_648,
  },
  int64: { words: "a whole number", fits: isWhole },
  number: { words: "a number", fits: (value) => typeof value === "number" },
  double: { words: "a number", fits: (value) => typeof value === "number" },
  object: { words: "a mapping", fits: isDict },
  intOrString: {
    words: "a whole number or text",
    fits: (value) => isWhole(value) || isText(value),
  },
  quantity: {
    words: "an amount such as 500m or 64Mi",
    fits: (value) =>
      typeof value === "number" || (typeof value === "string" && QUANTITY.test(value)),
  },
};
