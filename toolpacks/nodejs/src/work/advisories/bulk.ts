/**
 * Asks npm's bulk advisory endpoint, the one `npm audit` asks. Never throws: what did not work is part of the answer.
 * https://docs.npmjs.com/cli/v11/commands/npm-audit#bulk-advisory-endpoint
 */
import { isFields } from "../json.ts";
import type { Fields } from "../json.ts";

const ENDPOINT = "https://registry.npmjs.org/-/npm/v1/security/advisories/bulk";
/** Names a request; the answer to a thousand stays below a megabyte. */
const NAMES = 1_000;
const MAX_REQUESTS = 50;
const MAX_ANSWER_BYTES = 33_554_432;

export interface BulkAnswer {
  /** Advisories by package name, as the endpoint gave them. */
  found: Record<string, unknown>;
  asked: number;
  answered: number;
  /** Why not all were answered. */
  problem?: string;
}

export interface BulkOptions {
  fetch: typeof fetch;
  timeoutMs: number;
  signal: AbortSignal;
}

export async function askBulk(
  versions: Readonly<Record<string, readonly string[]>>,
  { fetch: ask, timeoutMs, signal }: BulkOptions,
): Promise<BulkAnswer> {
  const names = Object.entries(versions);
  const answer: BulkAnswer = { found: Object.create(null), asked: names.length, answered: 0 };
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  for (let at = 0; at < names.length && at < NAMES * MAX_REQUESTS; at += NAMES) {
    const part = names.slice(at, at + NAMES);
    try {
      Object.assign(answer.found, await askOnce(Object.fromEntries(part), { ask, within }));
      answer.answered += part.length;
    } catch (error) {
      signal.throwIfAborted();
      return {
        ...answer,
        problem: within.aborted ? `no answer within ${timeoutMs} ms` : wordsOf(error),
      };
    }
  }
  return answer.answered < answer.asked ? { ...answer, problem: "too many packages" } : answer;
}

async function askOnce(
  body: Record<string, readonly string[]>,
  { ask, within }: { ask: typeof fetch; within: AbortSignal },
): Promise<Fields> {
  const response = await ask(ENDPOINT, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: within,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the registry answered ${response.status}`);
  }
  const value: unknown = JSON.parse(await boundedText(response));
  if (!isFields(value)) throw new Error("the registry's answer is no object");
  return value;
}

async function boundedText(response: Response): Promise<string> {
  const parts: string[] = [];
  const decoder = new TextDecoder();
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error("the registry's answer is too large");
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("");
}

/** Network errors hide their reason in `cause`. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed";
  const code: unknown =
    error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return typeof code === "string" ? `${error.message} (${code})` : error.message;
}
