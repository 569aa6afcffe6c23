/** A message too long to be parsed still says which request it answers, so that one large answer fails one call. */

/** Only at the very beginning or end is an `id` surely the message's own, and not one inside its result. */
const FIRST = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/;
const LAST = /,\s*"id"\s*:\s*(\d{1,15})\s*\}\s*$/;
const LOOK_CHARS = 200;

export function idOfOversize(text: string): number | undefined {
  const found = FIRST.exec(text.slice(0, LOOK_CHARS)) ?? LAST.exec(text.slice(-LOOK_CHARS));
  return found?.[1] === undefined ? undefined : Number(found[1]);
}
