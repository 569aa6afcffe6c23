/** Requests of ours that a legacy client has not answered yet. Ids are this session's own. */
import { type Clock, type Timer } from "../../../protocol/clock.ts";
import {
  encodeNotification,
  encodeRequest,
  isRecord,
  type JsonRpcId,
  type WireError,
  type WireMessage,
} from "../../../protocol/jsonrpc.ts";

export type ClientAnswer =
  | { kind: "result"; result: Record<string, unknown> }
  | { kind: "error"; error: WireError }
  /** Not in time, or not any more: the call was cancelled. */
  | { kind: "none" };

export interface AskOptions {
  method: string;
  params: Record<string, unknown>;
  /** Puts a message on the stream of the call that asks. */
  put: (text: string) => void;
  signal: AbortSignal;
  clock: Clock;
  timeoutMs: number;
}

export interface Asks {
  /** Never rejects. */
  ask(options: AskOptions): Promise<ClientAnswer>;
  /** A response of the client. One that nobody waits for is ignored. */
  answer(message: WireMessage): void;
  readonly size: number;
}

/** Calls of a session times questions of a call are bounded already; this keeps the product small too. */
const MAX_ASKS = 256;

export function createAsks(): Asks {
  const waiting = new Map<JsonRpcId, (answer: ClientAnswer) => void>();
  let lastId = 0;

  function ask({
    method,
    params,
    put,
    signal,
    clock,
    timeoutMs,
  }: AskOptions): Promise<ClientAnswer> {
    if (signal.aborted) return Promise.resolve({ kind: "none" });
    if (waiting.size >= MAX_ASKS) {
      const error = { code: -32603, message: "Too many questions are open." };
      return Promise.resolve({ kind: "error", error });
    }
    const id = `ask-${(lastId += 1)}`;
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const over = (answer: ClientAnswer): void => {
        waiting.delete(id);
        timer?.cancel();
        signal.removeEventListener("abort", giveUp);
        resolve(answer);
      };
      const giveUp = (): void => {
        // So that the client takes its dialog away.
        put(encodeNotification("notifications/cancelled", { requestId: id }));
        over({ kind: "none" });
      };
      waiting.set(id, over);
      signal.addEventListener("abort", giveUp, { once: true });
      timer = clock.after(timeoutMs, giveUp);
      put(encodeRequest(id, method, params));
    });
  }

  return {
    ask,
    answer(message) {
      if (message.kind === "result") {
        const result: unknown = JSON.parse(message.result.text);
        waiting.get(message.id)?.({ kind: "result", result: isRecord(result) ? result : {} });
      } else if (message.kind === "error" && message.id !== null) {
        waiting.get(message.id)?.({ kind: "error", error: message.error });
      }
    },
    get size() {
      return waiting.size;
    },
  };
}
