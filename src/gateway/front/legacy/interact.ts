/**
 * The one place where a worker's questions to a legacy client pass. A modern worker answers `input_required`; a legacy
 * client expects requests of its own (`elicitation/create`, `sampling/createMessage`, `roots/list`) on its stream.
 */
import { FlotillaError } from "../../../protocol/errors.ts";
import type { RawObject } from "../../../protocol/jsonrpc.ts";
import { toWireError } from "../../../protocol/wire-errors.ts";
import type { McpOutcome, McpRequest } from "../../call.ts";
import type { Session } from "./session.ts";

/** Resolves with the outcome after the client answered, or with an error that says truly why that cannot be. */
export type Interact = (
  session: Session,
  request: McpRequest,
  asked: RawObject,
) => Promise<McpOutcome>;

export const refuseInteraction: Interact = (session, request) => {
  const cause = new FlotillaError(
    "not_supported",
    `${request.method} asks the client for input, which is not yet passed on to clients of version ${session.client.protocolVersion}.`,
    { hint: "Use a client that speaks 2026-07-28." },
  );
  return Promise.resolve({ kind: "error", error: toWireError(cause), cause });
};
