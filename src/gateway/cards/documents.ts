/**
 * The public documents about endpoints: server card (SEP-2127 and its extension repository), AI catalogue 1.0, and the
 * registry's server.json (2025-12-11). All say less than `server/discover` and nothing else than it.
 */
import { LEGACY_VERSIONS, MODERN_VERSIONS } from "../../protocol/versions.ts";
import type { DirectoryEntry } from "./directory.ts";

const SCHEMAS = "https://static.modelcontextprotocol.io/schemas";
export const CARD_TYPE = "application/mcp-server-card+json";
export const CATALOG_TYPE = "application/ai-catalog+json";

/** The era of the HTTP+SSE transport; all later ones come by Streamable HTTP. */
const SSE_VERSION = "2024-11-05";
const HTTP_VERSIONS = [...MODERN_VERSIONS, ...LEGACY_VERSIONS].filter(
  (version) => version !== SSE_VERSION,
);

/** Where the caller reached us: "https://mcp.example.com", no slash at the end. */
export interface Place {
  base: string;
  /** Without its port. */
  host: string;
}

export function cardOf(entry: DirectoryEntry, place: Place): Record<string, unknown> {
  const path = entry.endpoint === "" ? "" : `/${entry.endpoint}`;
  return {
    $schema: `${SCHEMAS}/v1/server-card.schema.json`,
    ...identity(entry, place),
    remotes: [
      {
        type: "streamable-http",
        url: `${place.base}/mcp${path}`,
        supportedProtocolVersions: HTTP_VERSIONS,
      },
      {
        type: "sse",
        url: `${place.base}/sse${path}`,
        supportedProtocolVersions: [SSE_VERSION],
      },
    ],
  };
}

export function aiCatalogOf(
  entries: readonly DirectoryEntry[],
  place: Place,
): Record<string, unknown> {
  return {
    specVersion: "1.0",
    entries: entries.map(({ endpoint, name, title }) => ({
      identifier: `urn:air:${place.host}:mcp:${name}`,
      displayName: title,
      type: CARD_TYPE,
      url: `${place.base}/mcp${endpoint === "" ? "" : `/${endpoint}`}/server-card`,
    })),
  };
}

/** One server as the registry API tells it. A fleet runs one version of each at a time, which is its latest. */
export function registered(entry: DirectoryEntry, place: Place): Record<string, unknown> {
  const at = new Date(entry.updatedAtMs).toISOString();
  const path = entry.endpoint === "" ? "" : `/${entry.endpoint}`;
  return {
    server: {
      $schema: `${SCHEMAS}/2025-12-11/server.schema.json`,
      ...identity(entry, place),
      remotes: [
        { type: "streamable-http", url: `${place.base}/mcp${path}` },
        { type: "sse", url: `${place.base}/sse${path}` },
      ],
    },
    _meta: {
      "io.modelcontextprotocol.registry/official": {
        status: "active",
        publishedAt: at,
        updatedAt: at,
        isLatest: true,
      },
    },
  };
}

function identity(entry: DirectoryEntry, place: Place): Record<string, unknown> {
  const { title, description, version } = entry;
  return { name: qualifiedName(entry, place), title, description, version };
}

/** "com.example.mcp/database". Addresses are no domains and are not turned round. */
export function qualifiedName({ name }: DirectoryEntry, { host }: Place): string {
  const isAddress = /^[\d.]+$/.test(host);
  return `${isAddress ? host : host.split(".").toReversed().join(".")}/${name}`;
}
