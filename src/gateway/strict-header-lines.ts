/** Header lines in a subset of RFC 9112 that every parser reads alike; for requests (the lane) and answers (workers). */

const MAX_HEADERS = 64;

/** RFC 9110 §5.6.2 token, no space before the colon, no folding, no control or non-ASCII byte in the value. */
const HEADER_LINE =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?[ \t]*\r\n/y;
/** Canonical decimal only: no sign, no list, no leading zero. */
const LENGTH = /^(?:0|[1-9]\d{0,8})$/;

/**
 * Headers by lower-case name from `from` to the empty line that must end `text` (one byte a character); undefined when one
 * is outside the subset, or comes twice.
 */
export function readHeaderLines(text: string, from: number): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  const end = text.length - 2;
  let at = from;
  while (at < end) {
    HEADER_LINE.lastIndex = at;
    const match = HEADER_LINE.exec(text);
    if (match === null || headers.size === MAX_HEADERS) return undefined;
    const name = (match[1] ?? "").toLowerCase();
    if (headers.has(name)) return undefined;
    headers.set(name, match[2] ?? "");
    at = HEADER_LINE.lastIndex;
  }
  return at === end ? headers : undefined;
}

/** Undefined when there is none, or it is not in the one form that everybody reads alike. */
export function contentLengthOf(headers: ReadonlyMap<string, string>): number | undefined {
  const text = headers.get("content-length") ?? "";
  return LENGTH.test(text) ? Number(text) : undefined;
}
