/**
 * Event ids: which stream of a session, how far, in which gateway, and which request it answers. A client brings the
 * last one it saw to any gateway; that is all the new one knows if the old one is gone.
 */
import type { JsonRpcId } from "../../../protocol/jsonrpc.ts";

/** The stream for messages that belong to no request; GET opens it. */
export const STANDING = 0;

export interface EventPlace {
  stream: number;
  seq: number;
  /** Empty where there is one gateway only. */
  origin: string;
  about?: JsonRpcId | undefined;
}

/** Ids of requests longer than this are left out: every event would carry them. */
const MAX_ABOUT = 80;
const MAX_ID = 300;

/** `3-7`, with several gateways `3-7.gateway-0b1c`, for a request's stream `3-7.gateway-0b1c.%22a%22`. */
export function formatEventId({ stream, seq, origin, about }: EventPlace): string {
  const place = `${stream}-${seq}`;
  if (origin === "") return place;
  const told = about === undefined ? "" : encodeURIComponent(JSON.stringify(about));
  return told === "" || told.length > MAX_ABOUT
    ? `${place}.${origin}`
    : `${place}.${origin}.${told}`;
}

export function parseEventId(id: string): EventPlace | undefined {
  if (id.length > MAX_ID) return undefined;
  const match = /^(\d{1,9})-(\d{1,9})(?:\.([a-z0-9-]{1,64})(?:\.(.+))?)?$/.exec(id);
  if (match === null) return undefined;
  const [, stream, seq, origin = "", told] = match;
  const about = told === undefined ? undefined : requestId(told);
  return { stream: Number(stream), seq: Number(seq), origin, about };
}

function requestId(told: string): JsonRpcId | undefined {
  try {
    const id: unknown = JSON.parse(decodeURIComponent(told));
    return typeof id === "string" || typeof id === "number" ? id : undefined;
  } catch {
    return undefined;
  }
}
