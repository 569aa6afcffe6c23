/** Answers that are no call's result. Each says what to do next. */
import { WIRE, encodeError, toWireError } from "../../protocol/index.ts";
import type { FlotillaError, JsonRpcId, WireError } from "../../protocol/index.ts";
import type { BodyError, HttpAnswer } from "./exchange.ts";

const JSON_TYPE = { "content-type": "application/json" };
const FRESH = { ...JSON_TYPE, "cache-control": "no-store" };

export const ACCEPTED: HttpAnswer = { status: 202, headers: {}, body: "" };

export const json = (status: number, value: unknown): HttpAnswer => ({
  status,
  headers: FRESH,
  body: JSON.stringify(value),
});

export const plain = (body: string, contentType: string): HttpAnswer => ({
  status: 200,
  headers: { "content-type": contentType, "cache-control": "no-store" },
  body,
});

/** One JSON-RPC message. */
export const message = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({ status, headers: { ...JSON_TYPE, ...headers }, body });

export const wireProblem = (
  status: number,
  error: WireError,
  id: JsonRpcId | null = null,
): HttpAnswer => message(status, encodeError(id, error));

export const invalid = (status: number, text: string): HttpAnswer =>
  wireProblem(status, { code: WIRE.invalidRequest, message: text });

export const notAllowed = (allow: string): HttpAnswer => {
  const { body } = invalid(405, `Use one of: ${allow}.`);
  return { status: 405, headers: { ...JSON_TYPE, allow }, body };
};

export const busy = (error: FlotillaError): HttpAnswer => {
  const { body } = wireProblem(503, toWireError(error));
  return { status: 503, headers: { ...JSON_TYPE, "retry-after": "1" }, body };
};

export function badBody({ why }: BodyError, maxBytes: number): HttpAnswer {
  if (why === "too_large") {
    return invalid(413, `The body is larger than ${maxBytes} bytes. Send less at once.`);
  }
  return invalid(400, why === "not_utf8" ? "The body is not UTF-8." : "The body broke off.");
}
