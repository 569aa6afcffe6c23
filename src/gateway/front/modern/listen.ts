/** `subscriptions/listen`: one long POST per subscriber (2026-07-28, patterns, subscriptions). */
import {
  encodeError,
  encodeNotification,
  encodeResult,
  isRecord,
} from "../../../protocol/jsonrpc.ts";
import type { JsonRpcId, WireRequest } from "../../../protocol/jsonrpc.ts";
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { META } from "../../../protocol/meta.ts";
import { WIRE, toWireError } from "../../../protocol/wire-errors.ts";
import type { ClientContext, Endpoint, ListenFilter } from "../../call.ts";
import { declaresTasks, tasksNotDeclared } from "../../tasks/words.ts";
import { readAccept } from "../accept.ts";
import type { FrontDeps } from "../deps.ts";
import type { EventSink, HttpCall, Reply } from "../exchange.ts";
import { SSE_KEEP_ALIVE, sseEvent } from "../exchange.ts";
import { notAcceptable, overloaded, rpcProblem, shuttingDown } from "../problems.ts";

export interface ListenDesk {
  open(exchange: ListenExchange): void;
  /** Ends every stream the graceful way: its result, then the end. */
  endAll(): void;
  readonly size: number;
}

export interface ListenExchange {
  call: HttpCall;
  reply: Reply;
  endpoint: Endpoint;
  message: WireRequest;
  client: ClientContext;
}

/** Messages kept between the subscription and its acknowledgement, which must come first. */
const MAX_EARLY = 64;

export function createListenDesk(deps: FrontDeps): ListenDesk {
  const streams = new Set<ListenStream>();
  return {
    open(exchange) {
      const { reply, message, call } = exchange;
      if (deps.load.draining) return reply.send(shuttingDown());
      if (streams.size >= deps.limits.maxListens) {
        return reply.send({ ...overloaded("listen streams", message.id), status: 200 });
      }
      if (!readAccept(call.header("accept")).sse)
        return reply.send(notAcceptable("text/event-stream"));
      const filter = readFilter(message.params["notifications"], deps.limits.maxSubscriptions);
      if (typeof filter === "string") {
        return reply.send(
          rpcProblem(200, { code: WIRE.invalidParams, message: filter }, message.id),
        );
      }
      if (filter.taskIds !== undefined && !declaresTasks(exchange.client)) {
        return reply.send(rpcProblem(400, tasksNotDeclared().error, message.id));
      }
      const stream = new ListenStream(deps, exchange, () => streams.delete(stream));
      streams.add(stream);
      void stream.start(filter);
    },
    endAll() {
      for (const stream of streams) stream.end();
    },
    get size() {
      return streams.size;
    },
  };
}

class ListenStream {
  readonly #deps: FrontDeps;
  readonly #exchange: ListenExchange;
  readonly #onDone: () => void;
  readonly #abort = new AbortController();
  readonly #stopBeat: () => void;
  #filter: ListenFilter | undefined;
  #sink: EventSink | undefined;
  #early: string[] = [];
  #isDone = false;

