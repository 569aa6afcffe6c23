/** Small makers of tool results, so that a tool's last line says what it means. */
import type { CallToolResult, ContentBlock, ResourceDefinition } from "../protocol/index.ts";
import { toBase64 } from "./base64.ts";

export function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}

/** A value for machines and its summary for the model (default: the value as JSON); pictures and links may follow. */
export function structured(
  value: unknown,
  summary: string = JSON.stringify(value),
  ...more: readonly ContentBlock[]
): CallToolResult {
  return { content: [{ type: "text", text: summary }, ...more], structuredContent: value };
}

/** An SVG document (as text) or the bytes of a picture, PNG unless `mimeType` says otherwise. */
export function image(svgOrBytes: string | Uint8Array, mimeType?: string): ContentBlock {
  const isSvg = typeof svgOrBytes === "string";
  const bytes = isSvg ? new TextEncoder().encode(svgOrBytes) : svgOrBytes;
  const data = toBase64(bytes);
  return { type: "image", data, mimeType: mimeType ?? (isSvg ? "image/svg+xml" : "image/png") };
}

/** A resource by its address, for the client to read when it wants to: right for what is large. */
export function link(
  uri: string,
  name: string,
  more: Omit<ResourceDefinition, "uri" | "name"> = {},
): ContentBlock {
  return { type: "resource_link", uri, name, ...more };
}

/** A resource inside the answer. */
export function embedded(
  uri: string,
  content: string | Uint8Array,
  mimeType?: string,
): ContentBlock {
  const type = mimeType === undefined ? {} : { mimeType };
  const body = typeof content === "string" ? { text: content } : { blob: toBase64(content) };
  return { type: "resource", resource: { uri, ...type, ...body } };
}

/** An answer that says what went wrong and what to do, for the model to read. */
export function failure(message: string, details?: unknown): CallToolResult {
  const result: CallToolResult = { content: [{ type: "text", text: message }], isError: true };
  return details === undefined ? result : { ...result, structuredContent: details };
}
