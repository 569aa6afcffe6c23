/** Reads request bodies: small, JSON, and of the right shape, or refused with what to send instead. */
import { FlotillaError } from "../../protocol/errors.ts";
import { isObject } from "../json.ts";

/** Requests name a worker and an asker; anything large is a mistake. */
const MAX_BODY_BYTES = 16 * 1024;
const MAX_BY_CHARS = 200;

/** The body as an object; an empty body is `{}`. */
export async function readObject(
  request: Request,
  maxBytes = MAX_BODY_BYTES,
): Promise<Record<string, unknown>> {
  const text = await readText(request, maxBytes);
  if (text.trim() === "") return {};
  // A cross-site form can send text/plain without asking first, JSON it cannot.
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw invalid("The body must be JSON.", "Send the header content-type: application/json.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("The body is not valid JSON.", "Check commas, quotes and brackets.");
  }
  if (isObject(value)) return value;
  throw invalid("The body must be a JSON object.", 'Send something like {"by":"me"}.');
}

/** Who asks; shown in logs and reasons, so it is kept to plain characters. */
export function askerOf(body: Record<string, unknown>): string {
  const by = body["by"] ?? "api";
  if (typeof by !== "string" || by.length > MAX_BY_CHARS) {
    throw invalid('"by" must be a short text.', "Name who asks, or leave it out.");
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return by.replaceAll(/[\u0000-\u001f\u007f]/g, " ").trim() || "api";
}

export function requiredText(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`"${name}" must be given as text.`, `Send {"${name}":"…"}.`);
}

export function invalid(message: string, hint: string): FlotillaError {
  return new FlotillaError("bad_request", message, { hint });
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      // The sender goes on until told; nothing of it is kept.
      void reader.cancel().catch(() => undefined);
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  return decode(chunks, bytes);
}

function decode(chunks: readonly Uint8Array[], bytes: number): string {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return new TextDecoder().decode(all);
}

function tooLarge(maxBytes: number): FlotillaError {
  return new FlotillaError("message_too_large", `The body is larger than ${maxBytes} bytes.`, {
    hint: "Requests to the coordinator are small; check what is being sent.",
  });
}
