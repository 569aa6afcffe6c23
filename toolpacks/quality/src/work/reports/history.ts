/** What became of a test from run to run. */

export type State =
  | "always-failing"
  | "failing"
  | "fixed"
  | "flaky"
  | "missing"
  | "newly-failing"
  | "passing"
  | "skipped";

/** One run's outcome of one test: p(assed), f(ailed), s(kipped), both (m), or not there (-). */
export type Mark = "p" | "f" | "s" | "m" | "-";

export interface Verdict {
  state: State;
  /** Why it is called flaky. */
  proof?: string;
  /** Of the last streak: the run in which it began. */
  since?: number;
}

export interface Evidence {
  marks: readonly Mark[];
  /** What was tested in each run; equal text means equal code. */
  revisions: readonly (string | undefined)[];
}

export function judge({ marks, revisions }: Evidence): Verdict {
  const last = marks.at(-1) ?? "-";
  const proof = flakyProof(marks, revisions);
  const ran = marks.flatMap((mark, run) => (mark === "p" || mark === "f" ? [{ mark, run }] : []));
  if (proof !== undefined) return { state: "flaky", proof };
  if (last === "-") return { state: "missing", since: lastSeen(marks) + 1 };
  if (last === "s" || ran.length === 0) return { state: "skipped" };
  const now = ran.at(-1)?.mark;
  const turn = ran.findLastIndex(({ mark }) => mark !== now);
  const since = ran[turn + 1]?.run ?? 0;
  if (now === "p") return turn < 0 ? { state: "passing" } : { state: "fixed", since };
  if (turn < 0) return ran.length > 1 ? { state: "always-failing", since } : only(marks, since);
  return { state: since === marks.length - 1 ? "newly-failing" : "failing", since };
}

/** A test of the last run alone: new and failing, unless it is the only run there is. */
function only(marks: readonly Mark[], since: number): Verdict {
  return { state: marks.length > 1 ? "newly-failing" : "failing", since };
}

function lastSeen(marks: readonly Mark[]): number {
  return marks.findLastIndex((mark) => mark !== "-");
}

function flakyProof(
  marks: readonly Mark[],
  revisions: readonly (string | undefined)[],
): string | undefined {
  const retried = marks.indexOf("m");
  if (retried >= 0) return `It failed and passed in one run (${retried + 1}).`;
  const byRevision = new Map<string, Set<Mark>>();
  for (const [run, mark] of marks.entries()) {
    const revision = revisions[run];
    if (revision === undefined || (mark !== "p" && mark !== "f")) continue;
    const seen = byRevision.get(revision) ?? new Set();
    byRevision.set(revision, seen.add(mark));
    if (seen.size > 1) return `It failed and passed on the same code (${revision.slice(0, 40)}).`;
  }
  const ran = marks.filter((mark) => mark === "p" || mark === "f").join("");
  // Once broken and mended is no sign; broken again after that is.
  const falls = ran.match(/pf/g)?.length ?? 0;
  return falls >= 2
    ? `It went from passed to failed ${falls} times in ${ran.length} runs.`
    : undefined;
}
