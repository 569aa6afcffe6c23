/** A request that only another gateway can answer, because it holds the call open, is handled there. */
import { asAbortSignal } from "../call-signal.ts";
import { isFlotillaError } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { PeerAnswer, PeerAsked } from "../../protocol/peer.ts";
import type { McpOutcome, McpRequest, Router } from "../call.ts";
import type { Neighbours } from "./neighbours.ts";

const METHOD = "router.handle";

/** Hands a request to the gateway that owns what it is about; undefined when that gateway is gone. */
export function createElsewhere(neighbours: Neighbours) {
  return async (owner: string, request: McpRequest): Promise<McpOutcome | undefined> => {
    const { params, signal, notify, rawArguments: _raw, ...carried } = request;
    try {
      const { value, raw } = await neighbours.request(owner, {
        method: METHOD,
        params: carried,
        raw: JSON.stringify(params),
        signal: asAbortSignal(signal),
        onEvent(event) {
          if (!Array.isArray(event)) return;
          const [method, notified]: unknown[] = event;
          if (typeof method === "string") notify(method, isRecord(notified) ? notified : {});
        },
      });
      return outcomeOf(value, raw);
    } catch (error) {
      // What it held is gone with it.
      if (isFlotillaError(error) && error.code === "fleet_unreachable") return undefined;
      throw error;
    }
  };
}

/** The other end. `router` is looked up late: it is made with the neighbours that it serves. */
export function serveElsewhere(neighbours: Neighbours, router: () => Pick<Router, "handle">): void {
  neighbours.serve("router.", async (asked) => answerOf(await router().handle(requestOf(asked))));
}

function requestOf({ params, raw = "{}", signal, emit }: PeerAsked): McpRequest {
  // Made by `createElsewhere` of this same program.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const carried = params as Omit<McpRequest, "params" | "signal" | "notify">;
  return {
    ...carried,
    params: JSON.parse(raw),
    signal,
    notify: (method, notified) => void emit([method, notified]).catch(() => {}),
  };
}

function answerOf(outcome: McpOutcome): PeerAnswer {
  if (outcome.kind !== "error") return { value: { kind: outcome.kind }, raw: outcome.result.text };
  const { error, httpStatus } = outcome;
  return { value: { kind: "error", error, ...(httpStatus === undefined ? {} : { httpStatus }) } };
}

function outcomeOf(value: unknown, raw: string | undefined): McpOutcome | undefined {
  if (!isRecord(value)) return undefined;
  if (value["kind"] === "error") {
    // As `answerOf` made it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return value as McpOutcome & { kind: "error" };
  }
  if (raw === undefined) return undefined;
  return {
    kind: value["kind"] === "input_required" ? "input_required" : "result",
    result: { text: raw },
  };
}
