import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { checkedKey } from "../objects/index.ts";
import type { GetStore } from "../store.ts";
import { KEY, REPLACES, told } from "./shared.ts";

export function storageDelete(store: GetStore): Tool {
  return defineTool<{ key: string }>({
    name: "storage_delete",
    title: "Delete a stored object",
    description:
      "Deletes one object from the configured bucket, container or folder. What is not there is gone already, and that is no error.",
    input: {
      type: "object",
      properties: { key: KEY },
      required: ["key"],
      additionalProperties: false,
    },
    output: {
      type: "object",
      properties: {
        key: { type: "string", description: "The object's name." },
        gone: { type: "boolean", description: "It is not there any more." },
      },
      required: ["key", "gone"],
    },
    annotations: REPLACES,
    examples: [{ title: "A draft", arguments: { key: "drafts/old.md" } }],
    run: ({ key }, { signal }) =>
      told(async () => {
        await (await store()).delete(checkedKey(key), signal);
        return structured({ key, gone: true }, `${key} is gone.`);
      }),
  });
}
