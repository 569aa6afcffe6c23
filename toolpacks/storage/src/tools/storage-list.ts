import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import type { GetStore } from "../store.ts";
import { READS, told } from "./shared.ts";

interface Input {
  prefix?: string;
  limit?: number;
  cursor?: string;
}

const OUTPUT = {
  type: "object",
  properties: {
    objects: {
      type: "array",
      description: "In the order of their keys.",
      items: {
        type: "object",
        properties: {
          key: { type: "string", description: "The object's name." },
          size: { type: "integer", description: "Bytes." },
          modified: { type: "string", description: "When it was last written, ISO 8601." },
        },
        required: ["key", "size"],
      },
    },
    next: { type: "string", description: "The cursor of the next page; absent at the end." },
  },
  required: ["objects"],
};

export function storageList(store: GetStore): Tool {
  return defineTool<Input>({
    name: "storage_list",
    title: "List stored objects",
    description:
      "Lists the objects in the configured bucket, container or folder: keys, sizes, times, in pages. Give a prefix to look into one part of it.",
    input: {
      type: "object",
      properties: {
        prefix: {
          type: "string",
          maxLength: 1024,
          description: "Only keys that start with this, such as reports/.",
        },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: 1000,
          default: 100,
          description: "Objects at most.",
        },
        cursor: { type: "string", maxLength: 4096, description: "The next of the last answer." },
      },
      additionalProperties: false,
    },
    output: OUTPUT,
    annotations: READS,
    examples: [{ title: "The reports", arguments: { prefix: "reports/", limit: 10 } }],
    run: ({ prefix = "", limit = 100, cursor }, { signal }) =>
      told(async () => {
        const { name, list } = await store();
        const found = await list(
          { prefix, limit, ...(cursor === undefined ? {} : { cursor }) },
          signal,
        );
        const lines = found.objects.map(({ key, size }) => `${key} (${size} bytes)`);
        const none = `Nothing in ${name} starts with "${prefix}".`;
        const more = found.next === undefined ? [] : [`More: cursor ${found.next}`];
        return structured(found, [...(lines.length === 0 ? [none] : lines), ...more].join("\n"));
      }),
  });
}
