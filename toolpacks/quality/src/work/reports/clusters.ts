/** Failures with the same cause say the same, but for numbers, ids and paths. */

export interface FailureSample {
  test: string;
  type: string;
  message: string;
}
export interface FailureCluster {
  /** The message with what changes from test to test taken out. */
  pattern: string;
  type: string;
  failures: number;
  tests: string[];
  /** One message as it was. */
  example: string;
}

const MAX_CLUSTERS = 300;
const MAX_TESTS = 50;
const MAX_LINE = 300;
/** Share of words that two messages have in common to be the same. */
const ALIKE = 0.8;

/** The largest first. */
export function clustersOf(samples: readonly FailureSample[]): FailureCluster[] {
  const groups: { words: Set<string>; type: string; pattern: string; found: FailureSample[] }[] =
    [];
  const known = new Map<string, number>();
  for (const sample of samples) {
    const pattern = patternOf(sample.message);
    const key = `${sample.type}\n${pattern}`;
    const words = new Set(pattern.split(/[^\p{L}\p{N}<>_]+/u).filter(Boolean));
    let at = known.get(key) ?? -1;
    if (at < 0)
      at = groups.findIndex((one) => one.type === sample.type && isAlike(one.words, words));
    if (at < 0) {
      if (groups.length >= MAX_CLUSTERS) continue;
      at = groups.push({ words, type: sample.type, pattern, found: [] }) - 1;
    }
    known.set(key, at);
    groups[at]?.found.push(sample);
  }
  return groups
    .map(({ pattern, type, found }) => ({
      pattern,
      type,
      failures: found.length,
      tests: [...new Set(found.map(({ test }) => test))].slice(0, MAX_TESTS),
      example: (found[0]?.message ?? "").slice(0, 1_000),
    }))
    .toSorted((a, b) => b.failures - a.failures);
}

/** The first line that says something, without what differs from time to time. */
export function patternOf(message: string): string {
  const line = message.split("\n", 50).find((one) => /\p{L}/u.test(one)) ?? "";
  return line
    .slice(0, MAX_LINE)
    .trim()
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.Z+-]*/g, "<time>")
    .replaceAll(/(?<![\w/\\])(?:[a-z]:)?[/\\][^\s:'"()]{2,}/gi, "<path>")
    .replaceAll(/(?<![\w.])@[0-9a-f]{6,}|0x[0-9a-f]+|\b[0-9a-f]{12,}\b/gi, "<id>")
    .replaceAll(/\d+(?:\.\d+)?/g, "<n>");
}

/** Short messages have too few words to tell. */
function isAlike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (Math.min(a.size, b.size) < 5) return false;
  let common = 0;
  for (const word of a) if (b.has(word)) common += 1;
  return common / (a.size + b.size - common) >= ALIKE;
}
