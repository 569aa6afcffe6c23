/**
 * What our `requestState` says, and how it is told from a worker's own. A modern worker's state travels untouched,
 * because the name of what is called already leads back to it; ours is sealed and begins with a mark.
 */
import { isRecord } from "../../protocol/jsonrpc.ts";
import { digestOf, type SealFailure, type Sealer } from "../../security/index.ts";
import type { McpRequest } from "../call.ts";

export type RequestState =
  /** A legacy worker's call, held open by its owner. `round` makes each answer good for once. */
  | { kind: "parked"; owner: string; park: string; round: number }
  /** Nothing is held: the worker wants a page visited first (2025-11-25, -32042), and the call is made anew. */
  | { kind: "again"; keys: string[] }
  /** A worker's own state that looks like ours; a worker may well be another Flotilla. */
  | { kind: "inner"; state: string };

export type ReadState = { ok: true; state: RequestState } | { ok: false; reason: SealFailure };

/** Begins every state of ours. No base64 and no JWT contains the colon. */
const MARK = "flotilla:";

export const isOurs = (state: unknown): state is string =>
  typeof state === "string" && state.startsWith(MARK);

export async function writeState(
  sealer: Sealer,
  request: McpRequest,
  { state, expiresAtMs }: { state: RequestState; expiresAtMs: number },
): Promise<string> {
  const { principal } = request.client;
  const binding = await digestOfRequest(request);
  const payload =
    state.kind === "parked"
      ? ["p", state.owner, state.park, state.round]
      : state.kind === "again"
        ? ["a", ...state.keys]
        : ["i", state.state];
  const sealed = await sealer.seal("request-state", { principal, expiresAtMs, binding }, payload);
  return `${MARK}${sealed}`;
}

export async function readState(
  sealer: Sealer,
  request: McpRequest,
  text: string,
): Promise<ReadState> {
  const expected = {
    principal: request.client.principal,
    binding: await digestOfRequest(request),
  };
  const opened = await sealer.open("request-state", text.slice(MARK.length), expected);
  if (!opened.ok) return opened;
  const state = stateOf(opened.payload);
  return state === undefined ? { ok: false, reason: "malformed" } : { ok: true, state };
}

function stateOf(payload: unknown): RequestState | undefined {
  if (!Array.isArray(payload)) return undefined;
  const [kind, ...rest]: unknown[] = payload;
  const [first, second, third] = rest;
  if (kind === "a" && rest.every((key) => typeof key === "string"))
    return { kind: "again", keys: rest };
  if (kind === "i" && typeof first === "string") return { kind: "inner", state: first };
  const isPark =
    kind === "p" &&
    typeof first === "string" &&
    typeof second === "string" &&
    typeof third === "number";
  return isPark ? { kind: "parked", owner: first, park: second, round: third } : undefined;
}

/**
 * A state is good for the request it was given to and no other (basic/patterns/mrtr, security). What may differ in a
 * retry is left out: the answers, the state itself, and `_meta`.
 */
function digestOfRequest(request: McpRequest): Promise<string> {
  const {
    _meta: _hop,
    inputResponses: _responses,
    requestState: _state,
    ...params
  } = request.params;
  return digestOf([request.endpoint, request.method, params]);
}

/** The answers of a retry; undefined when `inputResponses` is there but no object. */
export function responsesOf(params: Record<string, unknown>): Record<string, unknown> | undefined {
  const { inputResponses } = params;
  if (inputResponses === undefined) return {};
  return isRecord(inputResponses) ? inputResponses : undefined;
}

/** The params as of the first attempt. */
export function withoutAnswers(params: Record<string, unknown>): Record<string, unknown> {
  if (params["inputResponses"] === undefined && params["requestState"] === undefined) return params;
  const { inputResponses: _responses, requestState: _state, ...rest } = params;
  return rest;
}
