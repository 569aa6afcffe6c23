/** What is used of an OpenAPI 3.1 document. Everything may be missing: the document was written by others. */
export type Json = Readonly<Record<string, unknown>>;

export interface Parameter {
  /** The name on the wire. */
  name: string;
  in: "path" | "query" | "header" | "cookie";
  /** The name in the tool's arguments: the same, unless two places share one. */
  argument: string;
  required: boolean;
  description?: string;
  schema: unknown;
  style: string;
  explode: boolean;
  allowReserved: boolean;
  /** Set when the value travels as a document of this type instead of in a style. */
  mediaType?: string;
}

export interface Body {
  argument: string;
  required: boolean;
  description?: string;
  mediaType: string;
  schema: unknown;
  encoding: Json;
}

/** One alternative: scheme names and the scopes asked of each. All of them together. */
export type Requirement = Readonly<Record<string, readonly string[]>>;

export interface Operation {
  method: string;
  path: string;
  operationId?: string;
  summary?: string;
  description?: string;
  tags: readonly string[];
  deprecated: boolean;
  parameters: readonly Parameter[];
  body?: Body;
  security: readonly Requirement[];
  /** The server's URL with variables filled in; perhaps relative. */
  server: string;
  /** Media types of its good answers, best first. */
  accept: readonly string[];
}

/** Own members only: a document may call a schema `__proto__` or `constructor`. */
export function member(value: unknown, name: string): unknown {
  return isJson(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A long list of words, written as one text. */
export function words(text: string): string[] {
  return text.split(" ");
}
