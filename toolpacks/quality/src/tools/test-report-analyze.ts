import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { amount, fields, list, whole, wordList, words } from "../lib/fields.ts";
import { REPORT_LIMITS } from "../lib/texts.ts";
import type { ReportAnswer, ReportOptions } from "../work/reports/analyze.ts";

export interface TestReportInput extends SourceInput, ReportOptions {}

const STATES = "newly-failing failing always-failing flaky missing fixed skipped passing";

const input = plainObject({
  ...sourceProperties(
    {
      content: "One JUnit XML report.",
      files:
        "JUnit XML reports by name. Several folders: each folder is one run (build-1/a.xml, build-1/b.xml, build-2/a.xml); else each file is.",
      path: "A report or a folder of reports (*.xml).",
    },
    REPORT_LIMITS,
  ),
  runs: { enum: ["file", "folder"], description: "Whether a file or a folder is one run." },
  revisions: {
    type: "object",
    additionalProperties: { type: "string", maxLength: 100 },
    maxProperties: 500,
    description: "The commit of each run, by file or folder: failed and passed on one is flaky.",
  },
  slowMs: { type: "integer", minimum: 1, maximum: 3_600_000, description: "Default 1,000." },
  ignore: ignoreProperty,
});

const output = answerObject(
  {
    runs: list(
      { run: words, ...fields("tests passed failed skipped durationMs", whole) },
      { startedAt: words },
    ),
    order: { enum: ["timestamp", "name"] },
    tests: whole,
    states: answerObject(fields(STATES, whole), STATES.split(" ")),
    histories: list(
      {
        test: words,
        state: { enum: STATES.split(" ") },
        outcomes: {
          ...words,
          description:
            "One sign a run: p(assed), f(ailed), s(kipped), m (failed and passed), - (not there).",
        },
        durationMs: whole,
      },
      fields("since file", words),
    ),
    slowest: list({ test: words, durationMs: whole, share: amount }),
    clusters: list({
      ...fields("pattern type example", words),
      failures: whole,
      tests: wordList,
    }),
    ...reportProperties,
  },
  [..."runs order tests states histories slowest clusters".split(" "), ...reportRequired],
);

const report = (name: string, inside: string): string =>
  `<testsuite name="cart" tests="1"><testcase classname="cart" name="${name}" time="0.2">${inside}</testcase></testsuite>`;

export function testReportAnalyze(jobs: Jobs<PackJobs>): Tool {
  return defineTool<TestReportInput>({
    name: "test_report_analyze",
    title: "Analyse test reports",
    description:
      "Reads JUnit XML reports (JUnit, Surefire, pytest, Jest, Vitest, node --test, Go and others) of one run or of many: which tests fail newly, still or always, which are flaky (retried, different on the same commit, falling again and again), which are slow or became slower, which are gone; groups failures that say the same. Use on CI results to decide what to look at first.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "Three runs; the last one failed",
        arguments: {
          files: {
            "run-1.xml": report("adds up", ""),
            "run-2.xml": report("adds up", ""),
            "run-3.xml": report("adds up", '<failure type="AssertionError" message="expected 3"/>'),
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("test_report_analyze", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ReportAnswer): string {
  const { runs, tests, clusters, slowest, states } = value;
  const last = runs.at(-1);
  const [slow] = slowest;
  return [
    `${tests} tests in ${runs.length} ${runs.length === 1 ? "run" : "runs"}.`,
    ...(last === undefined
      ? []
      : [
          `Last run ${last.run}: ${last.passed} passed, ${last.failed} failed, ${last.skipped} skipped, ${last.durationMs} ms.`,
        ]),
    `Newly failing ${states["newly-failing"]}, still failing ${states.failing + states["always-failing"]}, flaky ${states.flaky}.`,
    summaryOf(value),
    ...clusters
      .filter(({ failures }) => failures > 1)
      .slice(0, 5)
      .map((one) => `${one.failures} × ${one.type} ${one.pattern}`),
    ...(slow === undefined ? [] : [`Slowest: ${slow.test}, ${slow.durationMs} ms.`]),
  ].join("\n");
}
