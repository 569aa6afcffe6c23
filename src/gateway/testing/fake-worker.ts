/** A scripted MCP worker at the far end of a link, of either era. */
import {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
  type WireRequest,
} from "../../protocol/jsonrpc.ts";
import { linkPair } from "../../protocol/link-pair.ts";
import type { MessageLink } from "../../protocol/link.ts";

export interface FakeWorker {
  /** The gateway's end. */
  link: MessageLink;
  /** The worker's end. */
  end: MessageLink;
  /** Requests and notifications it got, in order. */
  got: { method: string; params: Record<string, unknown>; id?: string | number }[];
  /** Answers it got to requests of its own. */
  answers: ReturnType<typeof parseMessage>[];
  /** Resolves with the answer to this request of its own. */
  answerTo(id: string | number): Promise<ReturnType<typeof parseMessage>>;
  notify(method: string, params?: Record<string, unknown>): void;
  ask(id: string | number, method: string, params?: Record<string, unknown>): void;
  countOf(method: string): number;
}

export interface FakeWorkerOptions {
  era: "modern" | "legacy" | "silent";
  capabilities?: Record<string, unknown>;
  /** Listed; by default one tool "echo". */
  tools?: unknown[];
  /** The result of a method, as an object or JSON text; undefined answers "method not found"; "never" does not answer. */
  on?(request: WireRequest, worker: FakeWorker): unknown;
}

export function fakeWorker(options: FakeWorkerOptions): FakeWorker {
  const [link, end] = linkPair();
  const listeners = new Map<string | number, (answer: ReturnType<typeof parseMessage>) => void>();
  const worker: FakeWorker = {
    link,
    end,
    got: [],
    answers: [],
    answerTo: (id) =>
      new Promise((resolve) => {
        const known = worker.answers.find((one) => "id" in one && one.id === id);
        if (known === undefined) listeners.set(id, resolve);
        else resolve(known);
      }),
    notify: (method, params = {}) =>
      void end.send(encodeNotification(method, params)).catch(() => {}),
    ask: (id, method, params = {}) =>
      void end.send(encodeRequest(id, method, params)).catch(() => {}),
    countOf: (method) => worker.got.filter((message) => message.method === method).length,
  };
  const reply = (text: string): void => void end.send(text).catch(() => {});
  end.onMessage((text) => {
    const message = parseMessage(text);
    if (message.kind === "result" || message.kind === "error") {
      worker.answers.push(message);
      if (message.id !== null) listeners.get(message.id)?.(message);
      return;
    }
    worker.got.push(message);
    if (message.kind === "request") void respond(message);
  });

  async function respond(request: WireRequest): Promise<void> {
    const { id } = request;
    const result = await answer(options, request, worker);
    if (result === "never") return;
    if (result === undefined) {
      return reply(encodeError(id, { code: -32601, message: "Method not found" }));
    }
    if (result instanceof FakeError) {
      const { code, message, data } = result;
      return reply(encodeError(id, { code, message, data }));
    }
    reply(encodeResult(id, { text: typeof result === "string" ? result : JSON.stringify(result) }));
  }
  return worker;
}

export class FakeError {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    this.code = code;
    this.message = message;
    this.data = data;
  }
}

async function answer(
  options: FakeWorkerOptions,
  request: WireRequest,
  worker: FakeWorker,
): Promise<unknown> {
  const capabilities = options.capabilities ?? { tools: { listChanged: true } };
  const scripted = await options.on?.(request, worker);
  if (scripted !== undefined) return scripted;
  if (options.era === "modern" && request.method === "server/discover") {
    return {
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities,
      ttlMs: 0,
      cacheScope: "public",
    };
  }
  if (options.era !== "modern" && request.method === "initialize") {
    return {
      protocolVersion: "2025-11-25",
      capabilities,
      serverInfo: { name: "fake", version: "1" },
    };
  }
  if (request.method === "tools/list") {
    return {
      resultType: "complete",
      tools: options.tools ?? [{ name: "echo", inputSchema: { type: "object" } }],
    };
  }
  if (options.era === "silent" && worker.countOf("initialize") === 0) return "never";
  return undefined;
}
