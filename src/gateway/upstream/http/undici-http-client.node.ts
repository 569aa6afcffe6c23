/** `HttpClient` on undici: pooled keep-alive connections, no `fetch` objects on the path. */
import { Agent } from "undici";
import { type FlotillaError, messageOf } from "../../../protocol/errors.ts";
import { asAbortSignal, type CallSignal } from "../../call-signal.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "./http-client.ts";
import { broken, cancelled, unreachable } from "./http-failure.ts";

export interface UndiciHttpClientOptions {
  /** To one origin at a time. */
  maxConnections?: number;
  connectTimeoutMs?: number;
}

/** Failures that happen before a connection carries anything. */
const BEFORE_SENDING = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
]);

export function createUndiciHttpClient(options: UndiciHttpClientOptions = {}): HttpClient {
  const agent = new Agent({
    connections: options.maxConnections ?? 256,
    connect: { timeout: options.connectTimeoutMs ?? 10_000 },
    // Deadlines belong to calls, and event streams are silent for as long as they like.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    request: (request) => send(agent, request),
    close: () => agent.destroy(),
  };
}

async function send(agent: Agent, request: HttpRequest): Promise<HttpAnswer> {
  try {
    const url = new URL(request.url);
    const answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: asAbortSignal(request.signal) }),
    });
    answer.body.setEncoding("utf8");
    return {
      status: answer.statusCode,
      headers: joined(answer.headers),
      body: bodyOf(answer.body as AsyncIterable<string>, request.signal),
    };
  } catch (error) {
    throw classified(error, request.signal);
  }
}

async function* bodyOf(body: AsyncIterable<string>, signal?: CallSignal): AsyncGenerator<string> {
  try {
    yield* body;
  } catch (error) {
    throw classified(error, signal);
  }
}

function classified(error: unknown, signal: CallSignal | undefined): FlotillaError {
  if (signal?.aborted === true) return cancelled();
  const code = codeOf(error);
  return BEFORE_SENDING.has(code)
    ? unreachable(code, error)
    : broken(code === "" ? messageOf(error) : code, error);
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses tried: all failed before sending, or undici would have connected.
  return "errors" in error && Array.isArray(error.errors) ? codeOf(error.errors[0]) : "";
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined)
      out[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return out;
}
