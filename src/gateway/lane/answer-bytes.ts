/** The bytes of an answer on a lane: what `node:http` would write for the same answer, made in one string. */
import { SSE_HEADERS, type Answer } from "../front/exchange.ts";

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export interface AnswerHead {
  date: string;
  /** The connection ends after this answer. */
  isLast: boolean;
}

/** What stands before the body; `bodyBytes` is the body's length in UTF-8. */
export function answerHead(answer: Answer, bodyBytes: number, head: AnswerHead): string {
  const type = answer.body === "" ? "" : "content-type: application/json\r\n";
  const length = answer.status === 204 ? "" : `content-length: ${bodyBytes}\r\n`;
  const own = answer.headers === undefined ? type : headerLines(answer.headers, type);
  return `${statusLine(answer.status, head)}${own}${length}\r\n`;
}

/** The head of a stream; its body follows as chunks. */
export function streamHead(
  headers: Readonly<Record<string, string>> | undefined,
  head: AnswerHead,
): string {
  const lines = headerLines({ ...SSE_HEADERS, ...headers }, "");
  return `${statusLine(200, head)}${lines}transfer-encoding: chunked\r\n\r\n`;
}

/** One chunk (RFC 9112 §7.1). An empty text would be the last one, so it is none at all. */
export function chunkText(text: string, bytes: number): string {
  return text === "" ? "" : `${bytes.toString(16)}\r\n${text}\r\n`;
}

export const LAST_CHUNK = "0\r\n\r\n";

function statusLine(status: number, { date, isLast }: AnswerHead): string {
  const connection = isLast ? "connection: close\r\n" : "";
  return `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}\r\ndate: ${date}\r\n${connection}`;
}

function headerLines(headers: Readonly<Record<string, string>>, defaultType: string): string {
  let lines = "content-type" in headers ? "" : defaultType;
  for (const [name, value] of Object.entries(headers)) {
    if (/[\r\n\0]/.test(value)) continue;
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}
