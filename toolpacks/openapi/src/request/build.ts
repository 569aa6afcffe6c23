/** A tool's arguments → one HTTP request, without credentials. */
import type { Json, Operation, Parameter } from "../document/model.ts";
import { ArgumentProblem, encodeBody } from "./body.ts";
import type { Outgoing } from "./send.node.ts";
import { formPieces, headerText, pathText } from "./serialise.ts";

export interface BuildContext {
  document: Json;
  /** Absolute; its path is where the operation's path starts. */
  base: URL;
  /** Sent with every request; parameters win over them. */
  headers: Readonly<Record<string, string>>;
}

export async function buildRequest(
  operation: Operation,
  args: Json,
  { document, base, headers }: BuildContext,
): Promise<Outgoing> {
  const given = operation.parameters.filter(({ argument }) => isGiven(args[argument]));
  const at = (place: Parameter["in"]) => given.filter((parameter) => parameter.in === place);
  const url = new URL(base);
  // Some documents tell operations on one path apart by a fixed query, or by a fragment, which is never sent.
  const [path = "", fixed] = (operation.path.split("#", 1)[0] ?? "").split("?", 2);
  url.pathname = `${base.pathname.replace(/\/$/, "")}${filledPath(path, operation, args)}`;
  const query = at("query").flatMap((parameter) => piecesOf(parameter, args));
  url.search = [...(fixed === undefined ? [] : [fixed]), ...query].join("&");
  url.hash = "";
  const cookies = at("cookie").flatMap((parameter) => piecesOf(parameter, args));
  const made: Record<string, string> = { accept: acceptText(operation), ...lowered(headers) };
  for (const parameter of at("header")) {
    made[parameter.name.toLowerCase()] = headerValue(parameter, args[parameter.argument]);
  }
  if (cookies.length > 0) made["cookie"] = cookies.join("; ");
  const { body } = operation;
  if (body === undefined || args[body.argument] === undefined) {
    return { method: operation.method, url, headers: made };
  }
  const { contentType, bytes } = await encodeBody(document, body, args[body.argument]);
  return {
    method: operation.method,
    url,
    headers: { ...made, "content-type": contentType },
    body: bytes,
  };
}

function filledPath(path: string, { parameters }: Operation, args: Json): string {
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.in === "path" && one.name === name);
    if (parameter === undefined) return whole;
    const value = args[parameter.argument];
    const text = parameter.mediaType === undefined ? pathText(parameter, value) : jsonText(value);
    if (text === "") throw new ArgumentProblem(`${parameter.argument} must not be empty.`);
    return text;
  });
  // A URL takes these for "up" and "here", encoded or not: the request would end at another operation.
  const climbs = filled.split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (climbs) throw new ArgumentProblem("A path parameter must not be . or ..");
  return filled;
}

function piecesOf(parameter: Parameter, args: Json): string[] {
  const value = args[parameter.argument];
  if (parameter.mediaType === undefined) return formPieces(parameter, value);
  return [`${encodeURIComponent(parameter.name)}=${jsonText(value)}`];
}

function jsonText(value: unknown): string {
  return encodeURIComponent(JSON.stringify(value));
}

function headerValue(parameter: Parameter, value: unknown): string {
  const text =
    parameter.mediaType === undefined ? headerText(parameter, value) : JSON.stringify(value);
  // What HTTP allows in a field value (RFC 9110, 5.5) and every server reads the same way.
  if (!/^[\t\u0020-\u007e]*$/.test(text)) {
    throw new ArgumentProblem(`${parameter.argument} must be one line of plain ASCII text.`);
  }
  return text;
}

function acceptText({ accept }: Operation): string {
  const plain = accept.filter((type) => /^[\w.+*-]+\/[\w.+*-]+$/.test(type));
  return plain.length === 0 ? "application/json, */*;q=0.5" : [...plain, "*/*;q=0.1"].join(", ");
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(pairs);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
