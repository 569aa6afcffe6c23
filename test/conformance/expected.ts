/** `expected-failures.yaml`: every known failure with its reason. A pass that was not expected is red as well. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Scenario } from "./suite.ts";

/** Where a scenario ran. */
export interface Place {
  worker: string;
  endpoint: string;
  edition: string;
}

export interface Expectation {
  scenarios: string[];
  reason: string;
  /** Absent: all. */
  workers?: string[];
  endpoints?: string[];
  editions?: string[];
}

/** `expected`: it did not pass, for a reason that is written down. */
export type Verdict = "passed" | "skipped" | "failed" | "expected" | "unexpected-pass";

export interface Judged extends Scenario, Place {
  verdict: Verdict;
  reason?: string;
}

const FILE = join(import.meta.dirname, "expected-failures.yaml");

export function loadExpectations(text = readFileSync(FILE, "utf8")): Expectation[] {
  const all = (parse(text) ?? []) as Expectation[];
  for (const { scenarios, reason } of all) {
    if (!Array.isArray(scenarios) || typeof reason !== "string" || reason.trim() === "") {
      throw new Error("Each entry of expected-failures.yaml needs scenarios and a reason.");
    }
  }
  return all;
}

const fits = (list: string[] | undefined, value: string): boolean =>
  list === undefined || list.includes(value);

export function judge(expectations: Expectation[], place: Place, scenario: Scenario): Judged {
  const entry = expectations.find(
    ({ scenarios, workers, endpoints, editions }) =>
      scenarios.includes(scenario.name) &&
      // The oracle row has no excuse that does not name it.
      (place.endpoint !== "direct" || endpoints !== undefined) &&
      fits(workers, place.worker) &&
      fits(endpoints, place.endpoint) &&
      fits(editions, place.edition),
  );
  const base = { ...scenario, ...place };
  if (entry === undefined) return { ...base, verdict: scenario.outcome };
  const verdict = scenario.outcome === "passed" ? "unexpected-pass" : "expected";
  return { ...base, verdict, reason: entry.reason };
}

/** A scenario that the suite skipped proves nothing, so it needs a reason as well. */
export const isRed = ({ verdict }: Judged): boolean =>
  verdict !== "passed" && verdict !== "expected";
