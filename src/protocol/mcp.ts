/**
 * The protocol's shapes as far as Flotilla looks into them. Structural and open on purpose: whatever else a peer sends
 * is kept and passed on.
 */

export type JsonSchema = Record<string, unknown>;

export interface Implementation {
  name: string;
  version: string;
  title?: string;
}

/** Hints, not promises: the worker says so itself. */
export interface ToolAnnotations {
  title?: string;
  readOnlyHint?: boolean;
  destructiveHint?: boolean;
  idempotentHint?: boolean;
  openWorldHint?: boolean;
}

export interface ToolDefinition {
  name: string;
  title?: string;
  description?: string;
  inputSchema: JsonSchema;
  outputSchema?: JsonSchema;
  annotations?: ToolAnnotations;
  _meta?: Record<string, unknown>;
}

export interface PromptDefinition {
  name: string;
  title?: string;
  description?: string;
  arguments?: { name: string; title?: string; description?: string; required?: boolean }[];
  _meta?: Record<string, unknown>;
}

export interface ResourceDefinition {
  name: string;
  uri: string;
  title?: string;
  description?: string;
  mimeType?: string;
  size?: number;
  _meta?: Record<string, unknown>;
}

export interface ResourceTemplateDefinition {
  name: string;
  uriTemplate: string;
  title?: string;
  description?: string;
  mimeType?: string;
  _meta?: Record<string, unknown>;
}

export type ResourceContents = {
  uri: string;
  mimeType?: string;
  _meta?: Record<string, unknown>;
} & ({ text: string } | { blob: string });

export type ContentBlock =
  | { type: "text"; text: string; _meta?: Record<string, unknown> }
  | { type: "image" | "audio"; data: string; mimeType: string; _meta?: Record<string, unknown> }
  | { type: "resource"; resource: ResourceContents; _meta?: Record<string, unknown> }
  | ({ type: "resource_link" } & ResourceDefinition);

export interface CallToolResult {
  content: ContentBlock[];
  /** Any JSON value in the modern era; an object before. */
  structuredContent?: unknown;
  isError?: boolean;
  _meta?: Record<string, unknown>;
}

export interface GetPromptResult {
  description?: string;
  messages: { role: "user" | "assistant"; content: ContentBlock }[];
  _meta?: Record<string, unknown>;
}

export interface ReadResourceResult {
  contents: ResourceContents[];
  _meta?: Record<string, unknown>;
}

export interface CompleteResult {
  completion: { values: string[]; total?: number; hasMore?: boolean };
}

/** `extensions` holds what was negotiated beyond the core, by reverse-DNS id. */
export interface ServerCapabilities {
  tools?: { listChanged?: boolean };
  prompts?: { listChanged?: boolean };
  resources?: { subscribe?: boolean; listChanged?: boolean };
  completions?: Record<string, unknown>;
  logging?: Record<string, unknown>;
  experimental?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

export interface DiscoverResult {
  supportedVersions: string[];
  capabilities: ServerCapabilities;
  instructions?: string;
  ttlMs: number;
  cacheScope: "public" | "private";
  _meta?: Record<string, unknown>;
}

/** Modern results name their kind; absent means `complete` (an older server). */
export type ResultType = "complete" | "input_required" | "task";
