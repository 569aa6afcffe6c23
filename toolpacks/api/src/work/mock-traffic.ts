/** Recorded requests and answers against the document. */
import { InputProblem } from "flotilla/worker/review";
import { at, entriesOf } from "../lib/document.ts";
import type { Draft, Node } from "../lib/document.ts";
import { contentsOf, responsesOf } from "../lib/operations.ts";
import type { Operation, Parameter } from "../lib/operations.ts";
import { typesOf } from "../lib/schemas.ts";
import { dict, isDict, shown, text } from "../lib/values.ts";
import type { Direction } from "./diff-schema.ts";
import type { MockAnswer, MockInput } from "./mock.ts";
import { unusable } from "./mock-walk.ts";
import type { MockWalk } from "./mock-walk.ts";
import { harExchanges } from "./mock-har.ts";
import { findOperation, pathnameOf } from "./mock-match.ts";

export interface Exchange {
  name?: string;
  request: { method: string; url: string; headers?: Record<string, string>; body?: unknown };
  response?: { status: number; headers?: Record<string, string>; body?: unknown };
}

interface Check {
  walk: MockWalk;
  exchange: Exchange;
  name: string;
  operation: Operation;
  parameters: Record<string, string>;
}

const MAX_EXCHANGES = 2_000;
const MAX_UNSEEN = 200;

export function exchangesOf(input: MockInput): Exchange[] {
  const all = [
    ...(input.traffic ?? []),
    ...(input.har === undefined ? [] : harExchanges(input.har)),
  ];
  if (all.length > MAX_EXCHANGES)
    throw new InputProblem(`traffic: has ${all.length} exchanges; ${MAX_EXCHANGES} are allowed.`);
  return all;
}

export function checkTraffic(
  walk: MockWalk,
  exchanges: readonly Exchange[],
): NonNullable<MockAnswer["coverage"]> {
  const seen = new Set<string>();
  const answers = new Set<string>();
  for (const [index, exchange] of exchanges.entries()) {
    const name = exchange.name ?? `traffic[${index}]`;
    const found = findOperation(walk, exchange.request);
    if ("problem" in found) {
      walk.drafts.push({
        rule: found.rule,
        severity: "error",
        message: found.problem,
        object: name,
        evidence: shown(exchange.request.url, 200),
        fix: "Describe the operation, or correct the caller.",
      });
      continue;
    }
    seen.add(found.operation.name);
    const check: Check = { walk, exchange, name, ...found };
    request(check);
    const status = response(check);
    if (status !== undefined) answers.add(`${found.operation.name} ${status}`);
  }
  const described = walk.operations.flatMap((one) =>
    responsesOf(walk.bundle, one).map(([status]) => `${one.name} ${status}`),
  );
  return {
    operations: walk.operations.length,
    seen: seen.size,
    unseen: walk.operations
      .map(({ name }) => name)
      .filter((name) => !seen.has(name))
      .slice(0, MAX_UNSEEN),
    responsesUnseen: described.filter((one) => !answers.has(one)).slice(0, MAX_UNSEEN),
  };
}

function report({ walk, name, operation }: Check, draft: Omit<Draft, "object">): void {
  walk.drafts.push({ ...draft, object: `${name} ${operation.name}` });
}

/** What was sent, in the parts that rules look at. */
interface Sent {
  query: Map<string, string[]>;
  headers: Map<string, string>;
  cookies: Set<string | undefined>;
}

function request(check: Check): void {
  const { exchange } = check;
  const headers = lowered(exchange.request.headers);
  const sent: Sent = {
    query: queryOf(exchange.request.url),
    headers,
    cookies: new Set(
      (headers.get("cookie") ?? "").split(";").map((one) => one.split("=")[0]?.trim()),
    ),
  };
  for (const parameter of check.operation.parameters) sentParameter(check, parameter, sent);
  undescribedParameters(check, sent);
  requestBody(check, headers.get("content-type"));
  credentials(check, sent);
}

function sentParameter(check: Check, parameter: Parameter, sent: Sent): void {
  const values = parameter.in === "query" ? sent.query.get(parameter.name) : undefined;
  const single =
    parameter.in === "path"
      ? check.parameters[parameter.name]
      : parameter.in === "header"
        ? sent.headers.get(parameter.name.toLowerCase())
        : undefined;
  const given = values ?? (single === undefined ? undefined : [single]);
  const absent =
    parameter.in === "cookie" ? !sent.cookies.has(parameter.name) : given === undefined;
  const nested = [...sent.query.keys()].some((key) => key.startsWith(`${parameter.name}[`));
  if (absent && parameter.required && !nested) {
    report(check, {
      rule: "parameter-missing",
      severity: "error",
      message: `The ${parameter.in} parameter ${parameter.name} is required and was not sent.`,
      node: parameter.node,
    });
  }
  if (given !== undefined) parameterValue(check, parameter, given);
}

