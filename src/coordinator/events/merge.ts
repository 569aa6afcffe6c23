/** Events of several topics in one order, each with the point from which a reader may resume. */
import type { EventTopic, FleetEvent } from "../../protocol/api.ts";
import type { EventLog, StoredEvent } from "../../store/contract.ts";
import { encodeCursor, type Cursor } from "./cursor.ts";

/** Events read at a time when most of them may belong to other workers. */
export const PAGE = 500;

export interface EventQuery {
  topics: EventTopic[];
  /** Only events of this worker. */
  worker?: string;
  /** The `offset` of an event from the same topics: what came after it. */
  after?: string;
}

/** The tail of each topic, merged. Filtering by worker looks further back. */
export async function newestPerTopic(
  events: EventLog,
  query: EventQuery,
  limit: number,
): Promise<Sourced[]> {
  const depth = query.worker === undefined ? limit : Math.max(limit, PAGE * 4);
  const tails = await Promise.all(
    query.topics.map(async (topic) => sourced(topic, await events.tail(topic, depth))),
  );
  return merge(tails);
}

export interface Sourced {
  topic: EventTopic;
  event: StoredEvent;
}

export function sourced(topic: EventTopic, events: readonly StoredEvent[]): Sourced[] {
  return events.map((event) => ({ topic, event }));
}

/** By time; order within a topic is kept whatever its clock did. */
export function merge(lists: readonly Sourced[][]): Sourced[] {
  const heads = lists.map(() => 0);
  const merged: Sourced[] = [];
  for (;;) {
    let best: Sourced | undefined;
    let from = 0;
    lists.forEach((list, index) => {
      const head = list[heads[index] ?? 0];
      if (head === undefined) return;
      if (best !== undefined && head.event.atMs >= best.event.atMs) return;
      best = head;
      from = index;
    });
    if (best === undefined) return merged;
    merged.push(best);
    heads[from] = (heads[from] ?? 0) + 1;
  }
}

/** Gives each event the offset from which all its topics can be resumed. */
export function withCursors(list: readonly Sourced[], start: Cursor): FleetEvent[] {
  const cursor: Cursor = new Map(start);
  return list.map(({ topic, event }) => {
    cursor.set(topic, event.offset);
    return fleetEvent(topic, event, encodeCursor(cursor));
  });
}

export function startCursor(topics: readonly EventTopic[]): Cursor {
  return new Map(topics.map((topic) => [topic, undefined]));
}

const MEMBER = { calls: "call", drones: "drone", logs: "log", health: "health" } as const;

/** Writers store the event's own members, with or without the topic's name around them. */
function fleetEvent(topic: EventTopic, event: StoredEvent, offset: string): FleetEvent {
  const value = event.value as Record<string, unknown>;
  const wrapped = MEMBER[topic] in value ? value : { [MEMBER[topic]]: value };
  return { ...wrapped, topic, offset, atMs: event.atMs } as unknown as FleetEvent;
}

export function ofWorker(worker: string | undefined): (event: FleetEvent) => boolean {
  return (event) => worker === undefined || workerOf(event) === worker;
}

function workerOf(event: FleetEvent): string | undefined {
  switch (event.topic) {
    case "calls":
      return event.call.worker;
    case "drones":
      return event.drone.worker;
    case "logs":
      return event.log.worker;
    case "health":
      return event.health.worker;
  }
}
