import { isFlotillaError } from "flotilla/protocol";
import { failure } from "flotilla/worker";
import type { CallToolResult } from "flotilla/worker";
import { answered } from "flotilla/worker/review";

export const KEY = {
  type: "string",
  minLength: 1,
  maxLength: 1024,
  description: "The object's name, with / between parts, such as reports/2026.md.",
};

/** Reads only, from others. */
export const READS = { readOnlyHint: true, openWorldHint: true };
/** Takes the place of what was there; a second time changes nothing more. */
export const REPLACES = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: true,
};

/** What the store could not do is told to the model; all else is left to the kit. */
export async function told(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await answered(work(), (result) => result);
  } catch (error) {
    if (!isFlotillaError(error)) throw error;
    return failure(
      error.hint === undefined ? error.message : `${error.message}\nhint: ${error.hint}`,
    );
  }
}
