/** What requests for batches are made of, each read or refused. */
import { BATCH } from "../../protocol/batches.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { isObject } from "../json.ts";

const MAX_TOOL_CHARS = 256;

export function toolOf(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "" && value.length <= MAX_TOOL_CHARS) return value;
  throw refused(`"${what}" must name a tool.`, "Name it as the fleet's endpoint lists it.");
}

export function argumentsOf(value: unknown, what: string): Record<string, unknown> {
  if (!isObject(value)) throw refused(`${what} must be an object.`, "It holds a call's arguments.");
  if (JSON.stringify(value).length > BATCH.maxArgumentsChars) {
    throw refused(
      `${what} has more than ${BATCH.maxArgumentsChars} characters.`,
      "Put the data where the tool can read it, and pass on where that is.",
    );
  }
  return value;
}

export function refused(message: string, hint: string): FlotillaError {
  return new FlotillaError("bad_request", message, { hint });
}
