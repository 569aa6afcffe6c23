/**
 * Gives an answer that has begun to the platform's HTTP parser. The request is on its way already and must not be sent
 * again, so the parser's client gets a stream that swallows what it writes and yields what the server says.
 */
import { request as createRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { messageOf } from "../../../../protocol/errors.ts";
import type { CallSignal } from "../../../call-signal.ts";
import type { HttpAnswer } from "../http-client.ts";
import { broken, cancelled } from "../http-failure.ts";

export interface HandedOver {
  answer: Promise<HttpAnswer>;
  /** False when the socket has to wait; it is resumed when there is room. */
  take(chunk: Buffer): boolean;
  /** No more bytes will come; without an error the server has ended in good order. */
  ended(error?: Error): void;
}

export interface HandOverOptions {
  socket: Socket;
  /** What has come of the answer so far. */
  first: Buffer;
  signal: CallSignal | undefined;
}

export function handOver({ socket, first, signal }: HandOverOptions): HandedOver {
  const fate: Fate = {};
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (_chunk, _encoding, done) => done(),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const fail = (error: Error): void => {
    fate.error ??= error;
    stream.destroy(error);
  };
  const giveUp = (): void => fail(cancelled());
  signal?.addEventListener("abort", giveUp);
  stream.once("close", () => signal?.removeEventListener("abort", giveUp));
  socket.once("end", () => stream.push(null));
  stream.push(first);
  return {
    answer: answerOn(stream, fate),
    take: (chunk) => stream.push(chunk),
    ended(error) {
      if (error === undefined) stream.push(null);
      else fail(error);
    },
  };
}

/** Why the answer cannot be used. */
interface Fate {
  error?: Error;
}

function answerOn(stream: Duplex, fate: Fate): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    // POST, so that an answer has a body; what else the request says is never read.
    const request = createRequest({ method: "POST", createConnection: () => stream });
    request.once("response", (response) => {
      // Whatever follows the answer is of no use, and the client only closes its own half.
      response.once("close", () => stream.destroy());
      resolve(answerOf(response, fate));
    });
    request.once("upgrade", () => stream.destroy());
    // Also behind a whole answer: what follows it shows that the two sides do not agree on where it ends.
    request.on("error", (error) => (fate.error ??= failed(error)));
    request.once("close", () => reject(fate.error ?? broken("no answer in HTTP")));
    request.end();
  });
}

function answerOf(response: IncomingMessage, fate: Fate): HttpAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headersDistinct)) {
    if (value !== undefined) headers[name] = value.join(", ");
  }
  response.setEncoding("utf8");
  return { status: response.statusCode ?? 0, headers, body: bodyOf(response, fate) };
}

async function* bodyOf(response: AsyncIterable<string>, fate: Fate): AsyncGenerator<string> {
  try {
    yield* response;
  } catch (error) {
    throw fate.error ?? failed(error);
  }
  // A body that ends with its connection looks whole to the parser, also when the connection broke.
  if (fate.error !== undefined) throw fate.error;
}

/** The request was sent long ago: whatever goes wrong now, it may have run. */
function failed(error: unknown): Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
  return broken(code, error);
}
