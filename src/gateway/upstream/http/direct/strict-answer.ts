/**
 * Reads the head of one HTTP/1.1 answer in a strict subset of RFC 9112: one Content-Length, no transfer coding, nothing
 * that changes where the answer ends. Whatever is outside the subset is not judged here; it is left, byte for byte, to
 * the platform's own parser.
 */
import { contentLengthOf, readHeaderLines } from "../../../strict-header-lines.ts";

export interface StrictAnswer {
  status: number;
  /** By lower-case name; no name twice. */
  headers: Readonly<Record<string, string>>;
  contentLength: number;
  /** How long the connection may be kept for another request; 0 when the server ends it. */
  keepAliveMs: number;
}

/** A longer head is left to the platform's parser, which has its own bound. */
export const MAX_HEAD_BYTES = 8 * 1024;
/** Without a promise of the server; less than what servers commonly keep an idle connection. */
const DEFAULT_KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 600_000;
/** A request on its way when the server gives up is a call that may have run: so much earlier we give up first. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** Not 1xx, which comes before the answer, nor 204 and 304, which have no body whatever their length says. */
const STATUS_LINE = /HTTP\/1\.1 ([2-5]\d\d) [\t\x20-\x7e]*\r\n/y;
const BODILESS = new Set([204, 304]);

/** Each of these changes how the answer is framed or read. */
const OTHERS_BUSINESS = ["transfer-encoding", "content-encoding", "upgrade", "trailer"];

/**
 * The head in `text`, which must end with the empty line (CRLF CRLF) and hold one byte a character; undefined when it
 * is not in the subset.
 */
export function readStrictAnswer(text: string): StrictAnswer | undefined {
  if (text.length > MAX_HEAD_BYTES) return undefined;
  STATUS_LINE.lastIndex = 0;
  const line = STATUS_LINE.exec(text);
  if (line === null) return undefined;
  const status = Number(line[1]);
  const headers = readHeaderLines(text, STATUS_LINE.lastIndex);
  if (headers === undefined || BODILESS.has(status)) return undefined;
  if (OTHERS_BUSINESS.some((name) => headers.has(name))) return undefined;
  // Events are wanted when they come, not when the last one has.
  if (headers.get("content-type")?.toLowerCase().startsWith("text/event-stream")) return undefined;
  const contentLength = contentLengthOf(headers);
  const keepAliveMs = keepAliveOf(headers);
  if (contentLength === undefined || keepAliveMs === undefined) return undefined;
  return { status, headers: Object.fromEntries(headers), contentLength, keepAliveMs };
}

/** Undefined for a `Connection` header that says more than whether the connection stays. */
function keepAliveOf(headers: ReadonlyMap<string, string>): number | undefined {
  const connection = headers.get("connection")?.toLowerCase() ?? "keep-alive";
  if (connection === "close") return 0;
  if (connection !== "keep-alive") return undefined;
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i.exec(
    headers.get("keep-alive") ?? "",
  )?.[1];
  if (seconds === undefined) return DEFAULT_KEEP_ALIVE_MS;
  const promisedMs = Number(seconds) * 1_000 - KEEP_ALIVE_MARGIN_MS;
  return Math.min(Math.max(promisedMs, 0), MAX_KEEP_ALIVE_MS);
}
