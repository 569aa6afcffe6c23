/**
 * The events that HTTP comes in on AWS Lambda, and the answers each of them wants. Shapes as AWS documents them:
 * API Gateway HTTP API payload 2.0 (function URLs have the same), REST API proxy (payload 1.0), Application Load Balancer.
 */
import { FlotillaError, isRecord } from "../../protocol/index.ts";
import { BodyError, createBodyReader } from "../http/exchange.ts";
import type { HttpAnswer, HttpAsk } from "../http/exchange.ts";

export type LambdaEventKind =
  | "http-api"
  | "rest-api"
  | "load-balancer"
  | "load-balancer-multi-value";

export interface LambdaResult {
  statusCode: number;
  /** Load balancers want it, others do not know it. */
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: false;
}

export interface LambdaRequest extends Pick<HttpAsk, "method" | "path" | "header" | "body"> {
  kind: LambdaEventKind;
}

export function readEvent(event: unknown): LambdaRequest {
  if (!isRecord(event)) throw unknownEvent();
  const context = isRecord(event["requestContext"]) ? event["requestContext"] : {};
  const http = context["http"];
  const headers = headersOf(event);
  const common = {
    header: (name: string) => headers.get(name),
    body: (maxBytes: number) => bodyOf(event, maxBytes),
  };
  if (event["version"] === "2.0" && isRecord(http)) {
    const path = withoutStage(text(event["rawPath"], "/"), context["stage"]);
    return { ...common, kind: "http-api", method: text(http["method"], "GET"), path };
  }
  if (typeof event["httpMethod"] !== "string") throw unknownEvent();
  const request = { ...common, method: event["httpMethod"], path: text(event["path"], "/") };
  if (!isRecord(context["elb"])) return { ...request, kind: "rest-api" };
  // The target group decides which of both headers come, and wants the answer's in the same form.
  const isMulti = isRecord(event["multiValueHeaders"]);
  return { ...request, kind: isMulti ? "load-balancer-multi-value" : "load-balancer" };
}

export function writeResult(
  kind: LambdaEventKind,
  { status, headers, body }: HttpAnswer & { body: string },
): LambdaResult {
  const base = { statusCode: status, body, isBase64Encoded: false } as const;
  if (kind === "http-api" || kind === "rest-api") return { ...base, headers: { ...headers } };
  const described = { ...base, statusDescription: descriptionOf(status) };
  if (kind === "load-balancer") return { ...described, headers: { ...headers } };
  const multi = Object.entries(headers).map(([name, value]): [string, string[]] => [name, [value]]);
  return { ...described, multiValueHeaders: Object.fromEntries(multi) };
}

/** An HTTP API with a named stage puts it in front of the path; clients know the address behind it. */
function withoutStage(path: string, stage: unknown): string {
  if (typeof stage !== "string" || stage === "$default") return path;
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}

function headersOf(event: Record<string, unknown>): Map<string, string> {
  const headers = new Map<string, string>();
  const { headers: single, multiValueHeaders: multi } = event;
  for (const [name, value] of Object.entries(isRecord(single) ? single : {})) {
    if (typeof value === "string") headers.set(name.toLowerCase(), value);
  }
  for (const [name, values] of Object.entries(isRecord(multi) ? multi : {})) {
    if (Array.isArray(values)) headers.set(name.toLowerCase(), values.join(", "));
  }
  return headers;
}

async function bodyOf(event: Record<string, unknown>, maxBytes: number): Promise<string> {
  const { body, isBase64Encoded } = event;
  const reader = createBodyReader(maxBytes);
  if (typeof body === "string") reader.push(bytesOf(body, isBase64Encoded === true));
  return reader.end();
}

function bytesOf(body: string, isBase64: boolean): Uint8Array {
  if (!isBase64) return new TextEncoder().encode(body);
  try {
    return Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  } catch {
    throw new BodyError("incomplete");
  }
}

const text = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value !== "" ? value : otherwise;

/** "200 OK" and its like: load balancers check the form, nobody reads the words. */
const descriptionOf = (status: number): string => `${status} ${status < 400 ? "OK" : "Error"}`;

function unknownEvent(): FlotillaError {
  return new FlotillaError("bad_request", "The event carries no HTTP request.", {
    hint: "Invoke the function through a function URL, API Gateway (REST or HTTP API) or a load balancer.",
  });
}
