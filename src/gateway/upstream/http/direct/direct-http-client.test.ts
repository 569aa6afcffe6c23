import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../../protocol/clock.ts";
import { fakeClock } from "../../../testing/fake-clock.ts";
import { createCallAbort } from "../../../call-signal.ts";
import { wasNotSent } from "../../contract.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../http-client.ts";
import { readText } from "../sse-reader.ts";
import { createUndiciHttpClient } from "../undici-http-client.node.ts";
import { createDirectHttpClient, type DirectHttpClientOptions } from "./direct-http-client.node.ts";
import { type Asked, createScriptedServer, plain } from "./testing/scripted-server.node.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

type Say = (asked: Asked, socket: Socket) => void;
const echo: Say = ({ body }, socket) => void socket.write(plain(body));

interface Bench extends Awaited<ReturnType<typeof createScriptedServer>> {
  /** Bodies that went through the full client. */
  general: string[];
  ask(body: string, change?: Partial<HttpRequest>): Promise<HttpAnswer>;
  text(body: string, change?: Partial<HttpRequest>): Promise<string>;
  client: HttpClient;
}

/** Its first answer is plain, so that what follows goes directly. */
async function benchOf(say: Say, change: Partial<DirectHttpClientOptions> = {}): Promise<Bench> {
  const server = await createScriptedServer((asked, socket) =>
    asked.body === "learn" ? echo(asked, socket) : say(asked, socket),
  );
  const undici = createUndiciHttpClient();
  const general: string[] = [];
  const client = createDirectHttpClient({
    ...change,
    general: {
      request(request) {
        general.push(request.body ?? request.method);
        return undici.request(request);
      },
      close: () => undici.close(),
    },
  });
  cleanups.push(server.close, () => client.close());
  const ask: Bench["ask"] = (body, change) =>
    client.request({ method: "POST", url: server.url, headers: { "x-a": "1" }, body, ...change });
  const text: Bench["text"] = async (body, change) =>
    readText((await ask(body, change)).body, 10_000_000);
  expect(await text("learn")).toBe("learn");
  return { ...server, general, ask, text, client };
}

