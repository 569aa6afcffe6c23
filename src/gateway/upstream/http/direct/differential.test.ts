/** What the direct client makes of an answer, and what Node's own client makes of the very same bytes. */
import { request as createRequest } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpAnswer, HttpClient } from "../http-client.ts";
import { readText } from "../sse-reader.ts";
import { WholeBody } from "../whole-body.ts";
import { createDirectHttpClient } from "./direct-http-client.node.ts";
import { readStrictAnswer } from "./strict-answer.ts";
import { createScriptedServer, type ScriptedServer } from "./testing/scripted-server.node.ts";

interface Script {
  bytes: string;
  cuts: number[];
}

interface Verdict {
  status: number;
  headers: Record<string, string>;
  body: string;
}

let script: Script;
let server: ScriptedServer;
beforeAll(async () => {
  server = await createScriptedServer((_asked, socket) => {
    const { bytes, cuts } = script;
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)];
    const next = (): void => {
      const from = places.shift();
      if (from === undefined) return void socket.end();
      socket.write(bytes.slice(from, places[0] ?? bytes.length), "latin1");
      setImmediate(next);
    };
    next();
  });
});
afterAll(() => server.close());

/** Undefined for a refusal. */
async function verdictOf(client: HttpClient): Promise<Verdict | undefined> {
  try {
    const answer = await client.request({
      method: "POST",
      url: server.url,
      headers: {},
      body: "x",
    });
    const body = await readText(answer.body, 1_000_000);
    return { status: answer.status, headers: { ...answer.headers }, body };
  } catch {
    return undefined;
  } finally {
    await client.close();
  }
}

function nodeReads(): Promise<Verdict | undefined> {
  return new Promise((resolve) => {
    const request = createRequest(server.url, { method: "POST", agent: false }, (response) => {
      let body = "";
      const headers = Object.entries(response.headersDistinct).map(
        ([name, value]) => [name, value?.join(", ") ?? ""] as const,
      );
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(headers), body }),
      );
    });
    request.on("error", () => resolve(undefined));
    request.end("x");
  });
}

/** Has been told already that the address answers plainly. */
async function direct(): Promise<HttpClient> {
  const answer: HttpAnswer = {
    status: 200,
    headers: { "content-length": "0" },
    body: new WholeBody(""),
  };
  const client = createDirectHttpClient({
    general: { request: async () => answer, close: async () => {} },
  });
  await client.request({ method: "POST", url: server.url, headers: {}, body: "x" });
  return client;
}

const names = [
  "Content-Type",
  "Content-Encoding",
  "Connection",
  "Keep-Alive",
  "Set-Cookie",
  "Transfer-Encoding",
  "Trailer",
  "Content-Length",
  "X-A",
];
const values = fc.oneof(
  fc.constantFrom(
    "close",
    "keep-alive",
    "chunked",
    "timeout=5",
    "3",
    "03",
    "text/event-stream",
    "",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 6 }),
);
const statusLines = fc.constantFrom(
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200 OK",
  "HTTP/1.1 404 ",
  "HTTP/1.1 202",
  "HTTP/1.0 200 OK",
  "HTTP/1.1 204 No Content",
  "HTTP/1.1 100 Continue",
  "HTTP/1.1 500 \xe4",
);
const bodies = fc.constantFrom(
  "abc",
  "abc",
  "abc",
  "abc",
  "abc",
  "ab",
  "abcd",
  "3\r\nabc\r\n0\r\n\r\n",
  "\xff\xfe\xfd",
);
const damages = fc.constantFrom(
  "",
  "",
  "",
  "",
  "",
  "",
  "\n",
  "\r",
  " ",
  ":",
  "\0",
  "\x7f",
  "0",
  "\r\n",
);

/** Answers of three bytes, most of them damaged. */
const scripts: fc.Arbitrary<Script> = fc
  .record({
    line: statusLines,
    extra: fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 2 }),
    hasLength: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    body: bodies,
    damage: damages,
    at: fc.nat(),
    cuts: fc.array(fc.nat(400), { maxLength: 2 }),
  })
  .map(({ line, extra, hasLength, body, damage, at, cuts }) => {
    const all = hasLength ? [["Content-Length", "3"], ...extra] : extra;
    const text = [line, ...all.map(([name, value]) => `${name}: ${value}`), "", body].join("\r\n");
    const place = at % text.length;
    return { bytes: `${text.slice(0, place)}${damage}${text.slice(place)}`, cuts };
  });

describe("direct HTTP client beside Node's", () => {
  it("never takes an answer that Node refuses, and reads the same from what both take", async () => {
    let taken = 0;
    let strict = 0;
    await fc.assert(
      fc.asyncProperty(scripts, async (one) => {
        script = one;
        const ours = await verdictOf(await direct());
        const head = one.bytes.slice(0, one.bytes.indexOf("\r\n\r\n") + 4);
        if (readStrictAnswer(head) !== undefined) strict += 1;
        if (ours === undefined) return;
        taken += 1;
        expect(ours).toEqual(await nodeReads());
      }),
      { numRuns: 1_500 },
    );
    // The property says nothing if hardly any answer was taken, or none of them directly.
    expect(taken).toBeGreaterThan(200);
    expect(strict).toBeGreaterThan(80);
  });
});
