/** What a call under way and whoever speaks for its client have to do with each other. */
import type { McpRequest } from "../call.ts";
import type { Deadline } from "../route/deadline.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";
import type { Ask } from "../upstream/contract.ts";

export interface Talk {
  /** Given to the worker's client for its questions. */
  ask: Ask;
  /** Once somebody was asked, the call is not sent a second time by itself. */
  hasAsked(): boolean;
  /** The call has its deadline: it stands still while somebody is asked, and the next request takes it over. */
  begun(deadline: Deadline): void;
}

/** As `Forward`, for calls whose worker may ask. */
export type ForwardTalking = (
  request: McpRequest,
  target: Target,
  talk?: Talk,
) => Promise<Forwarded>;

export type { Forward, Forwarded, Target };
