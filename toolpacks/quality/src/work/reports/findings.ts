/** What there is to say about a test's history. */
import type { Finding } from "flotilla/worker/review";
import type { judge, Mark, State } from "./history.ts";
import type { ShortSuite, TestCase } from "./junit.ts";

export interface Run {
  name: string;
  cases: TestCase[];
  short: ShortSuite[];
  startedMs?: number;
}
export interface Trace {
  id: string;
  marks: Mark[];
  durations: (number | undefined)[];
  last?: TestCase;
}

export type Judged = { trace: Trace } & ReturnType<typeof judge>;

const SAID: Partial<Record<State, Pick<Finding, "severity" | "message" | "fix">>> = {
  "newly-failing": {
    severity: "error",
    message: "It fails in the last run, and did not before.",
    fix: "Look at what changed between these two runs.",
  },
  failing: { severity: "error", message: "It fails.", fix: "Look at what changed before it fell." },
  "always-failing": {
    severity: "error",
    message: "It failed in every run.",
    fix: "Mend it, or remove it: it tells nothing.",
  },
  missing: {
    severity: "info",
    message: "It is not in the last run any more.",
    fix: "See whether it was renamed, removed, or not reached.",
  },
  fixed: { severity: "info", message: "It passes again." },
};

export function stateFinding({ trace, state, proof, since }: Judged, names: string[]): Finding[] {
  const marks = trace.marks.join("");
  const base = { object: trace.id, ...placeOf(trace) };
  if (state === "flaky")
    return [
      {
        rule: "flaky-test",
        severity: "warning",
        message: `It is flaky. ${proof}`,
        ...base,
        evidence: marks,
        fix: "Look for time, order, shared state or the network in it.",
      },
    ];
  const said = SAID[state];
  if (said === undefined) return [];
  const from = names[since ?? -1];
  const evidence = [marks, ...(from === undefined ? [] : [`since ${from}`])].join(", ");
  const why = trace.last?.failure?.message.split("\n")[0]?.slice(0, 200) ?? "";
  const isFailing = said.severity === "error" && why !== "";
  return [
    {
      rule: state === "fixed" ? "fixed-test" : state === "missing" ? "missing-test" : state,
      ...said,
      message: isFailing ? `${said.message} ${why}` : said.message,
      ...base,
      evidence,
    },
  ];
}

function placeOf({ last }: Trace): Pick<Finding, "location"> {
  if (last?.file === undefined) return {};
  return { location: { file: last.file, line: last.line ?? 1, column: 1 } };
}

export function slowFindings(trace: Trace, slowMs: number): Finding[] {
  const known = trace.durations.filter((one) => one !== undefined);
  const now = trace.durations.length === trace.marks.length ? known.at(-1) : undefined;
  if (now === undefined) return [];
  const before = medianOf(known.slice(0, -1));
  const base = { object: trace.id, ...placeOf(trace), severity: "info" as const };
  if (before !== undefined && before > 0 && now >= 2 * before && now - before >= slowMs / 2)
    return [
      {
        rule: "slower-test",
        ...base,
        severity: "warning",
        message: `It takes ${(now / before).toFixed(1)} times as long as before.`,
        evidence: `${now} ms; median before ${before} ms`,
      },
    ];
  if (now < slowMs) return [];
  return [{ rule: "slow-test", ...base, message: "It is slow.", evidence: `${now} ms` }];
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

export function shortFindings({ name, short }: Run): Finding[] {
  return short.map(({ suite, declared, seen }) => ({
    rule: "report-incomplete",
    severity: "warning",
    message: "The report holds fewer cases than it says: the run may have been cut off.",
    object: suite === "" ? name : `${name}: ${suite}`,
    evidence: `${declared} said, ${seen} there`,
  }));
}
