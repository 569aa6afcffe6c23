/** Reading what others wrote, without trust in its shape. */
import { isRecord } from "../../../protocol/jsonrpc.ts";

export type Json = Record<string, unknown>;

export function recordAt(value: unknown, ...path: readonly string[]): Json {
  let at: unknown = value;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  return isRecord(at) ? at : {};
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const last = path.at(-1) ?? "";
  const found = recordAt(value, ...path.slice(0, -1))[last];
  return typeof found === "string" ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): Json[] {
  const last = path.at(-1) ?? "";
  const found = recordAt(value, ...path.slice(0, -1))[last];
  return Array.isArray(found) ? found.filter(isRecord) : [];
}
