import { describe, expect, test } from "vitest";
import { isRed, judge, loadExpectations } from "./expected.ts";
import { page, red, table } from "./report.ts";
import type { Scenario } from "./suite.ts";

const place = { worker: "modern-http", endpoint: "worker", edition: "2026-07-28" };
const scenario = (outcome: Scenario["outcome"]): Scenario => ({
  name: "one",
  outcome,
  scored: true,
  failures: outcome === "failed" ? ["check: wrong"] : [],
  warnings: [],
});
const listed = loadExpectations("- scenarios: [one]\n  reason: because\n");

const verdictAt = (text: string, at: Partial<typeof place>): string =>
  judge(loadExpectations(text), { ...place, ...at }, scenario("failed")).verdict;

describe("a result", () => {
  test.each([
    { outcome: "passed", expectations: [], verdict: "passed", isBad: false },
    { outcome: "failed", expectations: [], verdict: "failed", isBad: true },
    { outcome: "skipped", expectations: [], verdict: "skipped", isBad: true },
    { outcome: "failed", expectations: listed, verdict: "expected", isBad: false },
    { outcome: "skipped", expectations: listed, verdict: "expected", isBad: false },
    { outcome: "passed", expectations: listed, verdict: "unexpected-pass", isBad: true },
  ] as const)("$outcome is $verdict", ({ outcome, expectations, verdict, isBad }) => {
    const judged = judge([...expectations], place, scenario(outcome));
    expect(judged.verdict).toBe(verdict);
    expect(isRed(judged)).toBe(isBad);
    expect(red([judged])).toHaveLength(isBad ? 1 : 0);
  });

  test("is excused only where the entry says so, and without a gateway only by name", () => {
    const narrow = "- scenarios: [one]\n  reason: r\n  workers: [legacy-http]\n";
    expect(verdictAt(narrow, {})).toBe("failed");
    expect(verdictAt(narrow, { worker: "legacy-http" })).toBe("expected");
    expect(verdictAt("- scenarios: [one]\n  reason: r\n", { endpoint: "direct" })).toBe("failed");
    const named = "- scenarios: [one]\n  reason: r\n  endpoints: [direct]\n";
    expect(verdictAt(named, { endpoint: "direct" })).toBe("expected");
  });
});

test("an expectation needs a reason, and the list that is kept has them", () => {
  expect(() => loadExpectations("- scenarios: [one]\n")).toThrow("reason");
  expect(loadExpectations().length).toBeGreaterThan(0);
});

test("the page counts passes of what is scored, and tells the rest apart", () => {
  const results = [
    judge([], place, scenario("passed")),
    judge([], place, { ...scenario("failed"), name: "two" }),
    judge([], place, { ...scenario("skipped"), name: "three", scored: false }),
  ];
  expect(table(results)).toContain("| modern, HTTP | `/mcp/<worker>` | 1/2 (+0/1) |");
  const excused = judge(listed, place, scenario("failed"));
  expect(page([excused], [])).toContain("- because\n  `one` (1)");
});
