/** Bytes on a real socket of the Node entry: the fast lane, Node's parser behind it, and both eras behind these. */
import { once } from "node:events";
import { connect } from "node:net";
import { createFront } from "../../../src/gateway/front/front.ts";
import { createFakeRouter } from "../../../src/gateway/front/testing/fake-router.ts";
import { createNodeServer } from "../../../src/gateway/node-server.node.ts";
import { systemClock, systemNewId } from "../../../src/protocol/index.ts";
import { type FuzzTarget, invariant } from "../target.ts";
import { FRONT_SEEDS, HTTP_WORDS } from "./front.ts";
import { modernBody, modernHeads } from "./words.ts";

/** The same requests as bytes, with what HTTP/1.1 wants on top. */
const SEEDS = FRONT_SEEDS.map((text) => {
  const split = text.indexOf("\n\n");
  const [line = "", ...heads] = text.slice(0, split).split("\n");
  const body = text.slice(split + 2);
  const length = Buffer.byteLength(body);
  return [
    `${line} HTTP/1.1`,
    "host: 127.0.0.1",
    ...heads,
    `content-length: ${length}`,
    "",
    body,
  ].join("\r\n");
});
const [first = ""] = SEEDS;

const WORDS = [
  ...HTTP_WORDS,
  "\r\n",
  "\r\n\r\n",
  "\n",
  " HTTP/1.1",
  " HTTP/1.0",
  "transfer-encoding: chunked\r\n",
  "Transfer-Encoding : chunked",
  "content-length: 0\r\n",
  "content-length: 99999999999\r\n",
  "content-length: -1\r\n",
  "content-length: +5\r\n",
  "expect: 100-continue\r\n",
  "connection: close\r\n",
  "connection: upgrade\r\nupgrade: websocket\r\n",
  "0\r\n\r\n",
  "5\r\nhello\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/** After the last byte: an answer that has begun is not waited out, because streams do not end. */
const QUIET_MS = 4;
/** A whole request is answered at once; half of one ends with its sender. */
const ANSWER_MS = 5_000;
/** How often somebody else's plain request must still be answered. */
const CHECK_EVERY = 16;

export const http: FuzzTarget = {
  name: "http",
  watch: ["/src/gateway/"],
  seeds: [
    ...SEEDS,
    first + first,
    first.replace(/content-length: \d+/, "transfer-encoding: chunked").replace(/\{.*/s, "") +
      '5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
    first.replace("content-length", "expect: 100-continue\r\ncontent-length"),
  ],
  dictionary: WORDS,
  async start() {
    const router = createFakeRouter();
    const server = await createNodeServer({
      front: createFront({
        router,
        clock: systemClock,
        newId: systemNewId,
        limits: { maxSessions: 64, maxListens: 64 },
      }),
      host: "127.0.0.1",
      port: 0,
    });
    let runs = 0;
    return {
      async run(input) {
        router.requests.length = 0;
        router.listens.length = 0;
        await deliver(server.port, input);
        if ((runs += 1) % CHECK_EVERY === 0) await bystander(server.url);
      },
      close: () => server.close(),
    };
  },
};

async function deliver(port: number, input: Uint8Array): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  const { promise: answered, resolve } = Promise.withResolvers<string>();
  let text = "";
  let quiet: NodeJS.Timeout | undefined;
  const late = setTimeout(() => resolve("late"), ANSWER_MS);
  socket.on("error", () => resolve("reset"));
  socket.on("close", () => resolve("closed"));
  socket.on("end", () => resolve("closed"));
  socket.on("data", (chunk: Buffer) => {
    if (text.length < 100_000) text += chunk.toString("latin1");
    clearTimeout(quiet);
    quiet = setTimeout(() => resolve("answered"), QUIET_MS);
  });
  // In two pieces: where a request is cut must not matter.
  const cut = input.length > 0 ? (input[0] ?? 0) % input.length : 0;
  socket.write(input.subarray(0, cut));
  socket.end(input.subarray(cut));
  const how = await answered;
  clearTimeout(late);
  clearTimeout(quiet);
  socket.destroy();
  invariant(how !== "late", `neither an answer nor an end within ${ANSWER_MS} ms`);
  invariant(text === "" || text.startsWith("HTTP/1.1 "), `not HTTP: ${text.slice(0, 80)}`);
  invariant(!/^HTTP\/1\.1 500/m.test(text), `a 500 without a cause: ${text.slice(0, 400)}`);
}

async function bystander(url: string): Promise<void> {
  const heads = modernHeads("tools/list").map((head) => head.split(": ") as [string, string]);
  const response = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: heads,
    body: modernBody("tools/list"),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  invariant(response.status === 200, `a bystander got ${response.status}`);
  await response.json();
}
