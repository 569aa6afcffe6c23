/**
 * The Docker Engine API over its socket: requests with small JSON answers, streams, and the raw connection of an
 * attached container. https://docs.docker.com/reference/api/engine/
 */
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import { denied, noCapacity, notReady, unknownFailure } from "../../decisions.ts";

export interface EngineOptions {
  /** Path of the Engine's socket, or named pipe on Windows. */
  socketPath: string;
}

export interface EngineCall {
  method?: "GET" | "POST" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface EngineAnswer {
  status: number;
  /** Parsed JSON; undefined when there was none. */
  body: unknown;
}

export interface Engine {
  /** Rejects with `launcher_not_ready` when there is no Engine; answers of any status come back. */
  call(call: EngineCall): Promise<EngineAnswer>;
  /** The same, for answers that must be good: others become one of the four decisions. */
  must(call: EngineCall): Promise<unknown>;
  /** An answer that goes on until `signal` aborts. */
  stream(call: EngineCall): Promise<IncomingMessage>;
  /** The connection itself, after the Engine switched to raw bytes. */
  hijack(call: EngineCall): Promise<Duplex>;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const CALL_TIMEOUT_MS = 30_000;

export function createEngine({ socketPath }: EngineOptions): Engine {
  const open = (call: EngineCall, headers: Record<string, string> = {}): ClientRequest => {
    const query = new URLSearchParams(call.query).toString();
    const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
    const sent = request({
      socketPath,
      method: call.method ?? "GET",
      path: query === "" ? call.path : `${call.path}?${query}`,
      headers: {
        host: "docker",
        ...(payload !== undefined && {
          "content-type": "application/json",
          "content-length": String(Buffer.byteLength(payload)),
        }),
        ...headers,
      },
      ...(call.signal !== undefined && { signal: call.signal }),
    });
    sent.end(payload);
    return sent;
  };
  const call: Engine["call"] = async (what) => {
    const sent = open(what);
    const limit = what.timeoutMs ?? CALL_TIMEOUT_MS;
    sent.setTimeout(limit, () => sent.destroy(new Error(`no answer within ${limit} ms`)));
    const answer = await answered(sent);
    return { status: answer.statusCode ?? 0, body: parsed(await textOf(answer)) };
  };
  return {
    call,
    async must(what) {
      const { status, body } = await call(what);
      if (status >= 200 && status < 400) return body;
      throw decisionOf(status, body);
    },
    async stream(what) {
      const answer = await answered(open(what));
      if (answer.statusCode === 200) return answer;
      throw decisionOf(answer.statusCode ?? 0, parsed(await textOf(answer)));
    },
    async hijack(what) {
      const sent = open(what, { connection: "Upgrade", upgrade: "tcp" });
      return new Promise((resolve, reject) => {
        sent.once("upgrade", (_answer, socket: Duplex, head: Buffer) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        sent.once("response", (answer) => {
          answer.resume();
          reject(decisionOf(answer.statusCode ?? 0, undefined));
        });
        sent.once("error", (error) => reject(unreachable(error)));
      });
    },
  };
}

function answered(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", (error) => reject(unreachable(error)));
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw unknownFailure("Docker answered with too much.");
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof FlotillaError ? error : unreachable(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreachable(cause: unknown): FlotillaError {
  const reason = messageOf(cause);
  const hint = /EACCES|EPERM/.test(reason)
    ? "Add this user to the group docker, or name another socket with DOCKER_HOST."
    : "Start Docker, or name its socket with DOCKER_HOST.";
  return notReady("Docker cannot be reached.", { hint, cause, data: { reason } });
}

/** What Docker says may quote arguments, so it goes to `cause` alone. */
function decisionOf(status: number, body: unknown): FlotillaError {
  const said = saidBy(body);
  const cause = new Error(said === "" ? `status ${status}` : said);
  if (/no space left|cannot allocate memory|address pools|port is already allocated/i.test(said))
    return noCapacity("Docker has no room for another container.", { cause });
  if (status === 404 && /image/i.test(said)) {
    return denied("There is no such image.", {
      hint: "Check the image's name, and that this machine may fetch it.",
      cause,
    });
  }
  if (status >= 400 && status < 500)
    return denied("Docker refuses this container.", { hint: "See the log for its reason.", cause });
  return unknownFailure("Docker failed.", { cause });
}

export function saidBy(body: unknown): string {
  if (typeof body !== "object" || body === null || !("message" in body)) return "";
  return String(body.message);
}
