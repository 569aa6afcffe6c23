/**
 * What a worker's HTTP server may answer, read by the direct client and by Node's own: the direct one may refuse more,
 * never take what Node refuses or read it otherwise. The first line of an input says where the bytes after it are cut.
 */
import { once } from "node:events";
import { request as createRequest } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { createDirectHttpClient } from "../../../src/gateway/upstream/http/direct/direct-http-client.node.ts";
import type { HttpAnswer, HttpClient } from "../../../src/gateway/upstream/http/http-client.ts";
import { readText } from "../../../src/gateway/upstream/http/sse-reader.ts";
import { WholeBody } from "../../../src/gateway/upstream/http/whole-body.ts";
import { isFlotillaError } from "../../../src/protocol/index.ts";
import { type FuzzTarget, invariant } from "../target.ts";
import { cutUp } from "./cuts.ts";
import { LANE_WORDS } from "./lane-words.ts";

const MAX_BODY_BYTES = 1_000_000;

const answer = (body: string, extra = "", status = "200 OK"): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${extra}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const SEEDS = [
  `\n${answer('{"a":1}')}`,
  `5 60 90\n${answer('{"a":"ü"}', "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n")}`,
  `\n${answer("", "", "202 Accepted")}`,
  `\n${answer("{}", "Connection: close\r\n")}`,
  `\n${answer("no", "", "404 Not Found")}`,
  "\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "\nHTTP/1.1 200 OK\r\n\r\nuntil the end",
  `\n${answer("3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n")}`,
  `\n${answer("abc")}and more`,
  `\nHTTP/1.1 100 Continue\r\n\r\n${answer("{}")}`,
  "\nHTTP/1.1 204 No Content\r\n\r\n",
  `\n${answer("data: {}\n\n", "Mcp-Session-Id: s1\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n")}`,
];

interface Verdict {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export const answers: FuzzTarget = {
  name: "answers",
  watch: ["/src/gateway/upstream/http/direct/", "/src/gateway/strict-header"],
  seeds: SEEDS,
  dictionary: [
    ...LANE_WORDS,
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 200\r\n",
    "204 No Content",
    "304",
    "101 Switching Protocols",
    "Keep-Alive: timeout=5, max=1\r\n",
    "Content-Encoding: gzip\r\n",
  ],
  async start() {
    let parts: readonly Uint8Array[] = [];
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      // One request a connection; what it says does not matter.
      socket.once("data", () => void send(socket, parts));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    return {
      async run(input) {
        parts = cutUp(input);
        const ours = await directly(url);
        if (ours === undefined) return;
        const theirs = await nodeReads(url);
        invariant(theirs !== undefined, `takes what Node refuses: ${JSON.stringify(ours)}`);
        const [one, other] = [JSON.stringify(ours), JSON.stringify(theirs)];
        invariant(one === other, `reads ${one} where Node reads ${other}`);
      },
      async close() {
        server.close();
        await once(server, "close");
      },
    };
  },
};

async function send(socket: Socket, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return;
    socket.write(part);
    await turn();
  }
  socket.end();
}

/** Undefined for a refusal. */
async function directly(url: string): Promise<Verdict | undefined> {
  const client = await clientThatKnows(url);
  try {
    const { status, headers, body } = await ask(client, url);
    return { status, headers: sorted(headers), body: await readText(body, MAX_BODY_BYTES) };
  } catch (error) {
    invariant(isFlotillaError(error), `not typed: ${String(error)}`);
    return undefined;
  } finally {
    await client.close();
  }
}

const ask = (client: HttpClient, url: string): Promise<HttpAnswer> =>
  client.request({ method: "POST", url, headers: {}, body: "x" });

/** Only an address that has answered plainly is asked directly. */
async function clientThatKnows(url: string): Promise<HttpClient> {
  const plain = { status: 200, headers: { "content-length": "0" }, body: new WholeBody("") };
  const client = createDirectHttpClient({
    general: { request: () => Promise.resolve(plain), close: () => Promise.resolve() },
  });
  await ask(client, url);
  return client;
}

function nodeReads(url: string): Promise<Verdict | undefined> {
  return new Promise((resolve) => {
    const request = createRequest(url, { method: "POST", agent: false }, (response) => {
      let body = "";
      const headers = Object.entries(response.headersDistinct).map(
        ([name, value]): [string, string] => [name, value?.join(", ") ?? ""],
      );
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: sorted(Object.fromEntries(headers)),
          body,
        }),
      );
    });
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(undefined);
    });
    request.on("error", () => resolve(undefined));
    request.end("x");
  });
}

const sorted = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).toSorted(([one], [other]) => (one < other ? -1 : 1)));
