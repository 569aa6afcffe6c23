/** The bytes of an answer as a value: JSON and text as such, everything else as base64. */
import type { Answer } from "../request/send.node.ts";

export type Content =
  | { kind: "json"; value: unknown }
  | { kind: "text"; value: string }
  | { kind: "bytes"; value: string; mediaType: string }
  | { kind: "none" };

export function contentOf({ headers, body, isCut }: Answer): Content {
  if (body.byteLength === 0) return { kind: "none" };
  const mediaType = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const text = decoded(body, isCut);
  if (text === undefined) return bytes(body, mediaType);
  if (/\bjson\b/.test(mediaType) || mediaType === "") {
    const value = parsed(text);
    if (value !== undefined) return { kind: "json", value };
  }
  const isText = /^text\/|json|xml|yaml|javascript|urlencoded|^$/.test(mediaType);
  return isText ? { kind: "text", value: text } : bytes(body, mediaType);
}

function bytes(body: Uint8Array, mediaType: string): Content {
  const value = Buffer.from(body).toString("base64");
  return { kind: "bytes", value, mediaType: mediaType || "application/octet-stream" };
}

/** undefined when it is no UTF-8. A cut may have fallen into a letter. */
function decoded(body: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body, { stream: isCut });
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