function undescribedParameters(check: Check, { query }: Sent): void {
  const { operation } = check;
  const known = new Set(
    operation.parameters.filter((one) => one.in === "query").map(({ name }) => name),
  );
  for (const key of query.keys()) {
    const isKnown = known.has(key) || known.has(key.replace(/\[.*$/, "")) || known.has(`${key}[]`);
    if (isKnown || isCredential(check, key)) continue;
    report(check, {
      rule: "parameter-undescribed",
      severity: "warning",
      message: `The query parameter ${key} was sent and is not described.`,
      node: operation.node,
      evidence: key,
    });
  }
}

function credentials(check: Check, { headers, query }: Sent): void {
  const { operation, exchange } = check;
  const { status } = exchange.response ?? { status: 0 };
  const needs =
    operation.security.length > 0 && operation.security.every((one) => Object.keys(one).length > 0);
  const has =
    headers.has("authorization") || headers.has("cookie") || hasKey(check, headers, query);
  if (!needs || has || status < 200 || status >= 300) return;
  report(check, {
    rule: "served-without-credentials",
    severity: "info",
    message:
      "It was answered without credentials, which the document requires (or the recording left them out).",
    node: operation.node,
    evidence: `status ${status}`,
  });
}

function keysOf({ walk: { bundle } }: Check, place: string): string[] {
  return entriesOf(bundle, at(bundle, bundle.root, "components", "securitySchemes")).flatMap(
    ([, { value }]) => {
      const scheme = dict(value);
      return scheme["type"] === "apiKey" && scheme["in"] === place
        ? [text(scheme["name"]) ?? ""]
        : [];
    },
  );
}
const isCredential = (check: Check, key: string): boolean => keysOf(check, "query").includes(key);
function hasKey(check: Check, headers: Map<string, string>, query: Map<string, string[]>): boolean {
  return (
    keysOf(check, "header").some((key) => headers.has(key.toLowerCase())) ||
    keysOf(check, "query").some((key) => query.has(key))
  );
}

/** Text of a URL or header as the value that the schema speaks of. */
function parameterValue(check: Check, parameter: Parameter, given: readonly string[]): void {
  const { bundle } = check.walk;
  const schema = at(bundle, parameter.node, "schema");
  if (schema === undefined) return;
  const types = typesOf(dict(schema.value));
  if (types.includes("object")) return;
  let value: unknown;
  if (types.includes("array")) {
    const items = dict(at(bundle, schema, "items")?.value);
    const style = text(dict(parameter.node.value)["style"]);
    const separator = style === "pipeDelimited" ? "|" : style === "spaceDelimited" ? " " : ",";
    const parts = given.length > 1 ? given : (given[0] ?? "").split(separator);
    value = parts.map((one) => coerced(one, typesOf(items)));
  } else value = coerced(given[0] ?? "", types);
  compare(check, {
    schema,
    value,
    direction: "request",
    what: `${parameter.in} parameter ${parameter.name}`,
    rule: "parameter-mismatch",
  });
}

function coerced(value: string, types: readonly string[]): unknown {
  const isNumber = types.includes("integer") || types.includes("number");
  if (isNumber && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return Number(value);
  if (types.includes("boolean") && /^(true|false)$/.test(value)) return value === "true";
  return types.includes("null") && value === "" ? null : value;
}

function requestBody(check: Check, contentType: string | undefined): void {
  const { walk, operation, exchange } = check;
  const node = at(walk.bundle, operation.node, "requestBody");
  const { body } = exchange.request;
  if (node === undefined) {
    if (body !== undefined && body !== "" && body !== null) {
      report(check, {
        rule: "body-undescribed",
        severity: "warning",
        message: "A body was sent and none is described.",
        node: operation.node,
      });
    }
    return;
  }
  if (body === undefined) {
    if (dict(node.value)["required"] === true)
      report(check, {
        rule: "body-missing",
        severity: "error",
        message: "The body is required and was not sent.",
        node,
      });
    return;
  }
  content(check, { holder: node, contentType, body, direction: "request", what: "request body" });
}

/** The described status that the answer falls under. */
function response(check: Check): string | undefined {
  const { walk, operation, exchange } = check;
  if (exchange.response === undefined) return undefined;
  const { status, body } = exchange.response;
  const described = new Map(responsesOf(walk.bundle, operation));
  const range = `${String(status)[0] ?? ""}XX`;
  const name = [String(status), range, range.toLowerCase(), "default"].find((one) =>
    described.has(one),
  );
  const node = name === undefined ? undefined : described.get(name);
  if (node === undefined) {
    report(check, {
      rule: "status-undescribed",
      severity: status >= 500 ? "warning" : "error",
      message: `It answered ${status}, which is not described.`,
      node: { ...operation.node, path: [...operation.node.path, "responses"] },
      evidence: `described: ${[...described.keys()].join(", ")}`,
    });
    return undefined;
  }
  const headers = lowered(exchange.response.headers);
  for (const [header, holder] of entriesOf(walk.bundle, at(walk.bundle, node, "headers"))) {
    if (
      dict(holder.value)["required"] === true &&
      !headers.has(header.toLowerCase()) &&
      exchange.response.headers !== undefined
    ) {
      report(check, {
        rule: "header-missing",
        severity: "error",
        message: `The answer ${status} has no header ${header}, which is required.`,
        node: holder,
      });
    }
  }
  if (body !== undefined && exchange.request.method.toUpperCase() !== "HEAD") {
    content(check, {
      holder: node,
      contentType: headers.get("content-type"),
      body,
      direction: "response",
      what: `answer ${status}`,
    });
  }
  return name;
}

interface Content {
  holder: Node;
  contentType: string | undefined;
  body: unknown;
  direction: Direction;
  what: string;
}

function content(check: Check, { holder, contentType, body, direction, what }: Content): void {
  const offered = contentsOf(check.walk.bundle, holder);
  if (offered.length === 0) {
    if (direction === "response" && body !== "" && body !== null)
      report(check, {
        rule: "body-undescribed",
        severity: "warning",
        message: `The ${what} has a body and none is described.`,
        node: holder,
      });
    return;
  }
  const type =
    (contentType ?? (offered.length === 1 || isDict(body) ? offered[0]?.type : undefined) ?? "")
      .split(";")[0]
      ?.trim()
      .toLowerCase() ?? "";
  const match = offered.find((one) => covers(one.type.toLowerCase(), type));
  if (match === undefined) {
    report(check, {
      rule: "media-type-undescribed",
      severity: "error",
      message: `The ${what} is ${type === "" ? "of no named type" : type}, which is not described.`,
      node: holder,
      evidence: `described: ${offered.map((one) => one.type).join(", ")}`,
    });
    return;
  }
  if (match.schema === undefined || !/[/+]json$/.test(type)) return;
  const value = parsed(body);
  if (value === undefined) {
    report(check, {
      rule: "body-unreadable",
      severity: "error",
      message: `The ${what} says it is ${type} and is no JSON.`,
      node: match.node,
      evidence: shown(body),
    });
    return;
  }
  compare(check, {
    schema: match.schema,
    value: value.json,
    direction,
    what,
    rule: direction === "request" ? "request-mismatch" : "response-mismatch",
  });
}

function covers(described: string, type: string): boolean {
  const bare = described.split(";")[0]?.trim() ?? "";
  if (bare === "*/*" || bare === type) return true;
  return bare.endsWith("/*") && type.startsWith(bare.slice(0, -1));
}

function parsed(body: unknown): { json: unknown } | undefined {
  if (typeof body !== "string") return { json: body };
  try {
    return { json: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
}

function compare(
  check: Check,
  what: { schema: Node; value: unknown; direction: Direction; what: string; rule: string },
): void {
  try {
    for (const { pointer, message, found } of check.walk.validator.check(
      what.schema,
      what.value,
      what.direction,
    )) {
      report(check, {
        rule: what.rule,
        severity: "error",
        message: `The ${what.what}${pointer === "" ? "" : ` at ${pointer}`} ${message}.`,
        node: what.schema,
        evidence: `${pointer === "" ? "" : `${pointer}: `}${found}`,
      });
    }
  } catch (error) {
    check.walk.drafts.push(unusable(what.schema, error));
  }
}

function lowered(headers: Record<string, string> | undefined): Map<string, string> {
  return new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function queryOf(url: string): Map<string, string[]> {
  const query = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(pathnameOf(url).search))
    query.set(key, [...(query.get(key) ?? []), value]);
  return query;
}
