/**
 * Reads the head of one HTTP/1.1 request in a strict subset of RFC 9112: nothing that two parsers could read in two
 * ways is ever accepted. Whatever is outside the subset is not refused here; it is left, byte for byte, to the
 * platform's own parser.
 */

import { contentLengthOf, readHeaderLines } from "../strict-header-lines.ts";

export interface StrictHead {
  /** Undecoded, starting with "/", without the query. */
  path: string;
  /** Without "?"; empty when there is none. */
  query: string;
  /** By lower-case name; no name twice. */
  headers: ReadonlyMap<string, string>;
  contentLength: number;
}

/** A longer head is left to the platform's parser, which has its own bound. */
export const MAX_HEAD_BYTES = 8 * 1024;

/** One origin-form target; "#" and the bytes RFC 3986 excludes are not in it. */
const REQUEST_LINE =
  /POST (\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)(?:\?([A-Za-z0-9._~!$&'()*+,;=:@%/?-]*))? HTTP\/1\.1\r\n/y;
/** Each of these changes how the message is framed or answered; none belongs in a plain JSON call. */
const OTHERS_BUSINESS = [
  "transfer-encoding",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "proxy-connection",
  "http2-settings",
];

/**
 * The head in `text`, which must end with the empty line (CRLF CRLF) and hold one byte a character; undefined when it
 * is not in the subset.
 */
export function readStrictHead(text: string): StrictHead | undefined {
  if (text.length > MAX_HEAD_BYTES) return undefined;
  REQUEST_LINE.lastIndex = 0;
  const line = REQUEST_LINE.exec(text);
  if (line === null) return undefined;
  const headers = readHeaderLines(text, REQUEST_LINE.lastIndex);
  if (headers === undefined || !isPlain(headers)) return undefined;
  const contentLength = contentLengthOf(headers);
  if (contentLength === undefined) return undefined;
  return { path: line[1] ?? "/", query: line[2] ?? "", headers, contentLength };
}

function isPlain(headers: ReadonlyMap<string, string>): boolean {
  if ((headers.get("host") ?? "") === "") return false;
  const connection = headers.get("connection");
  if (connection !== undefined && connection.toLowerCase() !== "keep-alive") return false;
  return !OTHERS_BUSINESS.some((name) => headers.has(name));
}
