/**
 * The fast lane against Node's own parser: the same bytes, cut in the same places, go to a server with the lane in
 * front and to one without. Whatever the lane serves or hands over must be what Node alone would have understood, in
 * the same order; it may refuse more, never accept more or something else. The first line of an input says where the
 * bytes after it are cut; decimal places, separated by spaces.
 */
import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { FrontCore, HttpCall } from "../../../src/gateway/front/exchange.ts";
import { createLane, type Lane } from "../../../src/gateway/lane/lane.node.ts";
import { NodeCall } from "../../../src/gateway/node-reply.node.ts";
import { systemClock } from "../../../src/protocol/index.ts";
import { type FuzzTarget, invariant } from "../target.ts";
import { cutUp } from "./cuts.ts";
import { LANE_SEEDS, LANE_WORDS } from "./lane-words.ts";

/** Longer bodies than this go to the platform, so that both ways are met by small inputs. */
const MAX_BODY_BYTES = 200;
/** Both servers are in this process; only a fault takes longer. */
const ANSWER_MS = 5_000;
const PROBED = ["host", "content-length", "content-type", "x", "mcp-name", "transfer-encoding"];
const HEADER_NAME = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:/g;

/** One server and what it has understood so far; a request whose body never ends leaves no word. */
interface Side {
  port: number;
  understood: string[];
  /** Names of the headers to look at. */
  names: readonly string[];
  /** The connection under way, as the server sees it. */
  socket: Socket | undefined;
  lane?: Lane;
  close(): Promise<void>;
}

const told = (side: Side, call: HttpCall, body: Uint8Array): string =>
  JSON.stringify([
    call.method,
    call.path,
    call.query,
    side.names.map((name) => call.header(name) ?? null),
    isUtf8(body) ? Buffer.from(body).toString("hex") : "not_utf8",
  ]);

function createPlatform(side: Side): Server {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      side.understood.push(told(side, new NodeCall(request, response), body));
      response.end("{}");
    });
  };
  const options = {
    requireHostHeader: true,
    insecureHTTPParser: false,
    maxHeaderSize: 16 * 1024,
  };
  return createServer(options, handle).on("checkContinue", handle);
}

function createCore(side: Side): FrontCore {
  return {
    plan: ({ path }) =>
      path.startsWith("/mcp") ? { kind: "read", maxBytes: MAX_BODY_BYTES } : { kind: "fallback" },
    run(call, body, reply) {
      side.understood.push(told(side, call, Buffer.from(body)));
      reply.send({ status: 200, body: "{}" });
    },
    // Only a body that is not UTF-8 is refused, and the lane has no call to tell of it: see `comparable`.
    refuseBody: (why) => {
      side.understood.push(why);
      return { status: 400, body: why };
    },
  };
}

async function createSide(withLane: boolean): Promise<Side> {
  const side: Side = {
    port: 0,
    understood: [],
    names: PROBED,
    socket: undefined,
    close: () => Promise.resolve(),
  };
  const platform = createPlatform(side);
  const hand = (socket: Socket): void => void platform.emit("connection", socket);
  if (withLane) {
    side.lane = createLane({
      core: createCore(side),
      clock: systemClock,
      handOver: hand,
      bodyTimeoutMs: ANSWER_MS,
      keepAliveMs: ANSWER_MS,
    });
  }
  const server: NetServer = createNetServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    side.socket = socket;
    if (side.lane === undefined) hand(socket);
    else side.lane.accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  side.port = (server.address() as AddressInfo).port;
  side.close = async () => {
    side.lane?.close();
    platform.closeAllConnections();
    platform.close();
    server.close();
    await once(server, "close");
  };
  return side;
}

/** Waits until the server has read so many bytes or is done with the connection. */
async function hasRead(side: Side, bytes: number): Promise<boolean> {
  const until = performance.now() + ANSWER_MS;
  while (performance.now() < until) {
    const { socket } = side;
    if (socket !== undefined && (socket.destroyed || socket.writableEnded)) return false;
    if (socket !== undefined && socket.bytesRead >= bytes) break;
    await turn();
  }
  invariant(performance.now() < until, `nobody reads within ${ANSWER_MS} ms`);
  // What was read is understood in the same turn, its body's end in the next.
  await turn();
  await turn();
  return true;
}

const endOf = ({ socket }: Side): void => void socket?.destroy();

/** What a server says it understood of `parts`; each part is sent when the one before has been read. */
async function ask(side: Side, parts: readonly Uint8Array[]): Promise<string> {
  side.understood = [];
  side.socket = undefined;
  const socket = connect({ port: side.port, host: "127.0.0.1", noDelay: true });
  let answer = "";
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  await once(socket, "connect");
  let sent = 0;
  for (const part of parts) {
    socket.write(part);
    sent += part.length;
    if (!(await hasRead(side, sent))) break;
  }
  socket.end();
  const late = setTimeout(() => socket.destroy(new Error("late")), ANSWER_MS);
  await closed;
  clearTimeout(late);
  endOf(side);
  return answer;
}

/** The lane cannot say of which request a body was not UTF-8; that it was not must then do. */
const comparable = (one: string, other: string): boolean =>
  one === other || (one === "not_utf8" && other.endsWith('"not_utf8"]'));

export const lane: FuzzTarget = {
  name: "lane",
  watch: ["/src/gateway/lane/"],
  seeds: LANE_SEEDS,
  dictionary: LANE_WORDS,
  async start() {
    const [fast, plain] = [await createSide(true), await createSide(false)];
    return {
      async run(input) {
        const parts = cutUp(input);
        const found = [...Buffer.concat(parts).toString("latin1").matchAll(HEADER_NAME)];
        const names = new Set([...PROBED, ...found.map(([, name = ""]) => name.toLowerCase())]);
        fast.names = plain.names = [...names].slice(0, 80);
        const answer = await ask(fast, parts);
        await ask(plain, parts);
        compare(fast.understood, plain.understood);
        invariant(answer === "" || answer.startsWith("HTTP/1.1 "), `not HTTP: ${answer}`);
      },
      sizes: () => ({ connections: fast.lane?.size() ?? 0 }),
      close: async () => void (await Promise.all([fast.close(), plain.close()])),
    };
  },
};

function compare(fast: readonly string[], plain: readonly string[]): void {
  invariant(fast.length <= plain.length, `accepts more than Node: ${String(fast[plain.length])}`);
  for (const [index, words] of fast.entries()) {
    const other = plain[index] ?? "";
    invariant(comparable(words, other), `reads ${words} where Node reads ${other}`);
  }
  // Stricter would be allowed; it is not wanted, so it is told.
  invariant(
    fast.length === plain.length,
    `refuses what Node accepts: ${String(plain[fast.length])}`,
  );
}
