/** Events as a page (JSON) and as they come (SSE). */
import type { EventTopic } from "../../protocol/api.ts";
import { EVENT_TOPICS } from "../events/feed.ts";
import type { EventQuery } from "../events/merge.ts";
import { eventStreamResponse } from "./event-stream.ts";
import { invalid } from "./body.ts";
import { json } from "./respond.ts";
import type { ApiRequest, ApiRoute } from "./route.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

export const eventRoutes: readonly ApiRoute[] = [
  {
    path: ["events"],
    methods: {
      async GET({ feed }, api) {
        const query = queryOf(api);
        return json({ events: await feed.read(query, limitOf(api) ?? DEFAULT_LIMIT) });
      },
    },
  },
  {
    path: ["events", "stream"],
    methods: {
      async GET({ feed }, api) {
        const query = queryOf(api);
        return eventStreamResponse({
          feed,
          query,
          backlog: limitOf(api) ?? 0,
          signal: api.request.signal,
        });
      },
    },
  },
];

function queryOf({ url, request }: ApiRequest): EventQuery {
  const asked = url.searchParams.getAll("topic").flatMap((topic) => topic.split(","));
  const topics = [...new Set(asked)].map(topicNamed);
  const query: EventQuery = { topics: topics.length === 0 ? [...EVENT_TOPICS] : topics };
  const worker = url.searchParams.get("worker");
  if (worker !== null) query.worker = worker;
  // A browser that lost its stream comes back with this header (HTML §9.2.4).
  const after = request.headers.get("last-event-id") ?? url.searchParams.get("after");
  if (after !== null && after !== "") query.after = after;
  return query;
}

function topicNamed(name: string): EventTopic {
  const topic = EVENT_TOPICS.find((known) => known === name);
  if (topic !== undefined) return topic;
  throw invalid("There is no such topic.", `Use one or more of: ${EVENT_TOPICS.join(", ")}.`);
}

function limitOf({ url }: ApiRequest): number | undefined {
  const text = url.searchParams.get("limit");
  if (text === null) return undefined;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalid('"limit" is out of range.', `Use a whole number from 1 to ${MAX_LIMIT}.`);
}
