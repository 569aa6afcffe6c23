/** JUnit XML, as the many tools write it that say they do: what each test case came to. */
import { InputProblem } from "flotilla/worker/review";
import { visitXml } from "../../lib/xml.ts";
import type { XmlElement } from "../../lib/xml.ts";

export type Outcome = "passed" | "failed" | "skipped";

export interface TestCase {
  /** Class and name: how a test is known from run to run. */
  id: string;
  outcome: Outcome;
  durationMs: number;
  /** Failed first and passed when tried again, as Maven's Surefire writes it. */
  retried: boolean;
  failure?: { type: string; message: string };
  file?: string;
  line?: number;
}
export interface JunitReport {
  cases: TestCase[];
  /** Milliseconds since 1970 of the earliest suite. */
  startedMs?: number;
  /** Suites that say they have more cases than the report holds. */
  short: ShortSuite[];
}
export interface ShortSuite {
  suite: string;
  declared: number;
  seen: number;
}

const MAX_CASES = 100_000;
const MAX_MESSAGE = 4_000;
const FAILED = new Set(["failure", "error"]);
const RETRIED = new Set(["flakyFailure", "flakyError"]);

interface Suite {
  name: string;
  declared?: number;
  /** Cases seen inside, however deep. */
  inner: number;
}
interface Reading {
  cases: TestCase[];
  suites: Suite[];
  current?: TestCase;
  /** Inside of a failure: its text. */
  said?: string;
  startedMs?: number;
  short: ShortSuite[];
  isReport: boolean;
}

export function readJunit(file: string, text: string): JunitReport {
  const reading: Reading = { cases: [], suites: [], short: [], isReport: false };
  visitXml(file, text, {
    open: (element) => open(reading, element),
    close: (name) => close(reading, name),
    text: (more) => {
      if (reading.said !== undefined && reading.said.length < MAX_MESSAGE) reading.said += more;
    },
  });
  if (!reading.isReport)
    throw new InputProblem("This is no JUnit report: it has no testsuite.", { location: { file } });
  const { cases, startedMs, short } = reading;
  return { cases, short, ...(startedMs === undefined ? {} : { startedMs }) };
}

function open(reading: Reading, element: XmlElement): void {
  const { name } = element;
  if (name === "testsuites") reading.isReport = true;
  else if (name === "testsuite") openSuite(reading, element);
  else if (name === "testcase") openCase(reading, element);
  else if (reading.current !== undefined) openInside(reading, reading.current, element);
}

function openSuite(reading: Reading, { attribute }: XmlElement): void {
  reading.isReport = true;
  const tests = Number(attribute("tests") ?? Number.NaN);
  reading.suites.push({
    name: attribute("name") ?? "",
    inner: 0,
    ...(Number.isSafeInteger(tests) ? { declared: tests } : {}),
  });
  const at = Date.parse(attribute("timestamp") ?? "");
  if (!Number.isNaN(at)) reading.startedMs = Math.min(reading.startedMs ?? at, at);
}

function openCase(reading: Reading, { attribute }: XmlElement): void {
  if (reading.cases.length >= MAX_CASES)
    throw new InputProblem(`The report has more than ${MAX_CASES} test cases.`);
  const owner = attribute("classname") ?? reading.suites.at(-1)?.name ?? "";
  const name = attribute("name") ?? "(unnamed)";
  const line = Number(attribute("line") ?? Number.NaN);
  const file = attribute("file");
  for (const suite of reading.suites) suite.inner += 1;
  reading.current = {
    id: owner === "" ? name : `${owner} › ${name}`,
    outcome: "passed",
    durationMs: msOf(attribute("time")),
    retried: false,
    ...(file === undefined ? {} : { file }),
    ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
  };
  reading.cases.push(reading.current);
}

/** Seconds, which some write with commas for thousands. */
function msOf(time: string | undefined): number {
  const seconds = Number((time ?? "0").replaceAll(",", ""));
  return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1_000) : 0;
}

function openInside(reading: Reading, current: TestCase, { name, attribute }: XmlElement): void {
  if (name === "skipped") current.outcome = "skipped";
  if (RETRIED.has(name)) current.retried = true;
  const tells = FAILED.has(name) || RETRIED.has(name);
  if (FAILED.has(name)) current.outcome = "failed";
  if (!tells || current.failure !== undefined) return;
  current.failure = {
    type: attribute("type") ?? "",
    message: (attribute("message") ?? "").slice(0, MAX_MESSAGE),
  };
  reading.said = "";
}

function close(reading: Reading, name: string): void {
  if (name === "testcase") delete reading.current;
  else if (name === "testsuite") closeSuite(reading);
  else if (FAILED.has(name) || RETRIED.has(name)) {
    const failure = reading.current?.failure;
    // The attribute is the message; where it is missing, the first words of the text are.
    if (failure?.message === "") failure.message = (reading.said ?? "").trim();
    delete reading.said;
  }
}

/** Some count the suites inside as tests, others the cases of all of them: fewer cases than said is wrong with either. */
function closeSuite(reading: Reading): void {
  const suite = reading.suites.pop();
  if (suite?.declared === undefined || suite.declared <= suite.inner) return;
  const { name, declared, inner } = suite;
  reading.short.push({ suite: name, declared, seen: inner });
}
