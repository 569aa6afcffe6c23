/** A request as it is written on the wire, or undefined where only a full HTTP client should write it. */
import type { HttpRequest } from "../http-client.ts";

export interface RequestText {
  text: string;
  /** One byte a character. */
  isAscii: boolean;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Anything else would need encoding, or would end the line. */
const VALUE = /^[\t\x20-\x7e]*$/;
/** The connection's own, or what changes how request and answer are framed. */
const OTHERS_BUSINESS = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The lines that all requests to one address begin with. */
export function requestStart({ host, pathname, search }: URL): string {
  return `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
}

export function requestText(start: string, request: HttpRequest): RequestText | undefined {
  const { headers, body = "" } = request;
  let head = start;
  for (const name in headers) {
    const value = headers[name] ?? "";
    if (!TOKEN.test(name) || OTHERS_BUSINESS.has(name.toLowerCase()) || !VALUE.test(value))
      return undefined;
    head += `${name}: ${value}\r\n`;
  }
  const bytes = Buffer.byteLength(body);
  return {
    text: `${head}content-length: ${bytes}\r\n\r\n${body}`,
    isAscii: bytes === body.length,
  };
}
