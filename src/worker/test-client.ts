/** Talks to a worker in a test as a modern client would, over a real link. */
import {
  LATEST_MODERN,
  META,
  encodeNotification,
  encodeRequest,
  isRecord,
  parseMessage,
} from "../protocol/index.ts";
import type { CallToolResult, JsonRpcId, LogLevel, WireError } from "../protocol/index.ts";
import { connectWorker } from "./connect.ts";
import type { Worker } from "./contract.ts";
import type { RuntimeOptions } from "./runtime.ts";

export interface TestClientOptions extends Partial<RuntimeOptions> {
  logLevel?: LogLevel;
  /** Plays the person, the model and the folders: answers what a tool asks. Without it nothing can be asked. */
  answer?: (question: { key: string; method: string; params: Record<string, unknown> }) => object;
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

const CAN_ANSWER = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const MAX_ROUNDS = 32;

function answersTo(
  result: Record<string, unknown>,
  answer: TestClientOptions["answer"],
): Record<string, object> {
  const asked = isRecord(result["inputRequests"]) ? result["inputRequests"] : {};
  const answers: Record<string, object> = {};
  for (const [key, question] of Object.entries(asked)) {
    if (!isRecord(question)) continue;
    const params = isRecord(question["params"]) ? question["params"] : {};
    const given = answer?.({ key, method: String(question["method"]), params });
    if (given !== undefined) answers[key] = given;
  }
  return answers;
}

/** Structured results are checked against their output schemas. */
export function createTestClient(worker: Worker, options: TestClientOptions = {}): TestClient {
  const { logLevel, answer, ...runtime } = options;
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
      [META.clientCapabilities]: answer === undefined ? {} : CAN_ANSWER,
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
      const params: Record<string, unknown> = { name, arguments: args };
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const result = await request("tools/call", { ...params }, call);
        if (result["resultType"] !== "input_required") {
          const { content } = result;
          return { ...result, content: Array.isArray(content) ? content : [] };
        }
        params["inputResponses"] = answersTo(result, answer);
        params["requestState"] = result["requestState"];
      }
      throw new Error(`${name} asked ${MAX_ROUNDS} times.`);
    },
    notifications,
    close: () => link.close(),
  };
}
