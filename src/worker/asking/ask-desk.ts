/** Requests of ours to a client that can take them, until each is answered, given up or too old. */
import { FlotillaError, encodeNotification, encodeRequest } from "../../protocol/index.ts";
import type { Clock, JsonRpcId, NewId, WireMessage } from "../../protocol/index.ts";
import type { AskClient } from "./live.ts";

export interface AskDesk {
  /** Asks through `send`, which leads to the client of one call. */
  askBy(send: (text: string) => void): AskClient;
  /** True when the message answers one of ours. */
  answer(message: WireMessage): boolean;
}

export interface AskDeskOptions {
  clock: Clock;
  newId: NewId;
}

/** A person may be busy; a client that never answers must not hold a call for ever. */
const WAIT_MS = 10 * 60_000;
/** More open questions than this on one link are no conversation. */
const MAX_OPEN = 256;

interface Waiting {
  resolve(result: Record<string, unknown>): void;
  reject(error: Error): void;
}

export function createAskDesk({ clock, newId }: AskDeskOptions): AskDesk {
  const waiting = new Map<JsonRpcId, Waiting>();
  return {
    askBy: (send) => async (method, params, signal) => {
      signal.throwIfAborted();
      if (waiting.size >= MAX_OPEN) {
        throw new FlotillaError("overloaded", "Too many questions wait for this client.");
      }
      const id = newId("ask");
      const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
      const giveUp = (error: Error): void => {
        reject(error);
        send(encodeNotification("notifications/cancelled", { requestId: id }));
      };
      const onAbort = (): void => giveUp(new Error("The call was cancelled."));
      const timer = clock.after(WAIT_MS, () => giveUp(silent()));
      waiting.set(id, { resolve, reject });
      signal.addEventListener("abort", onAbort, { once: true });
      send(encodeRequest(id, method, params));
      try {
        return await promise;
      } finally {
        timer.cancel();
        waiting.delete(id);
        signal.removeEventListener("abort", onAbort);
      }
    },
    answer(message) {
      if (message.kind !== "result" && message.kind !== "error") return false;
      const one = message.id === null ? undefined : waiting.get(message.id);
      if (one === undefined) return false;
      if (message.kind === "result") one.resolve(JSON.parse(message.result.text));
      else one.reject(refused(message.error.message));
      return true;
    },
  };
}

function silent(): FlotillaError {
  return new FlotillaError("call_timeout", "The client did not answer what it was asked.", {
    retryable: true,
  });
}

function refused(reason: string): FlotillaError {
  return new FlotillaError("forbidden", `The client refused to answer: ${reason}`);
}
