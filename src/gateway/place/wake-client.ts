/** Asks the coordinator to start a drone of a worker. */
import { routes, type WakeRequest } from "../../protocol/api.ts";
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import { unavailable } from "./unavailable.ts";

type WakeOutcome =
  | { kind: "asked" }
  /** It will not be started; waiting is pointless. */
  | { kind: "refused"; error: FlotillaError }
  /** Nobody could be asked; worth another try. */
  | { kind: "failed"; reason: string };

export interface WakeClient {
  /** Never rejects. Idempotent at the other end. */
  ask(worker: string, signal: AbortSignal): Promise<WakeOutcome>;
  /** Reports a drone that lives but cannot be talked to. Best effort. */
  retire(droneId: string): Promise<void>;
}

export interface WakeClientOptions {
  coordinatorFetch: (request: Request) => Promise<Response>;
  gatewayId: string;
  clock: Clock;
}

/** The host does not matter: the composition root decides where `coordinatorFetch` goes. */
const BASE = "http://coordinator";
const ASK_TIMEOUT_MS = 10_000;

export function createWakeClient(options: WakeClientOptions): WakeClient {
  return {
    async retire(droneId) {
      const url = `${BASE}${routes.drone(droneId)}`;
      const response = options.coordinatorFetch(new Request(url, { method: "DELETE" }));
      await response.then((answer) => answer.text()).catch(() => undefined);
    },
    async ask(worker, signal) {
      const timeout = new AbortController();
      const timer = options.clock.after(ASK_TIMEOUT_MS, () => timeout.abort());
      try {
        const body: WakeRequest = { by: options.gatewayId };
        const response = await options.coordinatorFetch(
          new Request(`${BASE}${routes.wake(worker)}`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
            signal: AbortSignal.any([signal, timeout.signal]),
          }),
        );
        const answer: unknown = await response.json();
        return read(worker, { status: response.status, answer, nowMs: options.clock.now() });
      } catch (error) {
        return { kind: "failed", reason: messageOf(error) };
      } finally {
        timer.cancel();
      }
    },
  };
}

function read(
  worker: string,
  seen: { status: number; answer: unknown; nowMs: number },
): WakeOutcome {
  const { status, answer, nowMs } = seen;
  if (status === 404) {
    const error = new FlotillaError(
      "worker_unknown",
      `The coordinator knows no worker ${worker}.`,
      {
        data: { worker, sent: false },
      },
    );
    return { kind: "refused", error };
  }
  if (status >= 300 || !isRecord(answer)) return { kind: "failed", reason: `HTTP ${status}` };
  const { state, lastError, retryAtMs } = answer;
  if (state !== "backing_off" && state !== "crash_loop") return { kind: "asked" };
  const error = unavailable(
    worker,
    {
      state,
      ...(typeof lastError === "string" ? { lastError } : {}),
      ...(typeof retryAtMs === "number" ? { retryAtMs } : {}),
    },
    nowMs,
  );
  return error === undefined ? { kind: "asked" } : { kind: "refused", error };
}
