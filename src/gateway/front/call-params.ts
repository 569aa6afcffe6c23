/** What both eras do with a request's `_meta` before the call goes inward. */
import { isRecord } from "../../protocol/jsonrpc.ts";
import { HOP_META, META } from "../../protocol/meta.ts";

export type ProgressToken = string | number;

export function progressTokenOf(params: Record<string, unknown>): ProgressToken | undefined {
  const meta = params["_meta"];
  const token = isRecord(meta) ? meta[META.progressToken] : undefined;
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}

/** The params without what described our hop; the same object when there is nothing to take out. */
export function withoutHopMeta(params: Record<string, unknown>): Record<string, unknown> {
  const meta = params["_meta"];
  if (meta === undefined) return params;
  const { _meta: _, ...rest } = params;
  if (!isRecord(meta)) return rest;
  const kept: Record<string, unknown> = {};
  let keptAny = false;
  for (const key of Object.keys(meta)) {
    if (HOP_META.has(key)) continue;
    kept[key] = meta[key];
    keptAny = true;
  }
  return keptAny ? { ...rest, _meta: kept } : rest;
}
