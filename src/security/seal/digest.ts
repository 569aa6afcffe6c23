/** One short name for a JSON value: the same for every spelling of the same value, different for every other. */
import { toBase64Url } from "./base64url.ts";

/** SHA-256 over the value with its object members in order of name, as base64url. */
export async function digestOf(value: unknown): Promise<string> {
  const text = JSON.stringify(ordered(value));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return toBase64Url(new Uint8Array(hash));
}

function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  // Pairs, not an object: engines put members that look like numbers first, whatever the order of insertion.
  return {
    object: Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, ordered(member)]),
  };
}
