/**
 * Where a reader of several topics is. Offsets only order events within one topic, so a resume point for several is
 * one offset for each. With a single topic it is that topic's plain offset.
 */
import type { EventTopic } from "../../protocol/api.ts";
import { FlotillaError } from "../../protocol/errors.ts";

/** Undefined: from the oldest event kept. */
export type Cursor = Map<EventTopic, string | undefined>;

const MAX_CHARS = 1_024;

export function encodeCursor(cursor: Cursor): string {
  const entries = [...cursor];
  const only = entries[0];
  if (entries.length === 1 && only !== undefined) return only[1] ?? "";
  return entries
    .filter(([, offset]) => offset !== undefined)
    .map(([topic, offset]) => `${topic}:${encodeURIComponent(offset ?? "")}`)
    .join(",");
}

export function decodeCursor(text: string, topics: readonly EventTopic[]): Cursor {
  if (text.length > MAX_CHARS) throw invalidCursor();
  const only = topics[0];
  if (topics.length === 1 && only !== undefined && !text.includes(":")) {
    return new Map([[only, text === "" ? undefined : text]]);
  }
  const given = new Map<string, string>();
  for (const part of text === "" ? [] : text.split(",")) {
    const at = part.indexOf(":");
    if (at < 1) throw invalidCursor();
    given.set(part.slice(0, at), decodePart(part.slice(at + 1)));
  }
  return new Map(topics.map((topic) => [topic, given.get(topic)]));
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidCursor();
  }
}

function invalidCursor(): FlotillaError {
  return new FlotillaError("bad_request", '"after" is not an offset of these topics.', {
    hint: "Use the offset of an event that came from the same topics, or leave it out.",
  });
}
