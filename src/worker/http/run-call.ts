/** One request over HTTP, from its first byte to its last word. */
import {
  FlotillaError,
  WIRE,
  encodeError,
  encodeNotification,
  encodeResult,
} from "../../protocol/index.ts";
import type { WireError, WireRequest } from "../../protocol/index.ts";
import type { Era } from "../catalog.ts";
import { dispatch, wireOf } from "../dispatch.ts";
import type { LegacyPeer } from "../dispatch.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";
import type { HttpParts } from "./parts.ts";
import type { HttpSession } from "./sessions.ts";
import { createTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

export interface HttpCall {
  request: WireRequest;
  era: Era;
  /** Whether the answer may be an event stream. */
  events: boolean;
  session?: HttpSession;
}

export function runCall(parts: HttpParts, ask: HttpAsk, call: HttpCall): Promise<HttpAnswer> {
  const { clock } = parts.options;
  const abort = new AbortController();
  // Closing the response is how modern clients cancel; in the older versions it is not (2025-11-25, transports).
  const onGone = (): void => {
    if (call.era === "modern") abort.abort(new Error("The client went away."));
  };
  const turn = createTurn({ clock, events: call.events, onGone });
  ask.signal.addEventListener("abort", onGone, { once: true });
  const deadline =
    ask.deadlineMs === undefined
      ? undefined
      : clock.after(ask.deadlineMs, () => {
          turn.finish(200, encodeError(call.request.id, wireOf(outOfTime())));
          abort.abort(outOfTime());
        });
  parts.load.running += 1;
  void answer(parts, call, { turn, abort }).finally(() => {
    parts.load.running -= 1;
    deadline?.cancel();
    ask.signal.removeEventListener("abort", onGone);
  });
  return turn.answer;
}

async function answer(
  parts: HttpParts,
  call: HttpCall,
  { turn, abort }: { turn: Turn; abort: AbortController },
): Promise<void> {
  const { request, era, session } = call;
  const { id } = request;
  const cancelled = new Error("The client cancelled.");
  const forget =
    session === undefined
      ? undefined
      : parts.sessions.running(session.id, id, () => abort.abort(cancelled));
  try {
    const exchange = {
      runtime: parts.runtime,
      request,
      legacy:
        session === undefined ? undefined : peerOf(parts, session, call.events ? turn : undefined),
      signal: abort.signal,
      notify: (method: string, params: Record<string, unknown>) =>
        turn.notify(encodeNotification(method, params)),
      listening: (end: () => void) => {
        parts.listening.add(end);
        return () => parts.listening.delete(end);
      },
    };
    const result = await dispatch(exchange, era);
    turn.finish(200, encodeResult(id, { text: JSON.stringify(result) }));
  } catch (error) {
    const wire = wireOf(error);
    turn.finish(era === "modern" ? statusOf(wire) : 200, encodeError(id, wire));
  } finally {
    forget?.();
  }
}

function peerOf(
  { asks, sessions, options }: HttpParts,
  session: HttpSession,
  stream: Turn | undefined,
): LegacyPeer {
  const canAsk = options.asksSessions && stream !== undefined;
  return {
    version: session.version,
    capabilities: session.capabilities,
    get logLevel() {
      return session.logLevel;
    },
    set logLevel(level) {
      sessions.setLevel(session.id, level);
    },
    ...(canAsk ? { ask: asks.askBy((text) => stream.ask(text)) } : {}),
  };
}

/** Error table of 2026-07-28, transports. What a call itself may fail with stays in band. */
function statusOf({ code }: WireError): number {
  if (code === WIRE.methodNotFound) return 404;
  return code === WIRE.missingCapability ? 400 : 200;
}

function outOfTime(): FlotillaError {
  return new FlotillaError(
    "call_timeout",
    "The call was ended because the platform's own time limit for it is nearly over.",
    { hint: "Give it less input, or raise the function's timeout.", data: { mayHaveRun: true } },
  );
}
