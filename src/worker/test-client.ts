/** Talks to a worker in a test as a modern client would, over a real link. */
import {
  LATEST_MODERN,
  META,
  encodeNotification,
  encodeRequest,
  parseMessage,
} from "../protocol/index.ts";
import type { CallToolResult, JsonRpcId, LogLevel, WireError } from "../protocol/index.ts";
import { connectWorker } from "./connect.ts";
import type { Worker } from "./contract.ts";
import type { RuntimeOptions } from "./runtime.ts";

export interface TestClientOptions extends Partial<RuntimeOptions> {
  logLevel?: LogLevel;
}

export interface TestCallOptions {
  /** Cancels on the wire. */
  signal?: AbortSignal;
  onProgress?: (progress: Record<string, unknown>) => void;
}

export interface TestClient {
  /** The result of any method; rejects with `TestWireError`. */
  request(
    method: string,
    params?: Record<string, unknown>,
    options?: TestCallOptions,
  ): Promise<Record<string, unknown>>;
  callTool(
    name: string,
    args: Record<string, unknown>,
    options?: TestCallOptions,
  ): Promise<CallToolResult>;
  /** Every notification that came, in order. */
  readonly notifications: { method: string; params: Record<string, unknown> }[];
  close(): void;
}

export class TestWireError extends Error {
  readonly wire: WireError;
  constructor(wire: WireError) {
    super(wire.message);
    this.name = "TestWireError";
    this.wire = wire;
  }
}

interface Waiter {
  resolve(result: Record<string, unknown>): void;
  reject(error: Error): void;
  onProgress: ((progress: Record<string, unknown>) => void) | undefined;
}

/** Structured results are checked against their output schemas. */
export function createTestClient(worker: Worker, options: TestClientOptions = {}): TestClient {
  const { logLevel, ...runtime } = options;
  const link = connectWorker(worker, { checkOutput: true, ...runtime });
  const waiters = new Map<JsonRpcId, Waiter>();
  const notifications: TestClient["notifications"] = [];
  let lastId = 0;

  link.onMessage((text) => {
    const message = parseMessage(text, { maxBytes: Number.MAX_SAFE_INTEGER });
    if (message.kind === "notification") {
      notifications.push({ method: message.method, params: message.params });
      waiters.get(Number(message.params["progressToken"]))?.onProgress?.(message.params);
    } else if (message.kind === "result") {
      const result: Record<string, unknown> = JSON.parse(message.result.text);
      waiters.get(message.id)?.resolve(result);
      waiters.delete(message.id);
    } else if (message.kind === "error" && message.id !== null) {
      waiters.get(message.id)?.reject(new TestWireError(message.error));
      waiters.delete(message.id);
    }
  });

  const request: TestClient["request"] = (method, params = {}, call = {}) => {
    lastId += 1;
    const id = lastId;
    const meta = {
      [META.protocolVersion]: LATEST_MODERN,
      [META.clientCapabilities]: {},
      ...(logLevel === undefined ? {} : { [META.logLevel]: logLevel }),
      ...(call.onProgress === undefined ? {} : { [META.progressToken]: id }),
    };
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject, onProgress: call.onProgress });
      call.signal?.addEventListener("abort", () => {
        void link.send(encodeNotification("notifications/cancelled", { requestId: id }));
        waiters.delete(id);
        reject(new Error("cancelled"));
      });
      link.send(encodeRequest(id, method, { ...params, _meta: meta })).catch(reject);
    });
  };
  return {
    request,
    async callTool(name, args, call) {
      const result = await request("tools/call", { name, arguments: args }, call);
      const { content } = result;
      return { ...result, content: Array.isArray(content) ? content : [] };
    },
    notifications,
    close: () => link.close(),
  };
}
