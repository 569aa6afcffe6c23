import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { InputProblem } from "flotilla/worker/review";
import { checkedKey } from "../objects/index.ts";
import type { GetStore } from "../store.ts";
import { KEY, REPLACES, told } from "./shared.ts";

interface Input {
  key: string;
  text?: string;
  base64?: string;
  content_type?: string;
}

const MAX_CHARS = 8 * 1024 * 1024;

export function storagePut(store: GetStore): Tool {
  return defineTool<Input>({
    name: "storage_put",
    title: "Store an object",
    description:
      "Writes one object to the configured bucket, container or folder, in place of what was there under this key. Give text, or base64 for other bytes.",
    input: {
      type: "object",
      properties: {
        key: KEY,
        text: { type: "string", maxLength: MAX_CHARS, description: "The content, as text." },
        base64: { type: "string", maxLength: MAX_CHARS, description: "The content, as base64." },
        content_type: {
          type: "string",
          minLength: 3,
          maxLength: 200,
          description: "Its media type. Default: text/plain or application/octet-stream.",
        },
      },
      required: ["key"],
      additionalProperties: false,
    },
    output: {
      type: "object",
      properties: {
        key: { type: "string", description: "The object's name." },
        size: { type: "integer", description: "Bytes written." },
      },
      required: ["key", "size"],
    },
    annotations: REPLACES,
    examples: [
      {
        title: "A report",
        arguments: { key: "reports/2027.md", text: "# 2027", content_type: "text/markdown" },
      },
    ],
    run: ({ key, text, base64, content_type: given }, { signal }) =>
      told(async () => {
        if ((text === undefined) === (base64 === undefined)) {
          throw new InputProblem("Give either text or base64.");
        }
        const bytes =
          text === undefined ? fromBase64(base64 ?? "") : new TextEncoder().encode(text);
        const fallback =
          text === undefined ? "application/octet-stream" : "text/plain; charset=utf-8";
        const { put } = await store();
        await put(checkedKey(key), { bytes, contentType: mediaType(given ?? fallback) }, signal);
        return structured(
          { key, size: bytes.byteLength },
          `${key} is stored (${bytes.byteLength} bytes).`,
        );
      }),
  });
}

function mediaType(text: string): string {
  if (/^[\w.+-]+\/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*$/.test(text)) return text;
  throw new InputProblem("content_type is no media type.", {
    hint: "Write one such as text/markdown.",
  });
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new InputProblem("base64 is no base64.");
  }
}
