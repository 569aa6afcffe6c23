/** Requests to a store's own server: bounded in time and size, with errors that repeat nothing that was sent. */
import { FlotillaError } from "flotilla/protocol";
import type { Found } from "./contract.ts";

export interface Init {
  method?: string;
  body?: Uint8Array<ArrayBuffer>;
  headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export function withTimeout(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
}

/** Rejects unless the status is good or one of `also`. */
export async function expectGood(
  response: Response,
  doing: string,
  also: readonly number[] = [],
): Promise<void> {
  if (response.ok || also.includes(response.status)) return;
  const body = new TextDecoder().decode((await readBytes(response, 16 * 1024)).bytes);
  // Only the code: messages of stores repeat signatures and addresses.
  const [, code] = /<Code>(\w{1,60})<\/Code>|"reason": ?"(\w{1,60})"/.exec(body) ?? [];
  const { status } = response;
  const why = code === undefined ? "" : ` ${code}`;
  const refused = status === 401 || status === 403;
  throw new FlotillaError(
    refused ? "forbidden" : status === 404 ? "not_found" : "worker_unavailable",
    `${doing} failed: HTTP ${status}${why}.`,
    {
      retryable: status === 429 || status >= 500,
      ...(refused ? { hint: "Check the credentials and what they may do." } : {}),
    },
  );
}

/** The network's own errors name addresses, and a signed address is a secret. */
export async function asked(answer: Promise<Response>, doing: string): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === "FlotillaError") throw error;
    const { code, name } = facts(error);
    if (name === "TimeoutError") throw new FlotillaError("call_timeout", `${doing} took too long.`);
    if (name === "AbortError") throw new FlotillaError("call_cancelled", `${doing} was cancelled.`);
    throw new FlotillaError("worker_unavailable", `${doing} failed: ${code}.`, { retryable: true });
  }
}

function facts(error: unknown): { code: string; name: string } {
  const name = error instanceof Error ? error.name : "";
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code =
    typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return { name, code: typeof code === "string" ? code : "the server cannot be reached" };
}

export async function readText(response: Response): Promise<string> {
  const { bytes, isCut } = await readBytes(response, MAX_ANSWER_BYTES);
  if (isCut) throw new FlotillaError("message_too_large", "The store's answer is too long.");
  return new TextDecoder().decode(bytes);
}

export async function readFound(response: Response, maxBytes: number): Promise<Found> {
  const contentType = response.headers.get("content-type") ?? "application/octet-stream";
  return { ...(await readBytes(response, maxBytes)), contentType };
}

async function readBytes(response: Response, maxBytes: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (length > maxBytes) break;
  }
  const bytes = new Uint8Array(Math.min(length, maxBytes));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return { bytes, isCut: length > maxBytes };
}
