/** One page of a merged list, as a modern result. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { Freshness } from "../../protocol/fleet.ts";
import type { RawObject } from "../../protocol/jsonrpc.ts";
import type { Item } from "./build-view.ts";
import { decodeCursor, encodeCursor, fingerprintOf } from "./cursor.ts";
import type { ListKind } from "./fetch.ts";

export interface PageOptions {
  items: readonly Item[];
  kind: ListKind;
  /** The endpoint: a name, or empty for the aggregate. */
  scope: string;
  cursor: unknown;
  pageEntries: number;
  pageChars: number;
  freshness: Freshness;
}

export interface Pages {
  /** Throws `bad_request` for a foreign cursor, and for one into a list that changed too long ago. */
  page(options: PageOptions): RawObject;
}

/** Lists that clients are in the middle of, kept as they were. Few lists have a second page at all. */
const MAX_KEPT = 16;

export function createPages(): Pages {
  const kept = new Map<string, readonly Item[]>();
  const keep = (key: string, items: readonly Item[]): void => {
    kept.delete(key);
    kept.set(key, items);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(oldest);
    }
  };
  return {
    page(options) {
      const { kind, scope, cursor, freshness } = options;
      const { items, fingerprint, start } = placeOf(options, kept);
      const { texts, end } = fill(items, start, options);
      let next = "";
      if (end < items.length) {
        const print = fingerprint ?? fingerprintOf(items);
        keep(`${kind} ${scope} ${print}`, items);
        const place = { kind, scope, fingerprint: print, index: end };
        next = `,"nextCursor":"${encodeCursor(place)}"`;
      }
      // A page of a list that is no more is true for the client that walks through it, and for nobody later.
      const ttlMs = cursor !== undefined && items !== options.items ? 0 : freshness.ttlMs;
      const text = `{"resultType":"complete","${kind}":[${texts.join(",")}]${next},"ttlMs":${ttlMs},"cacheScope":"${freshness.cacheScope}"}`;
      return { text };
    },
  };
}

interface Started {
  items: readonly Item[];
  fingerprint?: string;
  start: number;
}

/** The list the cursor was made for: the present one, or that one as it was while we still have it. */
function placeOf(
  { items, kind, scope, cursor }: PageOptions,
  kept: ReadonlyMap<string, readonly Item[]>,
): Started {
  if (cursor === undefined) return { items, start: 0 };
  const { fingerprint, index } = decodeCursor(cursor, kind, scope);
  const same = fingerprintOf(items) === fingerprint;
  const walked = same ? items : kept.get(`${kind} ${scope} ${fingerprint}`);
  if (walked === undefined) {
    throw new FlotillaError("bad_request", "The list has changed since that page.", {
      hint: "List again from the start, without a cursor.",
      data: { reason: "list_changed" },
    });
  }
  return { items: walked, fingerprint, start: Math.min(index, walked.length) };
}

function fill(
  items: readonly Item[],
  start: number,
  { pageEntries, pageChars }: PageOptions,
): { texts: string[]; end: number } {
  const texts: string[] = [];
  let chars = 0;
  let at = start;
  for (; at < items.length && texts.length < pageEntries; at++) {
    const text = items[at]?.text ?? "";
    chars += text.length;
    // One entry always goes, however large, or the list would never end.
    if (chars > pageChars && texts.length > 0) break;
    texts.push(text);
  }
  return { texts, end: at };
}
