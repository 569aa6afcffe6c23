import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../protocol/system-clock.ts";
import type { FrontCore, Reply } from "../front/exchange.ts";
import { createLane, type Lane } from "./lane.node.ts";

interface Bench {
  port: number;
  lane: Lane;
  /** Calls that the core got, in order. */
  served: string[];
  /** Requests that the platform's server got. */
  handedOver: string[];
  replies: Reply[];
  gone: string[];
  /** Connections so far. */
  accepted(): number;
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const end of open.splice(0)) end();
});

/** "hold" is answered by the test, everything else at once with the body in capitals. */
function createCore(bench: Pick<Bench, "served" | "replies" | "gone">): FrontCore {
  return {
    plan: (call) =>
      call.path === "/mcp" ? { kind: "read", maxBytes: 1_000 } : { kind: "fallback" },
    run(call, body, reply) {
      bench.served.push(body);
      call.onGone(() => bench.gone.push(body));
      if (body === "hold") bench.replies.push(reply);
      else reply.send({ status: 200, body: body.toUpperCase() });
    },
    refuseBody: (why) => ({ status: 400, body: why }),
  };
}

function createPlatform(handedOver: string[]): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      handedOver.push(`${request.method} ${request.url} ${body}`);
      response.end(body.toUpperCase());
    });
  });
}

async function createBench(): Promise<Bench> {
  const lists = { served: [], handedOver: [], replies: [], gone: [] };
  const platform = createPlatform(lists.handedOver);
  const lane = createLane({
    core: createCore(lists),
    clock: systemClock,
    handOver: (socket) => platform.emit("connection", socket),
    bodyTimeoutMs: 10_000,
    keepAliveMs: 10_000,
  });
  let accepted = 0;
  const server = createNetServer({ allowHalfOpen: true }, (socket) => {
    accepted += 1;
    lane.accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    lane.close();
    server.close();
    platform.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, lane, ...lists, accepted: () => accepted };
}

function dial(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  open.push(() => socket.destroy());
  return socket;
}

const post = (body: string, extra = ""): string =>
  `POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`;

/** Everything that comes until `isEnough` says so. */
async function read(socket: Socket, isEnough: (text: string) => boolean): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    if (isEnough(text)) return text;
  }
  return Buffer.concat(chunks).toString();
}
const bodies = (text: string): string[] =>
  text.split(/(?=HTTP\/1\.1 \d)/).map((answer) => answer.slice(answer.indexOf("\r\n\r\n") + 4));

