/** Answers requests for the public documents: read-only, open to every origin, cheap to ask for again. */
import type { Answer, HttpCall } from "../front/exchange.ts";
import { hashOf } from "../catalog/hash.ts";
import type { DirectoryEntry } from "./directory.ts";
import { aiCatalogOf, cardOf, CARD_TYPE, CATALOG_TYPE, type Place } from "./documents.ts";
import { answerRegistry } from "./registry.ts";

export interface CardDeskOptions {
  directory: () => readonly DirectoryEntry[];
  /** Where clients reach this gateway, when it is not where the request came to: "https://mcp.example.com". */
  publicUrl?: string;
}

/** The answer, for any path that `isCardPath` says yes to. */
export type CardDesk = (call: HttpCall) => Answer;

const WELL_KNOWN = "/.well-known/ai-catalog.json";
const REGISTRY = "/v0.1/servers";
const CARD = /^\/mcp(?:\/([a-z0-9][a-z0-9-]{0,62}))?\/server-card$/;
/** Workers come and go; a card that is a minute old does no harm. */
const MAX_AGE_S = 60;

const OPEN: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  "access-control-allow-headers": "Content-Type, If-None-Match",
  "access-control-expose-headers": "ETag",
};

export function isCardPath(path: string): boolean {
  return (
    path.endsWith("/server-card") ||
    path === WELL_KNOWN ||
    path === REGISTRY ||
    path.startsWith(`${REGISTRY}/`)
  );
}

export function createCardDesk(options: CardDeskOptions): CardDesk {
  return (call) => {
    if (call.method === "OPTIONS") return { status: 204, body: "", headers: OPEN };
    if (call.method !== "GET" && call.method !== "HEAD")
      return told(405, { error: "Use GET." }, { allow: "GET, HEAD, OPTIONS" });
    const place = placeOf(call, options.publicUrl);
    const entries = options.directory();
    if (call.path === WELL_KNOWN) return document(call, CATALOG_TYPE, aiCatalogOf(entries, place));
    if (call.path.startsWith(REGISTRY)) return registry(call, entries, place);
    const endpoint = CARD.exec(call.path);
    const entry = entries.find((one) => one.endpoint === (endpoint?.[1] ?? ""));
    return endpoint === null || entry === undefined
      ? told(404, { error: "There is no MCP endpoint at that path." })
      : document(call, CARD_TYPE, cardOf(entry, place));
  };
}

function registry(call: HttpCall, entries: readonly DirectoryEntry[], place: Place): Answer {
  const path = call.path.slice(REGISTRY.length);
  const answer = answerRegistry({ path, query: call.query }, entries, place);
  return answer.status === 200
    ? document(call, "application/json", answer.body)
    : told(answer.status, { error: answer.error });
}

/** The guard has checked the Host header before anything comes here. */
function placeOf(call: HttpCall, publicUrl: string | undefined): Place {
  const url = new URL(publicUrl ?? `http://${call.header("host") ?? "localhost"}`);
  // An IPv6 address can stand in no name.
  const host = url.hostname.startsWith("[") ? "localhost" : url.hostname;
  return { base: url.origin, host };
}

function document(call: HttpCall, type: string, value: Record<string, unknown>): Answer {
  const body = JSON.stringify(value);
  const etag = `"${hashOf([body])}"`;
  // Documents name the host they were asked at, so caches must not mix hosts.
  const headers = {
    ...OPEN,
    "cache-control": `public, max-age=${MAX_AGE_S}`,
    etag,
    vary: "Host",
  };
  return matches(call.header("if-none-match"), etag)
    ? { status: 304, body: "", headers }
    : { status: 200, body, headers: { ...headers, "content-type": type } };
}

/** RFC 9110, If-None-Match: a list, compared weakly. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}

function told(
  status: number,
  value: Record<string, unknown>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: JSON.stringify(value), headers: { ...OPEN, ...headers } };
}
