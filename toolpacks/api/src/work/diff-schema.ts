/** What a change of a schema means: for those who send it, and for those who read it, the same change is the opposite. */
import type { Bundle, Node } from "../lib/document.ts";
import { dict, same, shown } from "../lib/values.ts";
import { idOf, viewOf } from "./schema-view.ts";
import type { SchemaView } from "./schema-view.ts";

export type Direction = "request" | "response";
export type Impact = "breaking" | "risky" | "compatible";

export interface SchemaChange {
  rule: string;
  impact: Impact;
  message: string;
  hits: string;
  before?: string;
  after?: string;
  fix?: string;
  /** In the new document; in the old one when `old`. */
  node: Node;
  old?: boolean;
}

interface Walk {
  before: Bundle;
  after: Bundle;
  direction: Direction;
  seen: Set<string>;
  changes: SchemaChange[];
}
interface Pair {
  a: SchemaView;
  b: SchemaView;
  /** `body.items.name`. */
  where: string;
}

const MAX_DEPTH = 40;

export interface SchemaPair {
  before: Bundle;
  after: Bundle;
  old: Node;
  new: Node;
  direction: Direction;
  where: string;
}

export function diffSchemas(pair: SchemaPair): SchemaChange[] {
  const { before, after, direction } = pair;
  const walk: Walk = { before, after, direction, seen: new Set(), changes: [] };
  visit(walk, { old: pair.old, new: pair.new }, { where: pair.where, depth: 0 });
  return walk.changes;
}

function visit(
  walk: Walk,
  nodes: { old: Node; new: Node },
  at: { where: string; depth: number },
): void {
  const a = viewOf(walk.before, nodes.old);
  const b = viewOf(walk.after, nodes.new);
  const key = `${idOf(a.node)} ${idOf(b.node)}`;
  if (walk.seen.has(key) || at.depth > MAX_DEPTH) return;
  walk.seen.add(key);
  const pair: Pair = { a, b, where: at.where };
  if (!typesFit(walk, pair)) return;
  values(walk, pair);
  facets(walk, pair);
  closing(walk, pair);
  const deeper = properties(walk, pair);
  if (a.items !== undefined && b.items !== undefined) {
    deeper.push({ old: a.items, new: b.items, where: `${at.where}[]` });
  }
  deeper.push(...variants(walk, pair));
  for (const { where, ...next } of deeper) visit(walk, next, { where, depth: at.depth + 1 });
}

/** The words for both directions: who is hurt by less room, and who by more. */
function hits({ direction }: Walk, where: string): string {
  return direction === "request" ? `callers that send ${where}` : `callers that read ${where}`;
}

/** False when the two are so different that looking deeper says nothing. */
function typesFit(walk: Walk, { a, b, where }: Pair): boolean {
  const covers = (wide: Set<string>, narrow: Set<string>): boolean =>
    wide.size === 0 ||
    (narrow.size > 0 &&
      [...narrow].every((one) => wide.has(one) || (one === "integer" && wide.has("number"))));
  const widened = covers(b.types, a.types);
  const narrowed = covers(a.types, b.types);
  if (widened && narrowed) return true;
  const nullOnly = same(
    [...a.types].filter(notNull).toSorted(),
    [...b.types].filter(notNull).toSorted(),
  );
  const harmless = walk.direction === "request" ? widened : narrowed;
  const rule = nullOnly ? "nullability" : "type";
  const said = (types: Set<string>): string =>
    types.size === 0 ? "anything" : [...types].toSorted().join(" or ");
  walk.changes.push({
    rule: `${walk.direction}-${rule}-${harmless ? (walk.direction === "request" ? "widened" : "narrowed") : widened ? "widened" : narrowed ? "narrowed" : "changed"}`,
    impact: harmless ? "compatible" : "breaking",
    message: `${where} was ${said(a.types)} and is ${said(b.types)}.`,
    hits: hits(walk, where),
    before: said(a.types),
    after: said(b.types),
    ...(harmless
      ? {}
      : {
          fix: nullOnly
            ? "Keep null as it was, or add a new property."
            : "Add a new property with the new type and deprecate this one.",
        }),
    node: b.node,
  });
  return nullOnly || widened || narrowed;
}
const notNull = (type: string): boolean => type !== "null";

function values(walk: Walk, { a, b, where }: Pair): void {
  const request = walk.direction === "request";
  const about = { hits: hits(walk, where), node: b.node };
  const [old, now] = [a.values, b.values];
  if (old === undefined && now === undefined) return;
  if (old === undefined || now === undefined) {
    const narrowed = now !== undefined;
    walk.changes.push({
      ...about,
      rule: `${walk.direction}-enum-${narrowed ? "introduced" : "dropped"}`,
      impact: narrowed === request ? "breaking" : request || narrowed ? "compatible" : "risky",
      message: narrowed
        ? `${where} allows only listed values now.`
        : `${where} is no longer limited to listed values.`,
      before: shown(old ?? "any value"),
      after: shown(now ?? "any value"),
    });
    return;
  }
  const gone = old.filter((one) => !now.some((other) => same(one, other)));
  const added = now.filter((one) => !old.some((other) => same(one, other)));
  if (gone.length > 0) {
    walk.changes.push({
      ...about,
      rule: `${walk.direction}-enum-value-removed`,
      impact: request ? "breaking" : "compatible",
      message: `${where} no longer ${request ? "accepts" : "answers"} ${shown(gone)}.`,
      before: shown(old),
      after: shown(now),
      ...(request ? { fix: "Go on accepting the old values, and map them." } : {}),
    });
  }
  if (added.length > 0) {
    walk.changes.push({
      ...about,
      rule: `${walk.direction}-enum-value-added`,
      impact: request ? "compatible" : "risky",
      message: `${where} ${request ? "accepts" : "may answer"} ${shown(added)} too.`,
      before: shown(old),
      after: shown(now),
      ...(request
        ? {}
        : { fix: "Tell callers to expect unknown values; strict clients fail on new ones." }),
    });
  }
}

