/** One page of a merged list, as a modern result. */
import type { RawObject } from "../../protocol/jsonrpc.ts";
import { compareText } from "../tables.ts";
import { decodeCursor, encodeCursor, type Place } from "./cursor.ts";
import type { ListKind } from "./fetch.ts";
import type { Item, View } from "./view.ts";

export interface PageOptions {
  view: View;
  kind: ListKind;
  /** The endpoint: a worker's name, or empty for the aggregate. */
  scope: string;
  cursor: unknown;
  pageEntries: number;
  pageChars: number;
  ttlMs: number;
}

/** Throws `bad_request` for a foreign cursor. */
export function pageOf(options: PageOptions): RawObject {
  const { view, kind, scope, cursor, pageEntries, pageChars, ttlMs } = options;
  const items = view.lists[kind];
  const start = cursor === undefined ? 0 : startAfter(items, decodeCursor(cursor, kind, scope));
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
  const last = items[at - 1];
  const next =
    at < items.length && last !== undefined
      ? `,"nextCursor":"${encodeCursor({ kind, scope, worker: last.worker, original: last.original, index: at - 1 })}"`
      : "";
  const text = `{"resultType":"complete","${kind}":[${texts.join(",")}]${next},"ttlMs":${ttlMs},"cacheScope":"public"}`;
  return { text };
}

/**
 * Behind the entry the client saw last. If that is gone: behind the others of its worker that stood before it, so that
 * a list that shrinks meanwhile skips nothing that still stands.
 */
function startAfter(items: readonly Item[], place: Place): number {
  const seen = items.findIndex(
    ({ worker, original }) => worker === place.worker && original === place.original,
  );
  if (seen >= 0) return seen + 1;
  const first = items.findIndex(({ worker }) => compareText(worker, place.worker) >= 0);
  if (first < 0) return items.length;
  let end = first;
  while (items[end]?.worker === place.worker) end += 1;
  return Math.min(Math.max(place.index, first), end);
}