  constructor(deps: FrontDeps, exchange: ListenExchange, onDone: () => void) {
    this.#deps = deps;
    this.#exchange = exchange;
    this.#onDone = onDone;
    this.#stopBeat = deps.pulse.add(() => this.#sink?.write(SSE_KEEP_ALIVE));
    exchange.call.onGone(() => this.#done());
  }

  async start(filter: ListenFilter): Promise<void> {
    const { endpoint, client, message, reply } = this.#exchange;
    const { signal } = this.#abort;
    this.#filter = filter;
    try {
      const emit = this.#emit.bind(this);
      const request = { endpoint, client, filter, signal, emit };
      this.#acknowledge(await this.#deps.router.listen(request));
    } catch (error) {
      if (this.#isDone) return;
      const cause = isFlotillaError(error)
        ? error
        : new FlotillaError("internal", messageOf(error));
      reply.send({ status: 200, body: encodeError(message.id, toWireError(cause)) });
      this.#done();
    }
  }

  /** The graceful way: the request's own result, then the end of the stream. */
  end(): void {
    if (this.#sink === undefined && !this.#isDone) this.#exchange.reply.send(shuttingDown());
    this.#done(endResult(this.#exchange.message.id));
  }

  #emit(method: string, params: Record<string, unknown>): void {
    if (this.#isDone || this.#filter === undefined || !isWanted(this.#filter, method)) return;
    const text = encodeNotification(method, stamped(params, this.#exchange.message.id));
    if (this.#sink === undefined) {
      if (this.#early.length < MAX_EARLY && !this.#early.includes(text)) this.#early.push(text);
      return;
    }
    // A lost change would mislead; a lost stream is seen, and the client lists and listens again.
    if (this.#sink.backlog() > this.#deps.limits.hardBacklogBytes) return this.#done();
    this.#sink.write(sseEvent(text));
  }

  #acknowledge(honored: ListenFilter): void {
    if (this.#isDone) return;
    const { message, reply } = this.#exchange;
    const sink = reply.stream();
    this.#sink = sink;
    const notifications = filterOnWire(honored);
    const params = stamped({ notifications }, message.id);
    sink.write(sseEvent(encodeNotification("notifications/subscriptions/acknowledged", params)));
    for (const text of this.#early.splice(0)) sink.write(sseEvent(text));
    if (Object.keys(notifications).length === 0) this.#done(endResult(message.id));
  }

  #done(last?: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stopBeat();
    this.#abort.abort();
    if (last !== undefined) this.#sink?.write(sseEvent(last));
    this.#sink?.end();
    this.#onDone();
  }
}

function stamped(params: Record<string, unknown>, id: JsonRpcId): Record<string, unknown> {
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  return { ...params, _meta: { ...meta, [META.subscriptionId]: id } };
}

const endResult = (id: JsonRpcId): string =>
  encodeResult(id, {
    text: JSON.stringify({ resultType: "complete", _meta: { [META.subscriptionId]: id } }),
  });

/** The filter a client asked for, or why it cannot be one. */
function readFilter(value: unknown, maxSubscriptions: number): ListenFilter | string {
  if (!isRecord(value)) return "params.notifications must be an object.";
  const uris = value["resourceSubscriptions"] ?? [];
  if (!isTexts(uris)) {
    return "params.notifications.resourceSubscriptions must be a list of URIs.";
  }
  if (uris.length > maxSubscriptions) return `At most ${maxSubscriptions} resource subscriptions.`;
  const { taskIds } = value;
  if (taskIds !== undefined && !isTexts(taskIds)) {
    return "params.notifications.taskIds must be a list of task ids.";
  }
  if (taskIds !== undefined && taskIds.length > maxSubscriptions)
    return `At most ${maxSubscriptions} tasks.`;
  return {
    ...(taskIds === undefined ? {} : { taskIds }),
    toolsListChanged: value["toolsListChanged"] === true,
    promptsListChanged: value["promptsListChanged"] === true,
    resourcesListChanged: value["resourcesListChanged"] === true,
    resourceSubscriptions: [...new Set(uris)],
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

/** What a client did not ask for never reaches its stream, whoever sends it. */
function isWanted(filter: ListenFilter, method: string): boolean {
  switch (method) {
    case "notifications/tools/list_changed":
      return filter.toolsListChanged;
    case "notifications/prompts/list_changed":
      return filter.promptsListChanged;
    case "notifications/resources/list_changed":
      return filter.resourcesListChanged;
    case "notifications/resources/updated":
      // Not compared by URI: an update may name a part of what was subscribed to.
      return filter.resourceSubscriptions.length > 0;
    case "notifications/tasks":
      return filter.taskIds !== undefined;
    default:
      return false;
  }
}

/** Only what is honoured is named. */
function filterOnWire(filter: ListenFilter): Record<string, unknown> {
  return {
    ...(filter.toolsListChanged ? { toolsListChanged: true } : {}),
    ...(filter.promptsListChanged ? { promptsListChanged: true } : {}),
    ...(filter.resourcesListChanged ? { resourcesListChanged: true } : {}),
    ...(filter.resourceSubscriptions.length > 0
      ? { resourceSubscriptions: filter.resourceSubscriptions }
      : {}),
    ...(filter.taskIds !== undefined && filter.taskIds.length > 0
      ? { taskIds: filter.taskIds }
      : {}),
  };
}
