/** Operations, parameters, bodies, responses, servers and security of two documents, side by side. */
import { at, entriesOf } from "../lib/document.ts";
import type { Bundle, Node } from "../lib/document.ts";
import { contentsOf, operationsOf, responsesOf } from "../lib/operations.ts";
import type { Operation, Parameter } from "../lib/operations.ts";
import { dict, shown, text } from "../lib/values.ts";
import { diffAccess, diffServers } from "./diff-access.ts";
import { diffSchemas } from "./diff-schema.ts";
import type { Direction, SchemaChange } from "./diff-schema.ts";
import type { RawChange } from "./diff.ts";
import { idOf } from "./schema-view.ts";

interface Walk {
  before: Bundle;
  after: Bundle;
  changes: RawChange[];
  /** Shared components are compared once. */
  compared: Map<string, SchemaChange[]>;
}
interface Sides {
  old: Operation;
  now: Operation;
}

/** Names of path parameters are no part of what travels. */
const shapeOf = ({ method, path }: Operation): string =>
  `${method} ${path.replaceAll(/\{[^}]*\}/g, "{}")}`;

export function diffOperations(before: Bundle, after: Bundle): RawChange[] {
  const walk: Walk = { before, after, changes: [], compared: new Map() };
  const olds = operationsOf(before);
  const news = operationsOf(after);
  const byShape = new Map(news.map((one) => [shapeOf(one), one]));
  const known = new Set(olds.map(shapeOf));
  for (const old of olds) {
    const now = byShape.get(shapeOf(old));
    if (now === undefined) removed(walk, old, news);
    else shared(walk, { old, now });
  }
  for (const now of news) {
    if (known.has(shapeOf(now))) continue;
    walk.changes.push({
      rule: "operation-added",
      impact: "compatible",
      message: `${now.name} is new.`,
      hits: "nobody",
      operation: now.name,
      node: now.node,
    });
  }
  walk.changes.push(...diffServers(before, after));
  return walk.changes;
}

function removed(walk: Walk, old: Operation, news: readonly Operation[]): void {
  const id = text(old.value["operationId"]);
  const moved =
    id === undefined ? undefined : news.find(({ value }) => value["operationId"] === id);
  const announced = old.value["deprecated"] === true;
  walk.changes.push({
    rule: moved === undefined ? "operation-removed" : "operation-moved",
    impact: "breaking",
    message:
      moved === undefined
        ? `${old.name} is gone${announced ? " (it was deprecated)" : ""}.`
        : `${old.name} moved to ${moved.name}.`,
    hits: `all callers of ${old.name}`,
    operation: old.name,
    before: old.name,
    ...(moved === undefined ? {} : { after: moved.name }),
    fix:
      moved === undefined
        ? "Keep it, deprecated and with a sunset date, until nobody calls it."
        : "Keep the old path too, as a redirect (308) or a second route.",
    node: old.node,
    old: true,
  });
}

function shared(walk: Walk, sides: Sides): void {
  const { old, now } = sides;
  const push = (change: Omit<RawChange, "operation">): void =>
    void walk.changes.push({ ...change, operation: now.name });
  const [oldId, newId] = [text(old.value["operationId"]), text(now.value["operationId"])];
  if (oldId !== newId && oldId !== undefined) {
    push({
      rule: "operation-id-changed",
      impact: "risky",
      message: `The operationId ${oldId} is ${newId ?? "gone"}: generated clients rename their function.`,
      hits: "users of generated clients",
      before: oldId,
      ...(newId === undefined ? {} : { after: newId }),
      node: now.node,
    });
  }
  if (old.value["deprecated"] !== true && now.value["deprecated"] === true) {
    push({
      rule: "operation-deprecated",
      impact: "compatible",
      message: `${now.name} is deprecated.`,
      hits: "nobody yet",
      node: now.node,
    });
  }
  parameters(walk, sides, push);
  requestBody(walk, sides, push);
  responses(walk, sides, push);
  for (const change of diffAccess(sides)) push(change);
}

