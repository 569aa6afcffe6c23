/** Small makers of tool results, so that a tool's last line says what it means. */
import type { CallToolResult, ContentBlock } from "../protocol/index.ts";
import { toBase64 } from "./base64.ts";

export function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}

/** A value for machines and its summary for the model; pictures and links may follow. */
export function structured(
  value: unknown,
  summary: string,
  ...more: readonly ContentBlock[]
): CallToolResult {
  return { content: [{ type: "text", text: summary }, ...more], structuredContent: value };
}

/** An SVG document (as text) or PNG bytes, as image content. */
export function image(svgOrPng: string | Uint8Array): ContentBlock {
  const isSvg = typeof svgOrPng === "string";
  const bytes = isSvg ? new TextEncoder().encode(svgOrPng) : svgOrPng;
  return { type: "image", data: toBase64(bytes), mimeType: isSvg ? "image/svg+xml" : "image/png" };
}

/** An answer that says what went wrong and what to do, for the model to read. */
export function failure(message: string, details?: unknown): CallToolResult {
  const result: CallToolResult = { content: [{ type: "text", text: message }], isError: true };
  return details === undefined ? result : { ...result, structuredContent: details };
}
