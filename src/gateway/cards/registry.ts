/** The read side of the registry API, v0.1, over this fleet: for clients and registries that take servers from one. */
import type { DirectoryEntry } from "./directory.ts";
import { qualifiedName, registered, type Place } from "./documents.ts";

export type RegistryAnswer =
  | { status: 200; body: Record<string, unknown> }
  | { status: 400 | 404; error: string };

const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;
const LATEST = "latest";

/** `path`: what follows `/v0.1/servers`, still encoded. */
export function answerRegistry(
  { path, query }: { path: string; query: string },
  entries: readonly DirectoryEntry[],
  place: Place,
): RegistryAnswer {
  if (path === "" || path === "/") return listServers(new URLSearchParams(query), entries, place);
  const [name, versions, version, ...rest] = path.slice(1).split("/").map(decoded);
  const entry = entries.find((one) => qualifiedName(one, place) === name);
  if (entry === undefined || rest.length > 0 || (versions !== undefined && versions !== "versions"))
    return { status: 404, error: "Server not found" };
  const told = registered(entry, place);
  if (versions === undefined) return { status: 200, body: told };
  if (version === undefined) return { status: 200, body: page([told]) };
  return version === LATEST || version === entry.version
    ? { status: 200, body: told }
    : { status: 404, error: "Version not found" };
}

function listServers(
  query: URLSearchParams,
  entries: readonly DirectoryEntry[],
  place: Place,
): RegistryAnswer {
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return { status: 400, error: `limit must be a whole number from 1 to ${MAX_LIMIT}.` };
  const since = query.get("updated_since");
  const sinceMs = since === null ? -Infinity : Date.parse(since);
  if (Number.isNaN(sinceMs))
    return { status: 400, error: "updated_since must be a time as RFC 3339 writes it." };
  const search = query.get("search")?.toLowerCase() ?? "";
  const version = query.get("version") ?? LATEST;
  const cursor = query.get("cursor") ?? "";
  // By name, and the cursor is the last name seen: a list that changes loses and repeats nothing.
  const named = entries
    .map((entry) => ({ entry, name: qualifiedName(entry, place) }))
    .filter(({ entry, name }) => {
      const fits = version === LATEST || version === entry.version;
      return fits && entry.updatedAtMs > sinceMs && name.toLowerCase().includes(search);
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rest = named.filter(({ name }) => name > cursor);
  const shown = rest.slice(0, limit);
  const next = rest.length > limit ? shown.at(-1)?.name : undefined;
  return {
    status: 200,
    body: page(
      shown.map(({ entry }) => registered(entry, place)),
      next,
    ),
  };
}

function page(servers: readonly unknown[], nextCursor?: string): Record<string, unknown> {
  const next = nextCursor === undefined ? {} : { nextCursor };
  return { servers, metadata: { ...next, count: servers.length } };
}

/** A name that is no valid encoding names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
