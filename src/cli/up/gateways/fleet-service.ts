/** What gateway processes ask of the process that holds the fleet, beyond store and drones: its API, and addresses. */
import { pairsOf } from "./messages.ts";
import type { Dial, Fallback } from "../../../gateway/index.ts";
import { FlotillaError, isRecord, type PeerServe } from "../../../protocol/index.ts";
import type { DroneRecord } from "../../../protocol/index.ts";

export interface FleetServiceOptions {
  /** API, metrics, dashboard. */
  fetch: Fallback;
  /** Knows the secret headers of remote workers. */
  dial: Dial;
}

export function createFleetService(options: FleetServiceOptions): PeerServe {
  return async ({ method, params, raw, signal, emit }) => {
    if (method === "fleet.dial") return { value: await addressOf(options.dial, params) };
    if (method !== "fleet.fetch") {
      throw new FlotillaError("not_supported", "The fleet does no such thing.");
    }
    const response = await options.fetch(requestOf(params, raw, signal));
    if (response === undefined) return { value: null };
    await emit({ status: response.status, headers: [...response.headers] });
    if (response.body !== null) {
      // A chunk is read when the one before was taken: a slow client makes the source wait, not this process grow.
      for await (const chunk of response.body) {
        if (signal.aborted) break;
        await emit(Buffer.from(chunk).toString("base64"));
      }
    }
    return { value: {} };
  };
}

/** Link drones are reached through their owner; only addresses are told. */
async function addressOf(dial: Dial, params: unknown): Promise<unknown> {
  if (!isRecord(params) || !isRecord(params["address"]) || params["address"]["kind"] !== "http") {
    throw new FlotillaError("bad_request", "Only drones with an address are dialled from afar.");
  }
  // A gateway passes on the record as the store gave it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return dial(params as unknown as DroneRecord);
}

function requestOf(params: unknown, body: string | undefined, signal: AbortSignal): Request {
  const { url, method, headers } = isRecord(params) ? params : {};
  const pairs = Array.isArray(headers) ? pairsOf(headers) : [];
  return new Request(String(url), {
    method: String(method),
    headers: pairs,
    signal,
    ...(body === undefined || body === "" ? {} : { body: Buffer.from(body, "base64") }),
  });
}
