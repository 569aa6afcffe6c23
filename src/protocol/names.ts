/** Rules for names that people choose and clients see. */

/** Workers: also a path segment, a record key and a label, so the strictest of their rules. */
export const WORKER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function isWorkerName(name: string): boolean {
  return WORKER_NAME.test(name);
}

/** `/mcp/progressive`: the whole fleet behind three meta-tools, there without being configured. */
export const PROGRESSIVE = "progressive";

/** Not to be given to workers or toolsets: each would hide something that is always there under `/mcp/`. */
export const RESERVED_NAMES: readonly string[] = ["coordinator", PROGRESSIVE, "server-card"];

/** Tools as MCP recommends them (server/tools, tool names). Others still work; they are only not made by us. */
export const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

export function isToolName(name: string): boolean {
  return TOOL_NAME.test(name);
}

const SEPARATOR = "_";

/** The name on the aggregate endpoint: `<worker>_<tool>`. */
export function prefixedName(worker: string, name: string): string {
  return `${worker}${SEPARATOR}${name}`;
}

/** The inverse for one worker; undefined when the name is not one of its. Worker names hold no `_`, so no two clash. */
export function unprefixedName(worker: string, name: string): string | undefined {
  const prefix = `${worker}${SEPARATOR}`;
  return name.startsWith(prefix) && name.length > prefix.length
    ? name.slice(prefix.length)
    : undefined;
}
