/** How long a list of ours may be kept, and by whom, from what its parts said of themselves (SEP-2549). */
import type { Freshness } from "../../protocol/fleet.ts";
import type { CatalogRecord } from "../../protocol/records.ts";
import type { ListKind } from "./fetch.ts";

/** The shortest time of any part, and private when one part is. Parts that said nothing have the gateway's own time. */
export function freshnessOf(
  catalogs: readonly CatalogRecord[],
  kind: ListKind,
  listTtlMs: number,
): Freshness {
  let ttlMs = listTtlMs;
  let cacheScope: Freshness["cacheScope"] = "public";
  for (const { catalog } of catalogs) {
    const said = catalog.freshness?.[kind];
    if (said === undefined || catalog[kind]?.length === 0) continue;
    ttlMs = Math.min(ttlMs, said.ttlMs);
    if (said.cacheScope === "private") cacheScope = "private";
  }
  return { ttlMs, cacheScope };
}

/** When a worker's own lists ask to be read again; undefined when it never said. */
export function shortestTtl({ catalog }: CatalogRecord): number | undefined {
  const said = Object.values(catalog.freshness ?? {}).map(({ ttlMs }) => ttlMs);
  return said.length === 0 ? undefined : Math.min(...said);
}

/** Of several pages: the shortest time; private if any is. Undefined when none says anything usable. */
export function pageFreshness(
  pages: readonly Readonly<Record<string, unknown>>[],
): Freshness | undefined {
  let freshness: Freshness | undefined;
  for (const { ttlMs, cacheScope } of pages) {
    if (typeof ttlMs !== "number" || !(ttlMs >= 0)) continue;
    const isPrivate = cacheScope === "private" || freshness?.cacheScope === "private";
    freshness = {
      ttlMs: Math.min(freshness?.ttlMs ?? MAX_TTL_MS, Math.floor(ttlMs)),
      cacheScope: isPrivate ? "private" : "public",
    };
  }
  return freshness;
}

/** Nobody's list is true for longer. */
const MAX_TTL_MS = 86_400_000;
