/** Names near to one that does not exist, for people and models that mistype. */

/** Longer inputs are not typing mistakes, and the distance costs their product. */
const MAX_LENGTH = 128;
const MAX_CANDIDATES = 5_000;

export function nearNames(wanted: string, names: Iterable<string>, max = 3): string[] {
  if (wanted.length > MAX_LENGTH) return [];
  const folded = wanted.toLowerCase();
  const allowed = Math.max(2, Math.floor(wanted.length / 3));
  const scored: { name: string; score: number }[] = [];
  let seen = 0;
  for (const name of names) {
    if (++seen > MAX_CANDIDATES) break;
    if (name.length > MAX_LENGTH) continue;
    const other = name.toLowerCase();
    // The tool's bare name, asked for without its worker's prefix, is the commonest mistake.
    const score =
      other.endsWith(`_${folded}`) || other.endsWith(`-${folded}`) ? 0 : distance(folded, other);
    if (score <= allowed) scored.push({ name, score });
  }
  return scored
    .toSorted((a, b) => a.score - b.score)
    .slice(0, max)
    .map(({ name }) => name);
}

/** "Did you mean a or b?", or nothing. */
export function didYouMean(wanted: string, names: Iterable<string>): string | undefined {
  const near = nearNames(wanted, names);
  return near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
}

/** Levenshtein, two rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
