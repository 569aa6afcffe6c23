/** Requests of ours that a legacy client has not answered yet. */
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
  /** Never used before in this session, by whichever gateway. */
  id: string;
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
  /** A response of the client; false when nobody here waits for it. */
  answer(message: WireMessage): boolean;
  readonly size: number;
}

/** Calls of a session times questions of a call are bounded already; this keeps the product small too. */
const MAX_ASKS = 256;

export function createAsks(): Asks {
  return new OpenAsks();
}

// A class, because each of thousands of sessions has one, and few ever ask anything: what it costs unused counts.
class OpenAsks implements Asks {
  #waiting: Map<JsonRpcId, (answer: ClientAnswer) => void> | undefined;

  ask({ id, method, params, put, signal, clock, timeoutMs }: AskOptions): Promise<ClientAnswer> {
    if (signal.aborted) return Promise.resolve({ kind: "none" });
    const waiting = (this.#waiting ??= new Map());
    if (waiting.size >= MAX_ASKS) {
      const error = { code: -32603, message: "Too many questions are open." };
      return Promise.resolve({ kind: "error", error });
    }
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

  answer(message: WireMessage): boolean {
    if ("method" in message || message.id === null) return false;
    const heard = this.#waiting?.get(message.id);
    heard?.(answerOf(message));
    return heard !== undefined;
  }

  get size(): number {
    return this.#waiting?.size ?? 0;
  }
}

function answerOf(message: WireMessage & { kind: "result" | "error" }): ClientAnswer {
  if (message.kind === "error") return { kind: "error", error: message.error };
  const result: unknown = JSON.parse(message.result.text);
  return { kind: "result", result: isRecord(result) ? result : {} };
}