describe("direct HTTP client", () => {
  it("asks an address directly once it has answered plainly, on one connection", async () => {
    const bench = await benchOf(echo);
    for (const body of ["one", "zwei ü", ""]) expect(await bench.text(body)).toBe(body);
    expect(bench.general).toEqual(["learn"]);
    expect(bench.asked.map(({ connection }) => connection)).toEqual([0, 1, 1, 1]);
    expect(bench.asked[1]?.text).toMatch(
      /^POST \/mcp HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nconnection: keep-alive\r\nx-a: 1\r\ncontent-length: 3\r\n\r\none$/,
    );
  });

  it.each([
    ["a GET", { method: "GET" as const }],
    ["a header that frames the message", { headers: { "Transfer-Encoding": "chunked" } }],
    ["a header of the connection", { headers: { Host: "other" } }],
  ])("leaves %s to the full client", async (_what, change) => {
    const bench = await benchOf(echo);
    const body = "headers" in change ? { body: "x" } : {};
    const request = { method: "POST" as const, url: bench.url, headers: {}, ...body, ...change };
    await bench.client.request(request).catch(() => {});
    expect(bench.general).toHaveLength(2);
  });

  it("writes no header that would end its line", async () => {
    const bench = await benchOf(echo);
    await expect(bench.ask("x", { headers: { "x-a": "1\r\nx-b: 2" } })).rejects.toThrow();
    expect(bench.asked).toHaveLength(1);
  });

  it("reads an answer that comes in pieces", async () => {
    const body = "ü".repeat(300_000);
    const bench = await benchOf((_asked, socket) => socket.write(plain(body)));
    expect(await bench.text("x")).toBe(body);
    expect(await bench.text("y")).toBe(body);
    expect(bench.general).toEqual(["learn"]);
  });

  it("has a chunked answer read by the platform's parser, without asking again", async () => {
    const bench = await benchOf((_asked, socket) =>
      socket.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      ),
    );
    expect(await bench.text("x")).toBe("abcde");
    expect(bench.asked.map(({ body }) => body)).toEqual(["learn", "x"]);
    // The address has surprised us: it is asked through the full client until it has proved itself again.
    expect(await bench.text("y")).toBe("abcde");
    expect(bench.general).toEqual(["learn", "y"]);
    await expect.poll(() => bench.sockets[1]?.destroyed).toBe(true);
  });

  it("passes events on as they come", async () => {
    let server: Socket | undefined;
    const bench = await benchOf((_asked, socket) => {
      server = socket;
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    });
    const answer = await bench.ask("x");
    const parts = answer.body[Symbol.asyncIterator]();
    expect(await parts.next()).toEqual({ done: false, value: "data: 1\n\n" });
    server?.write("data: 2\n\n");
    expect(await parts.next()).toEqual({ done: false, value: "data: 2\n\n" });
    server?.end();
    expect((await parts.next()).done).toBe(true);
  });

  it.each([
    [
      "an interim answer first",
      `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${plain("abc")}`,
      "abc",
    ],
    ["a head in pieces", "HTTP/1.1 200 OK\r\nContent-", "abc"],
    ["two cookies", plain("abc", "Set-Cookie: a=1", "Set-Cookie: b=2"), "abc"],
    ["no content", "HTTP/1.1 204 No Content\r\n\r\n", ""],
    ["a coding", plain("abc", "Content-Encoding: identity"), "abc"],
  ])("has %s read by the platform's parser", async (_what, answer, body) => {
    const bench = await benchOf((_asked, socket) => {
      socket.write(answer);
      if (answer.endsWith("Content-")) setImmediate(() => socket.write("Length: 3\r\n\r\nabc"));
    });
    expect(await bench.text("x")).toBe(body);
    expect(bench.asked).toHaveLength(2);
    expect(bench.general).toEqual(["learn"]);
  });

  it.each([
    ["closes without an answer", ""],
    ["closes in the middle of a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"],
    [
      "changes the protocol",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ["says more than it announced", `${plain("abc")}d`],
    ["does not speak HTTP", "hello\r\n\r\n"],
    ["breaks off a body without a length", "HTTP/1.1 200 OK\r\nX: y\r\n\r\nab", "resets"],
    ["breaks off a chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
  ])("says of a server that %s that the call may have run", async (_what, answer, resets = "") => {
    const bench = await benchOf((_asked, socket) => {
      if (resets === "") socket.end(answer);
      else socket.write(answer, () => setImmediate(() => socket.resetAndDestroy()));
    });
    const error: unknown = await bench.text("x").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "drone_lost", retryable: true });
    expect(wasNotSent(error)).toBe(false);
    expect(bench.asked).toHaveLength(2);
  });

  it("says of a server that is gone that nothing was sent", async () => {
    const bench = await benchOf(echo);
    bench.close();
    const error: unknown = await bench.ask("x").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "drone_lost" });
    expect(wasNotSent(error)).toBe(true);
  });

  it.each([
    ["was closed while idle", (socket: Socket) => socket.end()],
    ["said something unasked", (socket: Socket) => socket.write(plain("old"))],
  ])("uses no connection that %s", async (_what, spoil) => {
    const bench = await benchOf(echo);
    await bench.text("one");
    const first = bench.sockets[1];
    if (first === undefined) throw new Error("no connection");
    const closed = once(first, "close");
    spoil(first);
    await closed;
    expect(await bench.text("two")).toBe("two");
    expect(bench.asked.at(-1)?.connection).toBe(2);
  });

  it.each([
    ["that it closes", plain("abc", "Connection: close")],
    ["that it waits a second", plain("abc", "Keep-Alive: timeout=1")],
  ])("uses a connection no more after an answer with %s", async (_what, answer) => {
    const bench = await benchOf((_asked, socket) => socket.write(answer));
    expect(await bench.text("one")).toBe("abc");
    expect(await bench.text("two")).toBe("abc");
    expect(bench.asked.map(({ connection }) => connection)).toEqual([0, 1, 2]);
  });

  it("ends a connection that nobody has used for as long as its server keeps it", async () => {
    const clock = fakeClock();
    const bench = await benchOf(
      (_asked, socket) => socket.write(plain("a", "Keep-Alive: timeout=9")),
      {
        clock,
      },
    );
    await bench.text("one");
    await clock.advance(6_500);
    await bench.text("two");
    expect(bench.asked.map(({ connection }) => connection)).toEqual([0, 1, 1]);
    await clock.advance(10_000);
    await expect.poll(() => bench.sockets[1]?.destroyed).toBe(true);
  });

  it("uses no connection past its time that is still there", async () => {
    const clock = fakeClock();
    const bench = await benchOf(echo, { clock: { ...clock, after: () => ({ cancel() {} }) } });
    await bench.text("one");
    await clock.advance(4_000);
    await bench.text("two");
    expect(bench.asked.map(({ connection }) => connection)).toEqual([0, 1, 2]);
  });

  it("gives up an address that does not take the connection in time", async () => {
    const after: Clock["after"] = (delayMs, fire) => {
      // Before a turn of the event loop has passed: the connection cannot stand yet.
      if (delayMs === 500) queueMicrotask(fire);
      return { cancel() {} };
    };
    const clock = { ...fakeClock(), after };
    const bench = await benchOf(echo, { clock, connectTimeoutMs: 500 });
    await expect(bench.ask("x")).rejects.toMatchObject({ data: { sent: false } });
    expect(bench.asked).toHaveLength(1);
  });

  it("takes another connection when one ends before a byte was written", async () => {
    const bench = await benchOf(echo);
    await bench.text("one");
    // After timers the event loop looks at sockets, and only then comes to what was kept for the end of the turn.
    const asking = await new Promise<{ text: Promise<string> }>((resolve) => {
      setTimeout(() => {
        bench.sockets[1]?.destroy();
        resolve({ text: bench.text("two") });
      });
    });
    expect(await asking.text).toBe("two");
    expect(bench.asked.map(({ connection }) => connection)).toEqual([0, 1, 2]);
  });

  it("ends the connection of a call that is given up", async () => {
    const bench = await benchOf(() => {});
    const abort = createCallAbort();
    const asking = bench.ask("x", { signal: abort.signal });
    await expect.poll(() => bench.asked.length).toBe(2);
    abort.abort();
    await expect(asking).rejects.toMatchObject({ code: "call_cancelled" });
    await expect.poll(() => bench.sockets[1]?.destroyed).toBe(true);
  });

  it("ends a stream that is given up", async () => {
    const bench = await benchOf((_asked, socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"),
    );
    const abort = createCallAbort();
    const answer = await bench.ask("x", { signal: abort.signal });
    const parts = answer.body[Symbol.asyncIterator]();
    await parts.next();
    abort.abort();
    await expect(parts.next()).rejects.toMatchObject({ code: "call_cancelled" });
    await expect.poll(() => bench.sockets[1]?.destroyed).toBe(true);
  });

  it("opens no more connections than it may; the rest waits in line", async () => {
    const held: (() => void)[] = [];
    const bench = await benchOf((asked, socket) => held.push(() => echo(asked, socket)), {
      maxConnections: 2,
    });
    const abort = createCallAbort();
    const asking = ["a", "b", "c"].map((body) => bench.text(body));
    const givenUp = bench.ask("d", { signal: abort.signal });
    const last = bench.text("e");
    await expect.poll(() => held.length).toBe(2);
    abort.abort();
    await expect(givenUp).rejects.toMatchObject({ code: "call_cancelled" });
    for (let answered = 0; answered < 4; answered += 1) {
      await expect.poll(() => held.length).toBeGreaterThan(answered);
      held[answered]?.();
    }
    expect(await Promise.all([...asking, last])).toEqual(["a", "b", "c", "e"]);
    expect(bench.sockets).toHaveLength(3);
    expect(bench.asked.map(({ body }) => body)).not.toContain("d");
  });

  it("ends what is under way when it is closed", async () => {
    const bench = await benchOf(() => {});
    const asking = bench.ask("x");
    await expect.poll(() => bench.asked.length).toBe(2);
    const failed = expect(asking).rejects.toMatchObject({ code: "drone_lost" });
    await bench.client.close();
    await failed;
    await expect(bench.ask("y")).rejects.toMatchObject({ data: { sent: false } });
  });
});
