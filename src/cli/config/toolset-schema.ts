/** A toolset in flotilla.yaml, as its JSON Schema says it. */
import { WORKER_NAME } from "../../protocol/index.ts";

/** Beyond it a list is no choice any more; patterns say the same in fewer. */
const MAX_ITEMS = 1000;

export const toolsetSchema = {
  type: "object",
  description:
    "Tools of several servers under one endpoint: those of `workers`, and those named by `tools`.",
  additionalProperties: false,
  oneOf: [{ required: ["tools"] }, { required: ["workers"], not: { required: ["tools"] } }],
  "x-expect-one": "tools, workers or both",
  properties: {
    title: { type: "string", minLength: 1, maxLength: 100, description: "Its name for people." },
    description: {
      type: "string",
      minLength: 1,
      maxLength: 2000,
      description: "What it is for; clients get it as instructions.",
    },
    tools: {
      type: "array",
      description:
        "Tool names as /mcp lists them; * stands for any characters, a leading ! takes tools out again.",
      items: {
        type: "string",
        pattern: String.raw`^!?[^\s!]{1,256}$`,
        "x-expect": 'the name of a tool, such as sql_explain, or a pattern, such as "github_*"',
      },
      minItems: 1,
      maxItems: MAX_ITEMS,
    },
    workers: {
      type: "array",
      description: "Servers that belong to it with everything they offer.",
      items: { type: "string", pattern: WORKER_NAME.source, "x-expect": "the name of a server" },
      minItems: 1,
      maxItems: MAX_ITEMS,
    },
    discovery: {
      enum: ["full", "progressive"],
      default: "full",
      description:
        "full lists every tool; progressive lists find_tools, describe_tool and call_tool instead.",
    },
  },
} as const;