type Push = (change: Omit<RawChange, "operation">) => void;

const names = (path: string): string[] =>
  [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = ""]) => name);

const key = ({ in: place, name }: Parameter): string => `${place} ${name}`;

function parameters(walk: Walk, { old, now }: Sides, push: Push): void {
  // Path parameters belong together by their place in the path, not by their name.
  const renamed = new Map(
    names(old.path).map((name, index) => [name, names(now.path)[index] ?? name]),
  );
  const news = new Map(now.parameters.map((one) => [key(one), one]));
  const met = new Set<string>();
  for (const parameter of old.parameters) {
    const name =
      parameter.in === "path" ? (renamed.get(parameter.name) ?? parameter.name) : parameter.name;
    const other = news.get(`${parameter.in} ${name}`);
    if (other === undefined) {
      push({
        rule: "parameter-removed",
        impact: "risky",
        message: `The ${parameter.in} parameter ${parameter.name} is gone: it is ignored or refused.`,
        hits: `callers that send ${parameter.name}`,
        node: parameter.node,
        old: true,
        fix: "Go on accepting it, deprecated.",
      });
      continue;
    }
    met.add(key(other));
    oneParameter(walk, { old: parameter, now: other }, push);
  }
  for (const parameter of now.parameters) {
    if (met.has(key(parameter))) continue;
    const { required, name, in: place, node } = parameter;
    push({
      rule: required ? "parameter-added-required" : "parameter-added",
      impact: required ? "breaking" : "compatible",
      message: `The ${place} parameter ${name} is new${required ? " and required" : ""}.`,
      hits: required ? `all callers of ${now.name}` : "nobody",
      node,
      ...(required ? { fix: "Make it optional, with a default on the server." } : {}),
    });
  }
}

const style = (one: Node): string =>
  `${shown(dict(one.value)["style"] ?? "default")}, explode ${shown(dict(one.value)["explode"] ?? "default")}`;

function oneParameter(
  walk: Walk,
  { old, now }: { old: Parameter; now: Parameter },
  push: Push,
): void {
  const { name, node } = now;
  if (old.name !== name) {
    push({
      rule: "path-parameter-renamed",
      impact: "risky",
      message: `The path parameter ${old.name} is called ${name}.`,
      hits: "users of generated clients",
      before: old.name,
      after: name,
      node,
    });
  }
  if (old.required !== now.required) {
    push({
      rule: now.required ? "parameter-became-required" : "parameter-became-optional",
      impact: now.required ? "breaking" : "compatible",
      message: `The ${now.in} parameter ${name} became ${now.required ? "required" : "optional"}.`,
      hits: now.required ? `callers that leave ${name} out` : "nobody",
      node,
    });
  }
  if (style(old.node) !== style(node)) {
    push({
      rule: "parameter-style-changed",
      impact: "breaking",
      message: `${name} is written in another way.`,
      hits: `callers that send ${name}`,
      before: style(old.node),
      after: style(node),
      node,
    });
  }
  const [a, b] = [at(walk.before, old.node, "schema"), at(walk.after, node, "schema")];
  if (a !== undefined && b !== undefined)
    compare(walk, { old: a, now: b, direction: "request", where: `parameter ${name}` }, push);
}

const demanded = (node: Node | undefined): boolean => dict(node?.value)["required"] === true;

function requestBody(walk: Walk, { old, now }: Sides, push: Push): void {
  const a = at(walk.before, old.node, "requestBody");
  const b = at(walk.after, now.node, "requestBody");
  if (a === undefined && b !== undefined) {
    push({
      rule: demanded(b) ? "request-body-added-required" : "request-body-added",
      impact: demanded(b) ? "breaking" : "compatible",
      message: `${now.name} takes a body${demanded(b) ? ", which is required" : ""}.`,
      hits: demanded(b) ? `all callers of ${now.name}` : "nobody",
      node: b,
    });
  }
  if (a !== undefined && b === undefined) {
    push({
      rule: "request-body-removed",
      impact: "risky",
      message: `${now.name} takes no body any more.`,
      hits: "callers that send one",
      node: a,
      old: true,
    });
  }
  if (a === undefined || b === undefined) return;
  if (demanded(b) && !demanded(a)) {
    push({
      rule: "request-body-became-required",
      impact: "breaking",
      message: "The body became required.",
      hits: "callers that send none",
      node: b,
    });
  }
  contents(walk, { old: a, now: b, direction: "request", where: "body" }, push);
}

