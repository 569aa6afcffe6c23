/** The three tools that a progressive endpoint lists instead of all others. Their texts never vary: models cache them. */

export const FIND_TOOLS = "find_tools";
export const DESCRIBE_TOOL = "describe_tool";
export const CALL_TOOL = "call_tool";

export const META_TOOL_NAMES: readonly string[] = [FIND_TOOLS, DESCRIBE_TOOL, CALL_TOOL];

export const DEFAULT_FOUND = 5;
export const MAX_FOUND = 20;

const NAME = { type: "string", description: "Name as find_tools gives it." };

const DEFINITIONS = [
  {
    name: FIND_TOOLS,
    title: "Find tools",
    description:
      "Searches this endpoint's tools by what they do. Answers with names, arguments (* is required) and one line each.",
    inputSchema: {
      type: "object",
      properties: {
        query: { type: "string", description: "What has to be done, in a few words." },
        limit: { type: "integer", minimum: 1, maximum: MAX_FOUND, default: DEFAULT_FOUND },
        worker: { type: "string", description: "Only tools of this server." },
      },
      required: ["query"],
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: DESCRIBE_TOOL,
    title: "Describe a tool",
    description: "The full definition of one tool, with its input schema.",
    inputSchema: { type: "object", properties: { name: NAME }, required: ["name"] },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: CALL_TOOL,
    title: "Call a tool",
    description: "Runs a tool and answers with its own result.",
    inputSchema: {
      type: "object",
      properties: { name: NAME, arguments: { type: "object", description: "The tool's own." } },
      required: ["name"],
    },
    // It does whatever the tool called does, so it promises nothing.
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  },
] as const;

/** `tools/list` of a progressive endpoint: one page. */
export function metaToolsPage(ttlMs: number): string {
  return `{"resultType":"complete","tools":${JSON.stringify(DEFINITIONS)},"ttlMs":${ttlMs},"cacheScope":"public"}`;
}
