/** Events of several topics in one order, each with the point from which a reader may resume. */
import type { EventTopic, FleetEvent } from "../../protocol/api.ts";
import type { EventLog, StoredEvent } from "../../store/contract.ts";
import { isObject } from "../json.ts";
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
  return list.flatMap((source) => {
    cursor.set(source.topic, source.event.offset);
    return fleetEvent(source, encodeCursor(cursor));
  });
}

export function startCursor(topics: readonly EventTopic[]): Cursor {
  return new Map(topics.map((topic) => [topic, undefined]));
}

const MEMBER = { calls: "call", drones: "drone", logs: "log", health: "health" } as const;

/** Writers store the event's own members, with or without their name around them. Anything else is left out. */
function fleetEvent(source: Sourced, offset: string): FleetEvent[] {
  const { topic, event } = source;
  if (!isObject(event.value)) return [];
  const member = MEMBER[topic];
  const body = isObject(event.value[member]) ? event.value : { [member]: event.value };
  const told: unknown = { ...body, topic, offset, atMs: event.atMs };
  return isFleetEvent(told) ? [told] : [];
}

function isFleetEvent(value: unknown): value is FleetEvent {
  return isObject(value) && Object.values(MEMBER).some((member) => isObject(value[member]));
}

export function ofWorker(worker: string | undefined): (event: FleetEvent) => boolean {
  return (event) => worker === undefined || workerOf(event) === worker;
}

function workerOf(event: FleetEvent): string | undefined {
  if (event.topic === "calls") return event.call.worker;
  if (event.topic === "drones") return event.drone.worker;
  return event.topic === "logs" ? event.log.worker : event.health.worker;
}
