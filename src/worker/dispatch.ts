/** One request to its result, whatever it came by. The era is the request's own affair: `_meta` says modern. */
import {
  META,
  MODERN_VERSIONS,
  WIRE,
  isFlotillaError,
  isLogLevel,
  isModern,
  isRecord,
  isSupportedModern,
  messageOf,
  toWireError,
} from "../protocol/index.ts";
import type { LogLevel, WireError, WireRequest } from "../protocol/index.ts";
import { openLive } from "./asking/live.ts";
import type { AskClient } from "./asking/live.ts";
import { openRounds } from "./asking/rounds.ts";
import { callContext } from "./call-context.ts";
import type { Era } from "./catalog.ts";
import { methodsOf } from "./methods.ts";
import type { MethodCall } from "./methods.ts";
import { RequestError } from "./request-error.ts";
import type { Runtime } from "./runtime.ts";

/** What `initialize` said, and what came after it. */
export interface LegacyPeer {
  version: string;
  capabilities: Record<string, unknown>;
  logLevel: LogLevel;
  /** Absent where the client cannot be reached. */
  ask?: AskClient;
}

export interface Exchange {
  runtime: Runtime;
  request: WireRequest;
  legacy: LegacyPeer | undefined;
  /** The client cancelled or went away. */
  signal: AbortSignal;
  notify: (method: string, params: Record<string, unknown>) => void;
  /** Hands over what ends a listen stream in good order; call the answer when it has ended. */
  listening: (end: () => void) => () => void;
}

/** Rejects with what `wireOf` turns into the answer. */
export async function dispatch(exchange: Exchange, era: Era): Promise<Record<string, unknown>> {
  const { legacy, request } = exchange;
  const { method, params } = request;
  if (era === "legacy" && method === "ping") return {};
  if (era === "legacy" && method === "logging/setLevel") return setLevel(legacy, params["level"]);
  const run = methodsOf(era).get(method);
  if (run === undefined) {
    throw new RequestError(WIRE.methodNotFound, `The method ${method} is not known here.`);
  }
  return run(methodCall(exchange, era));
}

function methodCall(exchange: Exchange, era: Era): MethodCall {
  const { runtime, request, legacy, signal, notify, listening } = exchange;
  const { params } = request;
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  const logLevel = era === "modern" ? meta[META.logLevel] : legacy?.logLevel;
  const declared = era === "modern" ? meta[META.clientCapabilities] : legacy?.capabilities;
  const capabilities = isRecord(declared) ? declared : {};
  return {
    runtime,
    params,
    era,
    id: request.id,
    signal,
    notify,
    listening,
    context: (stop) =>
      callContext({
        callId: runtime.newId("call"),
        signal: stop,
        notify,
        progressToken: meta[META.progressToken],
        logLevel: isLogLevel(logLevel) ? logLevel : undefined,
        logger: runtime.worker.name,
        traceparent: meta[META.traceparent],
        record: runtime.record,
      }),
    talk: async (subject) =>
      era === "modern"
        ? openRounds({ params, capabilities, subject, states: runtime.states })
        : openLive({ version: legacy?.version ?? "", capabilities, ask: legacy?.ask, signal }),
  };
}

/** Which era a request speaks; throws for an envelope that is none (MCP basic/index, `_meta`). */
export function eraOf({ method, params }: WireRequest, hasSession: boolean): Era {
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  const version = meta[META.protocolVersion];
  if (version === undefined) {
    // A ping before `initialize` is legal in the legacy era.
    if (hasSession || method === "ping") return "legacy";
    throw new RequestError(
      WIRE.invalidParams,
      `params._meta["${META.protocolVersion}"] is missing. Send it with every request, or open a session with initialize.`,
    );
  }
  if (typeof version !== "string" || !isSupportedModern(version)) {
    if (hasSession && typeof version === "string" && !isModern(version)) return "legacy";
    const data = { supported: [...MODERN_VERSIONS], requested: version };
    throw new RequestError(
      WIRE.unsupportedVersion,
      `Protocol version ${JSON.stringify(version)} is not spoken here.`,
      data,
    );
  }
  if (!isRecord(meta[META.clientCapabilities])) {
    throw new RequestError(
      WIRE.invalidParams,
      `params._meta["${META.clientCapabilities}"] must be an object.`,
    );
  }
  const level = meta[META.logLevel];
  if (level !== undefined && !isLogLevel(level)) {
    throw new RequestError(WIRE.invalidParams, `params._meta["${META.logLevel}"] is no log level.`);
  }
  return "modern";
}

function setLevel(legacy: LegacyPeer | undefined, level: unknown): Record<string, unknown> {
  if (!isLogLevel(level)) throw new RequestError(WIRE.invalidParams, "The level is no log level.");
  if (legacy !== undefined) legacy.logLevel = level;
  return {};
}

export function wireOf(error: unknown): WireError {
  if (error instanceof RequestError) return error.wire;
  if (isFlotillaError(error)) return toWireError(error);
  return { code: WIRE.internal, message: messageOf(error) };
}
