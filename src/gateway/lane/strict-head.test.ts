import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStrictHead } from "./strict-head.ts";

const head = (...lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;
const plain = head("POST /mcp?x=1 HTTP/1.1", "Host: a:1", "Content-Length: 2", "X-Y:\t z \t");

/** What Node's own parser makes of the same bytes. */
async function nodeReads(text: string): Promise<IncomingMessage | undefined> {
  const server = createServer();
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const verdict = new Promise<IncomingMessage | undefined>((resolve) => {
    server.on("request", (request) => resolve(request));
    server.on("clientError", () => resolve(undefined));
    server.on("upgrade", (request) => resolve(request));
    server.on("checkContinue", (request) => resolve(request));
    socket.on("close", () => resolve(undefined));
    setTimeout(() => resolve(undefined), 200).unref();
  });
  server.emit("connection", socket);
  socket.push(Buffer.from(text, "latin1"));
  const result = await verdict;
  socket.destroy();
  return result;
}

describe("strict head", () => {
  it("reads a plain JSON call", () => {
    expect(readStrictHead(plain)).toEqual({
      path: "/mcp",
      query: "x=1",
      headers: new Map([
        ["host", "a:1"],
        ["content-length", "2"],
        ["x-y", "z"],
      ]),
      contentLength: 2,
    });
  });

  it.each([
    ["another method", head("GET / HTTP/1.1", "Host: a", "Content-Length: 0")],
    ["another version", head("POST / HTTP/1.0", "Host: a", "Content-Length: 0")],
    ["an absolute target", head("POST http://a/ HTTP/1.1", "Host: a", "Content-Length: 0")],
    ["no length", head("POST / HTTP/1.1", "Host: a")],
    ["two lengths", head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 1")],
    ["a list of lengths", head("POST / HTTP/1.1", "Host: a", "Content-Length: 1, 1")],
    ["a signed length", head("POST / HTTP/1.1", "Host: a", "Content-Length: +1")],
    ["a padded length", head("POST / HTTP/1.1", "Host: a", "Content-Length: 01")],
    [
      "a transfer coding",
      head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked"),
    ],
    ["no host", head("POST / HTTP/1.1", "Content-Length: 1")],
    ["two hosts", head("POST / HTTP/1.1", "Host: a", "Host: b", "Content-Length: 1")],
    ["folding", head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "X: a", " b")],
    ["a space before the colon", head("POST / HTTP/1.1", "Host: a", "Content-Length : 1")],
    ["a bare line feed", "POST / HTTP/1.1\r\nHost: a\nContent-Length: 1\r\n\r\n"],
    ["a control byte", head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "X: a\0b")],
    ["a non-ASCII byte", head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "X: \xe4")],
    ["an upgrade", head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Upgrade: h2c")],
    [
      "an expectation",
      head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Expect: 100-continue"),
    ],
    [
      "connection options",
      head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Connection: close, x"),
    ],
    ["a fragment", head("POST /#a HTTP/1.1", "Host: a", "Content-Length: 1")],
  ])("leaves %s to the platform's parser", (_what, text) => {
    expect(readStrictHead(text)).toBeUndefined();
  });

  it("never accepts what Node refuses, and reads the same from what both accept", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(damagedHeads, async (bytes) => {
        const ours = readStrictHead(bytes);
        if (ours === undefined) return;
        accepted += 1;
        const theirs = await nodeReads(bytes);
        expect(theirs, JSON.stringify(bytes)).toBeDefined();
        expect(theirs?.url?.split("?")).toEqual(bytes.split(" ")[1]?.split("?"));
        expect(theirs?.url?.startsWith(ours.path)).toBe(true);
        expect({ ...theirs?.headers }).toEqual(Object.fromEntries(ours.headers));
      }),
      { numRuns: 10_000 },
    );
    // The property says nothing if hardly any head was accepted.
    expect(accepted).toBeGreaterThan(500);
  });
});

const value = fc.oneof(
  fc.constantFrom(
    "a",
    "keep-alive",
    "chunked",
    "close",
    "",
    " 1 ",
    "1,1",
    "a\tb",
    "application/json",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 6 }),
);
const names = ["Accept", "Connection", "Content-Type", "Mcp-Method", "Transfer-Encoding", "X-A"];
const lines = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), value), {
  selector: ([name]) => name,
  maxLength: 4,
});
const targets = fc.constantFrom("/mcp", "/mcp/a?b=c", "/?", "/a%20b", "*", "http://h/", "/\u00e4");

/** Well-formed heads, most of them then damaged at one place. */
const damagedHeads = fc
  .tuple(
    targets,
    lines,
    fc.nat(),
    fc.constantFrom("", "", "\n", "\r", " ", ":", "\0", "\x7f", "0", "\r\n"),
  )
  .map(([target, extra, at, damage]) => {
    const all = [["Host", "h"], ["Content-Length", "3"], ...extra];
    const text = head(
      `POST ${target} HTTP/1.1`,
      ...all.map(([name, content]) => `${name}: ${content}`),
    );
    const place = at % text.length;
    return damage === "" ? text : `${text.slice(0, place)}${damage}${text.slice(place)}`;
  });
