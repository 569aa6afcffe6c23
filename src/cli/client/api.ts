/** The coordinator's API from the operator's side (src/protocol/api.ts). */
import {
  FlotillaError,
  isRecord,
  routes,
  type ApiErrorBody,
  type EventTopic,
  type FleetEvent,
  type FleetStatus,
  type RetireAnswer,
  type WakeAnswer,
  type WorkerStatus,
} from "../../protocol/index.ts";
import { notFlotilla, readText, send, type HttpDeps } from "./http.ts";
import { readEvents } from "./sse.ts";
import { createTaskClient, type TaskClient } from "./tasks.ts";

export interface EventQuery {
  topics: readonly EventTopic[];
  worker?: string | undefined;
  /** Resume after this offset. */
  after?: string | undefined;
  limit?: number | undefined;
}

export interface ApiClient {
  readonly url: string;
  fleet(): Promise<FleetStatus>;
  worker(name: string): Promise<WorkerStatus>;
  wake(name: string): Promise<WakeAnswer>;
  retire(name: string): Promise<RetireAnswer>;
  events(query: EventQuery): Promise<FleetEvent[]>;
  readonly tasks: TaskClient;
  /** Ends when the fleet ends the stream. */
  follow(query: EventQuery): AsyncGenerator<FleetEvent>;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;

export function createApiClient(deps: HttpDeps): ApiClient {
  const ask = async (
    path: string,
    init: RequestInit & { timeoutMs?: number } = {},
  ): Promise<unknown> => {
    const response = await send(deps, { path, timeoutMs: TIMEOUT_MS, ...init });
    const text = await readText(response, MAX_BYTES);
    const body = parse(text);
    if (!response.ok) throw errorOf(body) ?? notFlotilla(deps.url);
    return body;
  };
  const post = (path: string): Promise<unknown> =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ by: "cli" }),
    });
  const checked = <T>(value: unknown, is: (value: unknown) => value is T): T => {
    if (is(value)) return value;
    throw notFlotilla(deps.url);
  };
  return {
    url: deps.url,
    tasks: createTaskClient({ ask, notFlotilla: () => notFlotilla(deps.url) }),
    fleet: async () => checked(await ask(routes.fleet()), isFleet),
    worker: async (name) => checked(await ask(routes.worker(name)), isWorker),
    wake: async (name) => checked(await post(routes.wake(name)), isWake),
    retire: async (name) => checked(await post(routes.retire(name)), isRetire),
    events: async (query) => {
      const answer = await ask(`${routes.events()}?${queryText(query)}`);
      return checked(answer, isEvents).events;
    },
    async *follow(query) {
      const path = `${routes.eventStream()}?${queryText(query)}`;
      const headers = { accept: "text/event-stream" };
      const response = await send(deps, { path, timeoutMs: TIMEOUT_MS, headers });
      if (!response.ok)
        throw errorOf(parse(await readText(response, MAX_BYTES))) ?? notFlotilla(deps.url);
      for await (const { data } of readEvents(response)) {
        const event = parse(data);
        if (isEvent(event)) yield event;
      }
    },
  };
}

function queryText({ topics, worker, after, limit }: EventQuery): string {
  const query = new URLSearchParams();
  for (const topic of topics) query.append("topic", topic);
  if (worker !== undefined) query.set("worker", worker);
  if (after !== undefined) query.set("after", after);
  if (limit !== undefined) query.set("limit", String(limit));
  return query.toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(body: unknown): FlotillaError | undefined {
  if (!isErrorBody(body)) return undefined;
  const { code, message, hint, retryAfterMs, data } = body.error;
  return new FlotillaError(code, message, {
    ...(typeof hint === "string" ? { hint } : {}),
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
    ...(isRecord(data) ? { data } : {}),
  });
}

function isErrorBody(body: unknown): body is ApiErrorBody {
  if (!isRecord(body) || !isRecord(body["error"])) return false;
  return typeof body["error"]["code"] === "string" && typeof body["error"]["message"] === "string";
}

function isFleet(value: unknown): value is FleetStatus {
  return isRecord(value) && Array.isArray(value["workers"]) && value["workers"].every(isWorker);
}

function isWorker(value: unknown): value is WorkerStatus {
  if (!isRecord(value) || typeof value["name"] !== "string") return false;
  return isRecord(value["health"]) && Array.isArray(value["drones"]);
}

function isWake(value: unknown): value is WakeAnswer {
  return isRecord(value) && typeof value["state"] === "string";
}

function isRetire(value: unknown): value is RetireAnswer {
  return isRecord(value) && Array.isArray(value["retired"]);
}

function isEvents(value: unknown): value is { events: FleetEvent[] } {
  return isRecord(value) && Array.isArray(value["events"]) && value["events"].every(isEvent);
}

function isEvent(value: unknown): value is FleetEvent {
  return (
    isRecord(value) && typeof value["topic"] === "string" && typeof value["offset"] === "string"
  );
}
