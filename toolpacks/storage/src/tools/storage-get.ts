import { defineTool, failure, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { checkedKey } from "../objects/index.ts";
import type { GetStore } from "../store.ts";
import { KEY, READS, told } from "./shared.ts";

interface Input {
  key: string;
  max_bytes?: number;
}

const DEFAULT_BYTES = 256 * 1024;
const MAX_BYTES = 4 * 1024 * 1024;

export function storageGet(store: GetStore): Tool {
  return defineTool<Input>({
    name: "storage_get",
    title: "Read a stored object",
    description:
      "Reads one object from the configured bucket, container or folder: text as text, pictures as pictures, other bytes as base64. Long ones are cut, and say so.",
    input: {
      type: "object",
      properties: {
        key: KEY,
        max_bytes: {
          type: "integer",
          minimum: 1,
          maximum: MAX_BYTES,
          default: DEFAULT_BYTES,
          description: "Bytes at most; the rest is left out.",
        },
      },
      required: ["key"],
      additionalProperties: false,
    },
    output: {
      type: "object",
      properties: {
        key: { type: "string", description: "The object's name." },
        content_type: { type: "string", description: "Its media type, as stored." },
        size: { type: "integer", description: "Bytes in this answer." },
        text: { type: "string", description: "The content, if it is text in UTF-8." },
        base64: { type: "string", description: "The content, if it is not." },
        cut: { type: "boolean", description: "There is more than this." },
      },
      required: ["key", "content_type", "size", "cut"],
    },
    annotations: READS,
    examples: [{ title: "A report", arguments: { key: "reports/2026.md" } }],
    run: ({ key, max_bytes: maxBytes = DEFAULT_BYTES }, { signal }) =>
      told(async () => {
        const { get } = await store();
        const found = await get(checkedKey(key), { maxBytes, signal });
        if (found === undefined)
          return failure(`There is no object ${key}.\nhint: Look with storage_list.`);
        const { bytes, contentType, isCut } = found;
        const facts = { key, content_type: contentType, size: bytes.byteLength, cut: isCut };
        const text = textOf(bytes, isCut);
        const cut = isCut ? "\n(cut: there is more)" : "";
        if (text !== undefined) return structured({ ...facts, text }, `${text}${cut}`);
        const summary = `${contentType}, ${bytes.byteLength} bytes${cut}`;
        const picture =
          contentType.startsWith("image/") && !isCut ? [image(bytes, contentType)] : [];
        return structured(
          { ...facts, base64: Buffer.from(bytes).toString("base64") },
          summary,
          ...picture,
        );
      }),
  });
}

/** undefined for what is no UTF-8; a cut may have fallen into a letter. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}
