import { isRecord } from "../../protocol/jsonrpc.ts";

/** The same params with this hop's progress token; other `_meta` members stay. */
export function withProgressToken(
  params: Record<string, unknown>,
  token: number,
): Record<string, unknown> {
  const kept = isRecord(params["_meta"]) ? params["_meta"] : {};
  return { ...params, _meta: { ...kept, progressToken: token } };
}
