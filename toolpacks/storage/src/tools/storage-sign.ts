import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { checkedKey } from "../objects/index.ts";
import type { GetStore } from "../store.ts";
import { KEY, READS, told } from "./shared.ts";

interface Input {
  key: string;
  method?: "GET" | "PUT";
  expires_s?: number;
}

export function storageSign(store: GetStore): Tool {
  return defineTool<Input>({
    name: "storage_sign",
    title: "Sign an address for an object",
    description:
      "Makes an address that lets whoever has it read (GET) or write (PUT) this one object, without credentials, until it expires. Hand it on with care. Local folders have none.",
    input: {
      type: "object",
      properties: {
        key: KEY,
        method: {
          enum: ["GET", "PUT"],
          default: "GET",
          description: "What the address is good for.",
        },
        expires_s: {
          type: "integer",
          minimum: 1,
          maximum: 86_400,
          default: 900,
          description: "Seconds until it ends, at most a day.",
        },
      },
      required: ["key"],
      additionalProperties: false,
    },
    output: {
      type: "object",
      properties: {
        url: {
          type: "string",
          description: "The address. For Azure, a PUT needs the header x-ms-blob-type: BlockBlob.",
        },
        method: { type: "string", description: "What it is good for." },
        expires_s: { type: "integer", description: "Seconds until it ends." },
      },
      required: ["url", "method", "expires_s"],
    },
    annotations: READS,
    examples: [{ title: "For a reader", arguments: { key: "reports/2026.md", expires_s: 600 } }],
    run: ({ key, method = "GET", expires_s: expiresS = 900 }) =>
      told(async () => {
        const url = await (await store()).sign(checkedKey(key), { method, expiresS });
        return structured({ url, method, expires_s: expiresS }, url);
      }),
  });
}
