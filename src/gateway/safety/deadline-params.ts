/** Tells the next hop how much of the caller's time is left. */
import type { Clock } from "../../protocol/clock.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { Target } from "../route/forward.ts";
import { SAFETY_META } from "./words.ts";

export function timedParams({ params, time }: Target, clock: Clock): Record<string, unknown> {
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  const leftMs = Math.max(1, Math.ceil((time?.endsAtMs ?? 0) - clock.monotonicMs()));
  return { ...params, _meta: { ...meta, [SAFETY_META.deadlineMs]: leftMs } };
}