describe("lane", () => {
  it("serves plain calls on one connection, pipelined ones in order", async () => {
    const bench = await createBench();
    const socket = dial(bench.port);
    socket.write(post("one") + post("two") + post("drei ü"));
    const text = await read(socket, (all) => bodies(all).length === 3);
    expect(bodies(text)).toEqual(["ONE", "TWO", "DREI Ü"]);
    expect(bench.handedOver).toEqual([]);
    expect(bench.lane.size()).toBe(1);
  });

  it("hands a connection over with its bytes at the first request outside the subset", async () => {
    const bench = await createBench();
    const socket = dial(bench.port);
    const chunked =
      "POST /mcp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    socket.write(`${post("one")}${chunked}${post("two")}`);
    const text = await read(socket, (all) => bodies(all).length === 3 && all.includes("TWO"));
    expect(text).toContain("ABC");
    expect(bench.served).toEqual(["one"]);
    expect(bench.handedOver).toEqual(["POST /mcp abc", "POST /mcp two"]);
    expect(bench.lane.size()).toBe(0);
  });

  it.each(["ü", "u"])("keeps long answers of %s in order among short ones", async (letter) => {
    const bench = await createBench();
    const socket = dial(bench.port);
    socket.write(post("one") + post("hold") + post("after"));
    await expect.poll(() => bench.replies.length).toBe(1);
    const long = letter.repeat(20_000);
    bench.replies[0]?.send({ status: 200, body: long });
    const text = await read(socket, (all) => all.includes("AFTER"));
    expect(bodies(text)).toEqual(["ONE", long, "AFTER"]);
  });

  it("writes its answers before the next owner of the connection writes", async () => {
    const lists = { served: [], replies: [], gone: [] };
    const lane = createLane({
      core: createCore(lists),
      clock: systemClock,
      handOver: (socket) => void socket.write("AND MORE"),
      bodyTimeoutMs: 10_000,
      keepAliveMs: 10_000,
    });
    const server = createNetServer((socket) => lane.accept(socket)).listen(0, "127.0.0.1");
    open.push(() => server.close());
    await once(server, "listening");
    const socket = dial((server.address() as AddressInfo).port);
    socket.write(`${post("one")}GET / HTTP/1.1\r\n\r\n`);
    expect(await read(socket, (all) => all.includes("MORE"))).toMatch(/ONEAND MORE$/);
  });

  it.each([
    ["another path", "POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"],
    ["a long body", post("x".repeat(1_001))],
  ])("leaves %s to the platform", async (_what, text) => {
    const bench = await createBench();
    const socket = dial(bench.port);
    socket.write(text);
    await read(socket, (all) => all.includes("200 OK"));
    expect(bench.served).toEqual([]);
    expect(bench.handedOver).toHaveLength(1);
  });

  it("leaves a head that comes in pieces to the platform", async () => {
    const bench = await createBench();
    const socket = dial(bench.port);
    await once(socket, "connect");
    socket.write("POST /mcp HTTP/1.1\r\nHost: a\r\nContent-");
    // Gone from the lane before the rest is sent, so that the two cannot arrive as one.
    await expect.poll(() => bench.accepted() > 0 && bench.lane.size() === 0).toBe(true);
    socket.write("Length: 2\r\n\r\nhi");
    await read(socket, (all) => all.includes("HI"));
    expect(bench.handedOver).toEqual(["POST /mcp hi"]);
  });

  it("refuses a body that is not UTF-8", async () => {
    const bench = await createBench();
    const socket = dial(bench.port);
    socket.write(Buffer.from(post("ab").replace("ab", "\xff\xfe"), "latin1"));
    expect(await read(socket, (all) => all.includes("not_utf8"))).toContain("400 Bad Request");
    expect(bench.served).toEqual([]);
  });

  it("streams events in chunks and keeps the connection", async () => {
    const bench = await createBench();
    const socket = dial(bench.port);
    socket.write(post("hold") + post("after"));
    await expect.poll(() => bench.replies.length).toBe(1);
    expect(bench.served).toEqual(["hold"]);
    const sink = bench.replies[0]?.stream();
    sink?.write("data: ü\n\n");
    sink?.end();
    const text = await read(socket, (all) => all.includes("AFTER"));
    expect(text).toContain(
      "transfer-encoding: chunked\r\n\r\na\r\ndata: ü\n\n\r\n0\r\n\r\nHTTP/1.1 200",
    );
  });

  it("tells the call when its client goes away", async () => {
    const bench = await createBench();
    const socket = dial(bench.port);
    socket.write(post("hold"));
    await expect.poll(() => bench.replies.length).toBe(1);
    socket.destroy();
    await expect.poll(() => bench.gone).toEqual(["hold"]);
    bench.replies[0]?.send({ status: 200, body: "late" });
    expect(bench.lane.size()).toBe(0);
  });

  it("drains: idle connections end, a call under way is answered first", async () => {
    const bench = await createBench();
    const [idle, busy] = [dial(bench.port), dial(bench.port)];
    busy.write(post("hold"));
    await expect.poll(() => bench.lane.size() + bench.replies.length).toBe(3);
    bench.lane.drain();
    await once(idle.resume(), "end");
    bench.replies[0]?.send({ status: 200, body: "done" });
    const text = await read(busy, () => false);
    expect(text).toContain("connection: close");
    expect(text.endsWith("done")).toBe(true);
  });

  it("answers the same however the bytes are cut", async () => {
    const bench = await createBench();
    const calls = [post("one"), post("", "X: y\r\n"), post("zwei ü")];
    const bytes = Buffer.from(calls.join(""));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 5 }), async (cuts) => {
        const socket = dial(bench.port);
        socket.setNoDelay(true);
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const reading = read(socket, (all) => bodies(all).length === 3 && /ZWEI Ü/.test(all));
        for (let i = 1; i < places.length; i += 1) {
          socket.write(bytes.subarray(places[i - 1], places[i]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(bodies(await reading)).toEqual(["ONE", "", "ZWEI Ü"]);
        socket.destroy();
      }),
      { numRuns: 150 },
    );
  });
});
