/** One legacy message inside its session: answered here, or sent inward as a modern call. */
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { encodeError, encodeResult } from "../../../protocol/jsonrpc.ts";
import type {
  JsonRpcId,
  WireError,
  WireNotification,
  WireRequest,
} from "../../../protocol/jsonrpc.ts";
import { isLogLevel } from "../../../protocol/meta.ts";
import { WIRE, toWireError } from "../../../protocol/wire-errors.ts";
import type { McpOutcome, McpRequest } from "../../call.ts";
import { progressTokenOf, withoutHopMeta } from "../call-params.ts";
import type { FrontDeps } from "../deps.ts";
import { withoutAnswers } from "../../interactive/request-state.ts";
import { createNotices } from "../notices.ts";
import type { Delivery } from "./delivery.ts";
import { downgradeError, downgradeResult } from "./downgrade.ts";
import type { Interact } from "./interact.ts";
import type { Session } from "./session.ts";

/** Modern methods that mean nothing, or something else, in this era. */
const FOREIGN = /^(?:server\/discover|subscriptions\/.*|tasks\/.*|initialize)$/;

export interface Dispatcher {
  request(session: Session, request: WireRequest, delivery: Delivery): void;
  /** False when it is about a call that is not under way here. */
  notification(session: Session, notification: WireNotification): boolean;
}

export interface DispatcherDeps extends FrontDeps {
  /** What outlives a request changed in the session. */
  keep: (session: Session) => Promise<void>;
}

export function createDispatcher(deps: DispatcherDeps, interact: Interact): Dispatcher {
  return {
    request(session, request, delivery) {
      const run = async (): Promise<void> => {
        try {
          const local = await answerLocally(deps, session, request);
          if (local === undefined) forward({ deps, interact, session, delivery }, request);
          else delivery.finish(encodeResult(request.id, { text: local }));
        } catch (error) {
          delivery.finish(encodeError(request.id, downgradeError(wireErrorOf(error))));
        }
      };
      void run();
    },
    notification(session, { method, params }) {
      if (method === "notifications/initialized") session.initialized = true;
      if (method !== "notifications/cancelled") return true;
      const id = params["requestId"];
      if (typeof id !== "string" && typeof id !== "number") return true;
      const call = session.calls.get(id);
      call?.cancel();
      return call !== undefined;
    },
  };
}

/** The result as JSON text, or undefined when the router has to be asked. */
async function answerLocally(
  { keep }: DispatcherDeps,
  session: Session,
  { method, params }: WireRequest,
): Promise<string | undefined> {
  switch (method) {
    case "ping":
      return "{}";
    case "logging/setLevel": {
      const { level } = params;
      if (!isLogLevel(level)) throw new FlotillaError("bad_request", "That is no log level.");
      session.logLevel = level;
      await keep(session);
      return "{}";
    }
    case "resources/subscribe":
      await session.subscriptions.subscribe(uriOf(params));
      await keep(session);
      return "{}";
    case "resources/unsubscribe":
      await session.subscriptions.unsubscribe(uriOf(params));
      await keep(session);
      return "{}";
    default:
      return undefined;
  }
}

const CANCELLED = new FlotillaError("call_cancelled", "The client cancelled the call.");

interface Context {
  deps: FrontDeps;
  interact: Interact;
  session: Session;
  delivery: Delivery;
}

function forward(context: Context, request: WireRequest): void {
  const { deps, session, delivery } = context;
  const { id, method } = request;
  const refusal = refusalOf(deps, session, request);
  if (refusal !== undefined) return delivery.finish(encodeError(id, refusal));
  const abort = new AbortController();
  const leave = deps.load.enter(() => abort.abort());
  if (leave === undefined) {
    const busy = new FlotillaError("overloaded", "The gateway takes no more calls at the moment.", {
      retryable: true,
      retryAfterMs: 1000,
    });
    return delivery.finish(encodeError(id, toWireError(busy)));
  }
  let isOver = false;
  const over = (text: string, wasCancelled = false): void => {
    if (isOver) return;
    isOver = true;
    leave();
    session.calls.delete(id);
    delivery.finish(text, wasCancelled);
  };
  session.calls.set(id, {
    cancel: () => {
      abort.abort();
      over(encodeError(id, toWireError(CANCELLED)), true);
    },
  });
  const inner = innerRequest(context, request, abort.signal);
  deps.router
    .handle(inner)
    .then((outcome) =>
      outcome.kind === "result"
        ? outcome
        : context.interact({ session, request: inner, outcome, put: delivery.ask }),
    )
    .then(
      (outcome) => over(encodeOutcome(id, method, outcome)),
      (error: unknown) => {
        deps.telemetry.log.error("router rejected", { reason: messageOf(error) });
        over(encodeError(id, wireErrorOf(undefined)));
      },
    );
}

function refusalOf(deps: FrontDeps, session: Session, request: WireRequest): WireError | undefined {
  const { id, method } = request;
  if (FOREIGN.test(method)) {
    return { code: WIRE.methodNotFound, message: `The method ${method} does not exist here.` };
  }
  if (session.calls.has(id)) {
    return { code: WIRE.invalidRequest, message: "A request with this id is still under way." };
  }
  if (session.calls.size < deps.limits.maxCallsPerSession) return undefined;
  return toWireError(
    new FlotillaError("overloaded", "The session has too many calls under way.", {
      retryable: true,
    }),
  );
}

function innerRequest(
  { deps, session, delivery }: Context,
  { method, params }: WireRequest,
  signal: AbortSignal,
): McpRequest {
  const token = progressTokenOf(params);
  // Task augmentation of 2025-11-25 is not offered; a receiver without it processes the request as usual.
  // Answers go in the modern way inside, and from nowhere but our own questions.
  const { task: _, ...rest } = withoutAnswers(withoutHopMeta(params));
  return {
    callId: deps.newId("call"),
    method,
    params: rest,
    endpoint: session.endpoint,
    client: session.client,
    logLevel: session.logLevel,
    wantsProgress: token !== undefined,
    signal,
    notify: createNotices({ token, logLevel: session.logLevel, put: delivery.notify }),
  };
}

function encodeOutcome(id: JsonRpcId, method: string, outcome: McpOutcome): string {
  if (outcome.kind === "error") return encodeError(id, downgradeError(outcome.error));
  try {
    return encodeResult(id, { text: downgradeResult(method, outcome.result.text) });
  } catch (error) {
    const cause = new FlotillaError("drone_protocol", "The worker's result cannot be read.", {
      cause: error,
    });
    return encodeError(id, toWireError(cause));
  }
}

function wireErrorOf(error: unknown): WireError {
  return toWireError(
    isFlotillaError(error)
      ? error
      : new FlotillaError("internal", "The gateway failed to handle the call."),
  );
}

function uriOf(params: Record<string, unknown>): string {
  const { uri } = params;
  if (typeof uri === "string" && uri !== "") return uri;
  throw new FlotillaError("bad_request", "params.uri must be a string.");
}
