/** Every way an interactive call can fail at the gateway, in words a client can act on. */
import { FlotillaError } from "../../protocol/errors.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { SealFailure } from "../../security/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import { failure, isToolError } from "../route/outcome.ts";
import { capabilitiesOf, type Need } from "./capabilities.ts";
import type { Forwarded } from "./talk.ts";

export const refused = (error: FlotillaError): Forwarded => ({ outcome: failure(error) });

export function invalidState(reason: SealFailure): FlotillaError {
  if (reason !== "expired") {
    return new FlotillaError("bad_request", "The requestState is not valid for this request.", {
      hint: "Send it back exactly as it came, with the same request, or start the call anew.",
      data: { reason },
    });
  }
  return new FlotillaError(
    "call_ambiguous",
    "The question was not answered in time, and the call was ended. It may have run in part.",
    { hint: "Check its effect before you start it anew.", data: { reason } },
  );
}

export const gone = (): FlotillaError =>
  new FlotillaError(
    "call_ambiguous",
    "The call that asked is no longer held: its gateway ended. It may have run in part.",
    { hint: "Check its effect before you start it anew." },
  );

export const used = (): FlotillaError =>
  new FlotillaError("bad_request", "This requestState was used already.", {
    hint: "Use the one of the latest answer, or start the call anew.",
  });

export const invalidResponses = (): FlotillaError =>
  new FlotillaError("bad_request", "inputResponses must be an object.");

/** The client declined to do what the call cannot go on without. */
export const unsupportedAnswer = (request: McpRequest): FlotillaError =>
  new FlotillaError("call_cancelled", `The client declined what ${request.method} needs.`, {
    hint: "The call did not run to its end; start it anew to be asked again.",
  });

/**
 * A call that failed after its worker was refused a question failed for want of the capability, and a modern client
 * must be told so (basic/index, error codes). What a worker made of it all the same stands as it is; so does what a
 * legacy client would have been told by its worker directly.
 */
export function missingCapabilities(
  request: McpRequest,
  needs: Iterable<Need>,
  outcome: McpOutcome,
): McpOutcome | undefined {
  const missing = [...needs];
  if (missing.length === 0 || request.client.era === "legacy" || !hasFailed(outcome))
    return undefined;
  const requiredCapabilities = capabilitiesOf(missing);
  const message = `The call needs a client capability that the request does not declare: ${missing.join(", ")}.`;
  const error = { code: WIRE.missingCapability, message, data: { requiredCapabilities } };
  return { kind: "error", error, httpStatus: 400 };
}

export function crowdedOut(outcome: McpOutcome): McpOutcome | undefined {
  if (!hasFailed(outcome)) return undefined;
  return failure(
    new FlotillaError(
      "overloaded",
      "The worker had a question, but too many calls wait for answers. It may have run in part.",
      { hint: "Check its effect, and try again when fewer questions are open." },
    ),
  );
}

function hasFailed(outcome: McpOutcome): boolean {
  return outcome.kind === "error" || (outcome.kind === "result" && isToolError(outcome.result));
}
