/** The public documents as their specifications describe them, as far as we write them; strict, so that nothing slips in. */

const remote = {
  type: "object",
  additionalProperties: false,
  required: ["type", "url"],
  properties: {
    type: { enum: ["streamable-http", "sse"] },
    url: { type: "string", pattern: String.raw`^https?://[^\s]+$` },
    supportedProtocolVersions: { type: "array", items: { type: "string" } },
  },
};

const identity = {
  name: {
    type: "string",
    minLength: 3,
    maxLength: 200,
    pattern: "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$",
  },
  title: { type: "string", minLength: 1, maxLength: 100 },
  description: { type: "string", minLength: 1, maxLength: 100 },
  version: { type: "string", minLength: 1, maxLength: 255 },
  remotes: { type: "array", items: remote },
};

/** SEP-2127; schema v1 of the server card extension. */
export const SERVER_CARD = {
  type: "object",
  additionalProperties: false,
  required: ["$schema", "name", "description", "version"],
  properties: {
    $schema: {
      const: "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
    },
    ...identity,
  },
};

/** AI Catalog 1.0, entries for server cards. */
export const AI_CATALOG = {
  type: "object",
  additionalProperties: false,
  required: ["specVersion", "entries"],
  properties: {
    specVersion: { const: "1.0" },
    entries: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["identifier", "displayName", "type", "url"],
        properties: {
          identifier: {
            type: "string",
            pattern: String.raw`^urn:air:[a-z0-9.-]+:mcp:[a-z0-9._-]+$`,
          },
          displayName: { type: "string", minLength: 1 },
          type: { const: "application/mcp-server-card+json" },
          url: { type: "string", pattern: "^https?://" },
        },
      },
    },
  },
};

/** Registry API v0.1: one server, with what the registry itself knows of it. */
export const SERVER_RESPONSE = {
  type: "object",
  additionalProperties: false,
  required: ["server", "_meta"],
  properties: {
    server: {
      type: "object",
      additionalProperties: false,
      required: ["name", "description", "version"],
      properties: {
        $schema: {
          const: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        },
        ...identity,
      },
    },
    _meta: {
      type: "object",
      required: ["io.modelcontextprotocol.registry/official"],
      properties: {
        "io.modelcontextprotocol.registry/official": {
          type: "object",
          required: ["status", "publishedAt", "updatedAt", "isLatest"],
          properties: {
            status: { enum: ["active", "deprecated", "deleted"] },
            publishedAt: { type: "string", pattern: String.raw`^\d{4}-\d\d-\d\dT.*Z$` },
            updatedAt: { type: "string", pattern: String.raw`^\d{4}-\d\d-\d\dT.*Z$` },
            isLatest: { type: "boolean" },
          },
        },
      },
    },
  },
};

export const REGISTRY_LIST = {
  type: "object",
  additionalProperties: false,
  required: ["servers", "metadata"],
  properties: {
    servers: { type: "array", items: SERVER_RESPONSE },
    metadata: {
      type: "object",
      additionalProperties: false,
      required: ["count"],
      properties: { nextCursor: { type: "string" }, count: { type: "integer", minimum: 0 } },
    },
  },
};
