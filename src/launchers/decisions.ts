/** The four decisions a launcher may reject with, and the two ways `connect` may fail, each made in one place. */
import { FlotillaError, isFlotillaError, type FlotillaErrorOptions } from "../protocol/errors.ts";

type Details = Pick<FlotillaErrorOptions, "hint" | "cause" | "data" | "retryAfterMs">;

/** Stop: the same order fails the same way until a person changes something. */
export function denied(message: string, details: Details = {}): FlotillaError {
  return new FlotillaError("launcher_denied", message, details);
}

/** Try elsewhere: this place is full. */
export function noCapacity(message: string, details: Details = {}): FlotillaError {
  return new FlotillaError("launcher_capacity", message, { ...details, retryable: true });
}

/** Wait: nothing is wrong with the order. */
export function notReady(message: string, details: Details = {}): FlotillaError {
  return new FlotillaError("launcher_not_ready", message, { ...details, retryable: true });
}

/** Back off: nobody knows what went wrong. */
export function unknownFailure(message: string, details: Details = {}): FlotillaError {
  return new FlotillaError("launcher_unknown", message, { ...details, retryable: true });
}

export function lost(reason: string): FlotillaError {
  return new FlotillaError("drone_lost", `The drone is gone: ${reason}.`, { retryable: true });
}

export function noLinks(launcher: string): FlotillaError {
  return new FlotillaError("not_supported", `Drones of launcher "${launcher}" have no link.`, {
    hint: "Dial the drone's address instead.",
  });
}

export function closedLauncher(): FlotillaError {
  return notReady("The launcher is closed.");
}

export function calledOff(): FlotillaError {
  return notReady("The start was called off.");
}

const DECISIONS: ReadonlySet<string> = new Set([
  "launcher_capacity",
  "launcher_denied",
  "launcher_not_ready",
  "launcher_unknown",
]);

/** Whatever was thrown, as one of the four. A stranger's text stays in `cause`: it may quote an argument. */
export function asDecision(error: unknown): FlotillaError {
  if (isFlotillaError(error) && DECISIONS.has(error.code)) return error;
  return unknownFailure("The drone could not be started.", { cause: error });
}
