/** An OpenAPI 3.1 document → its operations, with everything inherited put into each. */
import {
  isJson,
  listOf,
  member,
  textOf,
  words,
  type Body,
  type Json,
  type Operation,
  type Parameter,
  type Requirement,
} from "./model.ts";
import { deref } from "./resolve.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/** Header parameters of these names say nothing (OpenAPI 3.1, Parameter Object), or would break the request. */
const OWN_HEADERS = new Set(
  words(
    "accept content-type authorization host content-length transfer-encoding " +
      "connection upgrade te trailer cookie expect keep-alive",
  ),
);
const BODY_TYPES = [
  /^application\/([\w.-]+\+)?json\b/,
  /^application\/x-www-form-urlencoded\b/,
  /^multipart\/form-data\b/,
  /^text\/plain\b/,
];

export function operationsOf(document: Json): Operation[] {
  const found: Operation[] = [];
  const paths = member(document, "paths");
  for (const [path, given] of Object.entries(isJson(paths) ? paths : {})) {
    const item = deref(document, given);
    if (!path.startsWith("/") || !isJson(item)) continue;
    for (const method of METHODS) {
      const operation = deref(document, member(item, method));
      if (isJson(operation)) found.push(operationOf(document, { path, method, item, operation }));
    }
  }
  return found;
}

interface Place {
  path: string;
  method: string;
  item: Json;
  operation: Json;
}

function operationOf(document: Json, { path, method, item, operation }: Place): Operation {
  const operationId = textOf(operation["operationId"]);
  const summary = textOf(operation["summary"]) ?? textOf(item["summary"]);
  const description = textOf(operation["description"]) ?? textOf(item["description"]);
  const parameters = named(parametersOf(document, [item, operation], path));
  const taken = new Set(parameters.map(({ argument }) => argument));
  const body = bodyOf(document, operation["requestBody"], taken);
  const security = operation["security"] ?? document["security"];
  return {
    method: method.toUpperCase(),
    path,
    ...(operationId === undefined ? {} : { operationId }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    tags: listOf(operation["tags"]).filter((tag) => typeof tag === "string"),
    deprecated: operation["deprecated"] === true,
    parameters,
    ...(body === undefined ? {} : { body }),
    security: listOf(security).filter(isJson).map(requirementOf),
    server: serverOf([operation, item, document]),
    accept: acceptOf(document, operation["responses"]),
  };
}

function requirementOf(value: Json): Requirement {
  const entries = Object.entries(value).map(([name, scopes]): [string, string[]] => [
    name,
    listOf(scopes).filter((scope) => typeof scope === "string"),
  ]);
  return Object.fromEntries(entries);
}

/** An operation's parameter wins over the path's of the same name and place. */
function parametersOf(document: Json, owners: readonly Json[], path: string): Parameter[] {
  const byKey = new Map<string, Parameter>();
  for (const owner of owners) {
    for (const given of listOf(owner["parameters"])) {
      const made = parameterOf(deref(document, given));
      if (made !== undefined) byKey.set(`${made.in} ${made.name}`, made);
    }
  }
  // A template without its parameter is a fault of many documents; the value is text then.
  for (const [, name = ""] of path.matchAll(/\{([^{}]+)\}/g)) {
    const bare = parameterOf({ name, in: "path", schema: { type: "string" } });
    if (!byKey.has(`path ${name}`) && bare !== undefined) byKey.set(`path ${name}`, bare);
  }
  return [...byKey.values()];
}

function parameterOf(value: unknown): Parameter | undefined {
  if (!isJson(value)) return undefined;
  const name = textOf(value["name"]);
  const place = value["in"];
  if (name === undefined) return undefined;
  if (place !== "path" && place !== "query" && place !== "header" && place !== "cookie") {
    return undefined;
  }
  if (place === "header" && OWN_HEADERS.has(name.toLowerCase())) return undefined;
  const [content] = Object.entries(isJson(value["content"]) ? value["content"] : {});
  const description = textOf(value["description"]);
  const style =
    textOf(value["style"]) ?? (place === "query" || place === "cookie" ? "form" : "simple");
  return {
    name,
    in: place,
    argument: name,
    required: place === "path" || value["required"] === true,
    ...(description === undefined ? {} : { description }),
    schema:
      content === undefined ? (value["schema"] ?? true) : (member(content[1], "schema") ?? true),
    style,
    explode: typeof value["explode"] === "boolean" ? value["explode"] : style === "form",
    allowReserved: value["allowReserved"] === true,
    ...(content === undefined ? {} : { mediaType: content[0] }),
  };
}

/** One name in two places: the later one says its place. */
function named(parameters: readonly Parameter[]): Parameter[] {
  const taken = new Set<string>();
  return parameters.map((parameter) => {
    const argument = free(taken, [parameter.name, `${parameter.name}_in_${parameter.in}`]);
    taken.add(argument);
    return { ...parameter, argument };
  });
}

function bodyOf(document: Json, given: unknown, taken: ReadonlySet<string>): Body | undefined {
  const value = deref(document, given);
  if (!isJson(value) || !isJson(value["content"])) return undefined;
  const offered = Object.entries(value["content"]);
  const ranked = BODY_TYPES.map((type) => offered.find(([name]) => type.test(name.toLowerCase())));
  const [mediaType, media] = ranked.find((one) => one !== undefined) ?? offered[0] ?? [];
  if (mediaType === undefined) return undefined;
  const description = textOf(value["description"]);
  const encoding = member(media, "encoding");
  return {
    argument: free(taken, ["body", "request_body"]),
    required: value["required"] === true,
    ...(description === undefined ? {} : { description }),
    mediaType,
    schema: member(media, "schema") ?? true,
    encoding: isJson(encoding) ? encoding : {},
  };
}

function free(taken: ReadonlySet<string>, names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.find((name) => !taken.has(name)) ?? `${last}_${taken.size}`;
}

function serverOf(owners: readonly Json[]): string {
  const servers = owners.map((owner) => listOf(owner["servers"])).find((list) => list.length > 0);
  const [first] = servers ?? [];
  const variables = member(first, "variables");
  return (textOf(member(first, "url")) ?? "/").replaceAll(
    /\{([^{}]+)\}/g,
    (whole, name: string) => {
      const fallback = member(member(variables, name), "default");
      return typeof fallback === "string" ? fallback : whole;
    },
  );
}

function acceptOf(document: Json, responses: unknown): string[] {
  const good = Object.entries(isJson(responses) ? responses : {}).filter(([status]) =>
    /^(2|default)/i.test(status),
  );
  const types = good.flatMap(([, response]) => {
    const content = member(deref(document, response), "content");
    return isJson(content) ? Object.keys(content) : [];
  });
  const json = types.filter((type) => /\bjson\b/i.test(type));
  return [...new Set([...json, ...types])].slice(0, 5);
}
