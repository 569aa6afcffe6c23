import { describe, expect, it } from "vitest";
import { readStrictAnswer } from "./strict-answer.ts";

const head = (...lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;
const ok = "HTTP/1.1 200 OK";

describe("strict answer", () => {
  it("reads a plain answer", () => {
    const text = head(ok, "Content-Type: application/json", "content-length: 12");
    expect(readStrictAnswer(text)).toEqual({
      status: 200,
      headers: { "content-type": "application/json", "content-length": "12" },
      contentLength: 12,
      keepAliveMs: 4_000,
    });
  });

  it.each([
    [["Keep-Alive: timeout=5"], 4_000],
    [["Connection: keep-alive", "Keep-Alive: timeout=60, max=100"], 59_000],
    [["Keep-Alive: timeout=1"], 0],
    [["Keep-Alive: timeout=999999"], 600_000],
    [["Keep-Alive: max=5"], 4_000],
    [["Connection: Close", "Keep-Alive: timeout=60"], 0],
  ])("keeps the connection for as long as %j allows", (lines, keepAliveMs) => {
    const answer = readStrictAnswer(head(ok, "Content-Length: 0", ...lines));
    expect(answer?.keepAliveMs).toBe(keepAliveMs);
  });

  it.each([
    ["no length", head(ok)],
    ["two lengths", head(ok, "Content-Length: 1", "Content-Length: 1")],
    ["a list of lengths", head(ok, "Content-Length: 1, 1")],
    ["a padded length", head(ok, "Content-Length: 01")],
    ["a transfer coding", head(ok, "Content-Length: 1", "Transfer-Encoding: chunked")],
    ["a content coding", head(ok, "Content-Length: 1", "Content-Encoding: gzip")],
    ["events", head(ok, "Content-Length: 1", "Content-Type: Text/Event-Stream; x=y")],
    ["connection options", head(ok, "Content-Length: 1", "Connection: keep-alive, x")],
    ["an interim answer", head("HTTP/1.1 100 Continue", "Content-Length: 1")],
    ["another protocol", head("HTTP/1.1 101 Switching Protocols", "Content-Length: 1")],
    ["an answer without a body", head("HTTP/1.1 204 No Content", "Content-Length: 1")],
    ["nothing new", head("HTTP/1.1 304 Not Modified", "Content-Length: 1")],
    ["another version", head("HTTP/1.0 200 OK", "Content-Length: 1")],
    ["a status line without its space", head("HTTP/1.1 200", "Content-Length: 1")],
    ["folding", head(ok, "Content-Length: 1", "X: a", " b")],
    ["a space before the colon", head(ok, "Content-Length : 1")],
    ["a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n"],
    ["a non-ASCII byte", head(ok, "Content-Length: 1", "X: \xe4")],
    ["a long head", head(ok, "Content-Length: 1", `X: ${"a".repeat(9_000)}`)],
    [
      "many headers",
      head(ok, "Content-Length: 1", ...Array.from({ length: 64 }, (_, n) => `X-${n}: a`)),
    ],
  ])("leaves %s to the platform's parser", (_what, text) => {
    expect(readStrictAnswer(text)).toBeUndefined();
  });
});
