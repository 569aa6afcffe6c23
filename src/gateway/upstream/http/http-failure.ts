/** What a failed HTTP exchange means to a call, whichever client made it. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { notSent } from "../contract.ts";

/** No byte of the request can have arrived. */
export function unreachable(reason: string, cause?: unknown): FlotillaError {
  return notSent("drone_lost", `The remote server cannot be reached (${reason}).`, cause);
}

/** The request may have arrived, and may have run. */
export function broken(reason: string, cause?: unknown): FlotillaError {
  return new FlotillaError("drone_lost", `The connection to the remote server broke (${reason}).`, {
    retryable: true,
    cause,
  });
}

export function cancelled(): FlotillaError {
  return new FlotillaError("call_cancelled", "The call was cancelled.");
}
