const MAX_CUTS = 12;

/** The bytes after the first line of an input, cut at the decimal places that line names. */
export function cutUp(input: Uint8Array): Uint8Array[] {
  const text = Buffer.from(input);
  const line = text.indexOf(10);
  const bytes = text.subarray(line + 1);
  const places = text
    .toString("latin1", 0, Math.max(0, line))
    .split(" ")
    .map((word) => Number.parseInt(word, 10))
    .filter((place) => place > 0 && place < bytes.length)
    .slice(0, MAX_CUTS)
    .toSorted((one, other) => one - other);
  return [...new Set([0, ...places])].map((from, index, all) =>
    bytes.subarray(from, all[index + 1] ?? bytes.length),
  );
}
