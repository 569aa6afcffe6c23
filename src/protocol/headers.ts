/** The MCP headers of Streamable HTTP and the form their values take (2026-07-28, transports, SEP-2243). */

/** Lower case: header names are compared without regard to case, and this is how Node hands them out. */
export const HEADER = {
  protocolVersion: "mcp-protocol-version",
  method: "mcp-method",
  name: "mcp-name",
  sessionId: "mcp-session-id",
  lastEventId: "last-event-id",
  paramPrefix: "mcp-param-",
} as const;

const SENTINEL = /^=\?base64\?(.*)\?=$/i;
/** Visible ASCII with inner spaces: what any HTTP stack carries unchanged. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** The header form of a value: as it is where HTTP carries it unchanged, else wrapped in base64. */
export function encodeHeaderValue(value: string): string {
  if (PLAIN.test(value) && !SENTINEL.test(value)) return value;
  const bytes = new TextEncoder().encode(value);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `=?base64?${btoa(binary)}?=`;
}

/** The value a header stands for; undefined when it is wrapped but not valid base64 of UTF-8. */
export function decodeHeaderValue(header: string): string | undefined {
  const trimmed = trimSpace(header);
  const wrapped = SENTINEL.exec(trimmed)?.[1];
  if (wrapped === undefined) return trimmed;
  try {
    const binary = atob(wrapped);
    // `atob` forgives missing padding and inner space; a second spelling of one value would dodge comparisons.
    if (btoa(binary) !== wrapped) return undefined;
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Optional white space as HTTP has it. A loop, because a regular expression would take quadratic time on a long run. */
function trimSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start += 1;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

const isSpace = (code: number): boolean => code === 32 || code === 9;

/**
 * Which member of `params` the `Mcp-Name` header repeats, by method. Methods come from peers: without a prototype,
 * "constructor" finds nothing.
 */
export const NAME_PARAM: Readonly<Record<string, string>> = Object.setPrototypeOf(
  {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
  },
  null,
);
