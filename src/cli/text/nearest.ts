/** "Did you mean": the candidate that is one or two slips of the finger away. */

const LONGEST = 64;

/** The nearest candidate, or undefined when none is near enough to be meant. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  if (typed === "" || typed.length > LONGEST) return undefined;
  const wanted = fold(typed);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST) continue;
    const distance = editDistance(wanted, fold(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `Did you mean "x"?`, or undefined. */
export function didYouMean(typed: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(typed, candidates);
  return found === undefined ? undefined : `Did you mean "${found}"?`;
}

/** Case, hyphens and underscores are not what people get wrong on purpose. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** Optimal string alignment: insert, delete, replace, swap neighbours. Both are at most `LONGEST` long. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, at(beforeLast, j - 2) + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
