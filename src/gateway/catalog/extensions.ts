/** The extensions whose meaning this gateway keeps on its way through (SEP-2133); others are not announced. */
import { isRecord } from "../../protocol/jsonrpc.ts";
import { TASKS_EXTENSION } from "../../protocol/meta.ts";
import { APPS_EXTENSION } from "./apps.ts";

export const SKILLS_EXTENSION = "io.modelcontextprotocol/skills";

export const PASSED_EXTENSIONS: readonly string[] = [
  APPS_EXTENSION,
  SKILLS_EXTENSION,
  TASKS_EXTENSION,
];

export function extensionOf(
  capabilities: Record<string, unknown>,
  id: string,
): Record<string, unknown> | undefined {
  const { extensions } = capabilities;
  const settings = isRecord(extensions) ? extensions[id] : undefined;
  return isRecord(settings) ? settings : undefined;
}

/** Of what a client declared, the part that a worker may hear of. */
export function passedExtensions(
  capabilities: Record<string, unknown>,
): Record<string, unknown> | undefined {
  return joinedExtensions([capabilities]);
}

/**
 * What a joined endpoint may announce: each extension that some worker has. A switch is on when one worker's is, a list
 * holds what any of them holds, and of other settings the first one stands.
 */
export function joinedExtensions(
  all: readonly Record<string, unknown>[],
): Record<string, unknown> | undefined {
  const joined: Record<string, Record<string, unknown>> = {};
  for (const id of PASSED_EXTENSIONS) {
    for (const capabilities of all) {
      const settings = extensionOf(capabilities, id);
      if (settings !== undefined) joined[id] = union(joined[id] ?? {}, settings);
    }
  }
  return Object.keys(joined).length === 0 ? undefined : joined;
}

function union(
  one: Record<string, unknown>,
  other: Record<string, unknown>,
): Record<string, unknown> {
  const result = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const known = result[key];
    if (known === undefined || (known === false && value === true)) result[key] = value;
    else if (Array.isArray(known) && Array.isArray(value)) {
      const both: unknown[] = [...known, ...value];
      result[key] = [...new Set(both)];
    }
  }
  return result;
}