const UPPER = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
const LOWER = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];

function facets(walk: Walk, { a, b, where }: Pair): void {
  const request = walk.direction === "request";
  const keys = new Set([...Object.keys(a.facets), ...Object.keys(b.facets)]);
  for (const key of keys) {
    const [old, now] = [a.facets[key], b.facets[key]];
    if (same(old, now) || key === "readOnly" || key === "writeOnly") continue;
    const tighter = tightened(key, old, now);
    const about = {
      hits: hits(walk, where),
      before: `${key}: ${shown(old)}`,
      after: `${key}: ${shown(now)}`,
      node: b.node,
    };
    const message = `${where}: ${key} was ${shown(old)} and is ${shown(now)}.`;
    if (key === "default" || tighter === undefined) {
      const impact = key === "default" && !request ? "compatible" : "risky";
      walk.changes.push({
        ...about,
        message,
        rule: `${walk.direction}-${key.toLowerCase()}-changed`,
        impact,
      });
    } else {
      const impact = tighter === request ? (request ? "breaking" : "risky") : "compatible";
      const rule = `${walk.direction}-${tighter ? "tightened" : "loosened"}`;
      walk.changes.push({ ...about, message, rule, impact });
    }
  }
}

/** undefined: neither can be said. */
function tightened(key: string, old: unknown, now: unknown): boolean | undefined {
  if (old === undefined) return true;
  if (now === undefined) return false;
  if (typeof old === "number" && typeof now === "number") {
    if (UPPER.includes(key)) return now < old;
    if (LOWER.includes(key)) return now > old;
    if (key === "multipleOf") return now % old === 0 ? true : old % now === 0 ? false : undefined;
  }
  return key === "uniqueItems" ? now === true : undefined;
}

function closing(walk: Walk, { a, b, where }: Pair): void {
  if (a.closed === b.closed || walk.direction !== "request") return;
  walk.changes.push({
    rule: b.closed ? "request-object-closed" : "request-object-opened",
    impact: b.closed ? "breaking" : "compatible",
    message: b.closed
      ? `${where} refuses undescribed properties now.`
      : `${where} takes undescribed properties now.`,
    hits: hits(walk, where),
    node: b.node,
  });
}

type Deeper = { old: Node; new: Node; where: string }[];

function properties(walk: Walk, { a, b, where }: Pair): Deeper {
  const request = walk.direction === "request";
  const deeper: Deeper = [];
  for (const [name, old] of a.properties) {
    const path = `${where}.${name}`;
    const now = b.properties.get(name);
    if (now === undefined) {
      walk.changes.push({
        rule: `${walk.direction}-property-removed`,
        impact: request && !b.closed ? "risky" : "breaking",
        message: `${path} is gone${request ? (b.closed ? ", and sending it is refused" : "; it is ignored when sent") : ""}.`,
        hits: hits(walk, path),
        before: shown(old.value),
        fix: "Keep it, mark it deprecated, and remove it with the next major version.",
        node: old,
        old: true,
      });
      continue;
    }
    requiredness(walk, { path, was: a.required.has(name), is: b.required.has(name), node: now });
    deeper.push({ old, new: now, where: path });
  }
  for (const [name, now] of b.properties) {
    if (a.properties.has(name)) continue;
    const demanded = request && b.required.has(name) && dict(now.value)["default"] === undefined;
    walk.changes.push({
      rule: `${walk.direction}-property-added${demanded ? "-required" : ""}`,
      impact: demanded ? "breaking" : "compatible",
      message: `${where}.${name} is new${demanded ? " and required" : ""}.`,
      hits: demanded ? `all callers that send ${where}` : "nobody",
      after: shown(now.value),
      ...(demanded ? { fix: "Make it optional, with a default on the server." } : {}),
      node: now,
    });
  }
  return deeper;
}

function requiredness(
  walk: Walk,
  { path, was, is, node }: { path: string; was: boolean; is: boolean; node: Node },
): void {
  if (was === is) return;
  const request = walk.direction === "request";
  walk.changes.push({
    rule: `${walk.direction}-property-became-${is ? "required" : "optional"}`,
    impact: is === request ? "breaking" : "compatible",
    message: `${path} became ${is ? "required" : "optional"}.`,
    hits: request ? `callers that leave ${path} out` : `callers that count on ${path}`,
    before: was ? "required" : "optional",
    after: is ? "required" : "optional",
    ...(is === request
      ? { fix: request ? "Keep it optional, with a default." : "Go on sending it always." }
      : {}),
    node,
  });
}

function variants(walk: Walk, { a, b, where }: Pair): Deeper {
  const request = walk.direction === "request";
  const deeper: Deeper = [];
  const both = a.variants.size > 0 && b.variants.size > 0;
  for (const [name, old] of a.variants) {
    const now = b.variants.get(name);
    if (now !== undefined) deeper.push({ old, new: now, where: `${where}(${name})` });
    else if (both) {
      walk.changes.push({
        rule: `${walk.direction}-variant-removed`,
        impact: request ? "breaking" : "compatible",
        message: `${where} can no longer be ${name}.`,
        hits: hits(walk, `${where} as ${name}`),
        node: old,
        old: true,
      });
    }
  }
  for (const [name, now] of both ? b.variants : []) {
    if (a.variants.has(name)) continue;
    walk.changes.push({
      rule: `${walk.direction}-variant-added`,
      impact: request ? "compatible" : "risky",
      message: `${where} can be ${name} too.`,
      hits: hits(walk, where),
      node: now,
    });
  }
  return deeper;
}
