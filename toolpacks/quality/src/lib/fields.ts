/** Short forms for output schemas. */
import { answerObject } from "flotilla/worker/review";

export const words = { type: "string" };
export const whole = { type: "integer" };
export const amount = { type: "number" };
export const yesNo = { type: "boolean" };
export const wordList = { type: "array", items: words };

/** The same type for each of the names: `fields("file name", words)`. */
export function fields(names: string, type: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(names.split(" ").map((name) => [name, type]));
}

/** An array of objects with all of these properties, and maybe the `optional` ones. */
export function list(
  properties: Record<string, unknown>,
  optional: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    type: "array",
    items: answerObject({ ...properties, ...optional }, Object.keys(properties)),
  };
}
