/** Patterns over names: `*` stands for any run of characters, everything else for itself. */

/** Linear in the name, so that no pattern can make matching slow. */
export function fitsPattern(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}

/** True when a name fits any pattern that takes in and none that, by a leading `!`, takes out. */
export function isChosen(patterns: readonly string[], name: string): boolean {
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && fitsPattern(pattern, name)) &&
    !isTakenOut(patterns, name)
  );
}

export function isTakenOut(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => pattern.startsWith("!") && fitsPattern(pattern.slice(1), name));
}