interface Compared {
  old: Node;
  now: Node;
  direction: Direction;
  where: string;
}

function contents(walk: Walk, { old, now, direction, where }: Compared, push: Push): void {
  const news = new Map(contentsOf(walk.after, now).map((one) => [mediaType(one.type), one]));
  const olds = contentsOf(walk.before, old);
  for (const { type, node, schema } of olds) {
    const other = news.get(mediaType(type));
    if (other === undefined) {
      push({
        rule: `${direction}-media-type-removed`,
        impact: "breaking",
        message: `${where} is no longer ${direction === "request" ? "accepted" : "offered"} as ${type}.`,
        hits:
          direction === "request" ? `callers that send ${type}` : `callers that ask for ${type}`,
        before: type,
        node,
        old: true,
      });
    } else if (schema !== undefined && other.schema !== undefined) {
      compare(walk, { old: schema, now: other.schema, direction, where }, push);
    }
  }
  const known = new Set(olds.map(({ type }) => mediaType(type)));
  for (const [type, { node }] of news) {
    if (known.has(type)) continue;
    push({
      rule: `${direction}-media-type-added`,
      impact: "compatible",
      message: `${where} can be ${type}.`,
      hits: "nobody",
      after: type,
      node,
    });
  }
}

const mediaType = (type: string): string => type.toLowerCase().split(";")[0]?.trim() ?? type;

function responses(walk: Walk, { old, now }: Sides, push: Push): void {
  const news = new Map(responsesOf(walk.after, now));
  const olds = new Map(responsesOf(walk.before, old));
  for (const [status, a] of olds) {
    const b = news.get(status);
    const success = /^[23]/.test(status);
    if (b === undefined) {
      push({
        rule: success ? "success-response-removed" : "error-response-removed",
        impact: success ? "breaking" : "compatible",
        message: `${now.name} no longer answers ${status}.`,
        hits: success ? `callers that expect ${status}` : "callers that handle it",
        before: status,
        node: a,
        old: true,
      });
      continue;
    }
    contents(walk, { old: a, now: b, direction: "response", where: `answer ${status}` }, push);
    headers(walk, { old: a, now: b, direction: "response", where: `answer ${status}` }, push);
  }
  for (const [status, b] of news) {
    if (olds.has(status)) continue;
    const success = /^[23]/.test(status);
    push({
      rule: success ? "success-response-added" : "error-response-added",
      impact: success ? "risky" : "compatible",
      message: `${now.name} may answer ${status} too.`,
      hits: success ? "callers that check for one status" : "nobody",
      after: status,
      node: b,
    });
  }
}

function headers(walk: Walk, { old, now, where }: Compared, push: Push): void {
  const names = new Set(
    entriesOf(walk.after, at(walk.after, now, "headers")).map(([name]) => name.toLowerCase()),
  );
  for (const [name, node] of entriesOf(walk.before, at(walk.before, old, "headers"))) {
    if (names.has(name.toLowerCase())) continue;
    push({
      rule: "response-header-removed",
      impact: "breaking",
      message: `${where} no longer has the header ${name}.`,
      hits: `callers that read ${name}`,
      before: name,
      node,
      old: true,
    });
  }
}

function compare(walk: Walk, { old, now, direction, where }: Compared, push: Push): void {
  const key = [direction, where, idOf(old), idOf(now)].join("\n");
  let changes = walk.compared.get(key);
  if (changes === undefined) {
    const { before, after } = walk;
    changes = diffSchemas({ before, after, old, new: now, direction, where });
    walk.compared.set(key, changes);
  }
  for (const change of changes) push(change);
}
