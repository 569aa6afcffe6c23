import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { patternOf } from "../src/work/reports/clusters.ts";
import { findingsOf, qualityClient } from "./client.ts";

const { call } = qualityClient();
const TOOL = "test_report_analyze";

/** As the runners wrote them: pytest 9, Vitest 5 and node --test, over the same made-up shop. */
const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/junit/${name}.xml`, import.meta.url), "utf8");

const suite = (cases: string, more = ""): string =>
  `<testsuites><testsuite name="s"${more}>${cases}</testsuite></testsuites>`;
const passes = (name: string, time = "0.1"): string =>
  `<testcase classname="s" name="${name}" time="${time}"/>`;
const fails = (name: string, message = "expected 1 to be 2"): string =>
  `<testcase classname="s" name="${name}"><failure type="AssertionError" message="${message}">at x</failure></testcase>`;

describe("test_report_analyze on what runners write", () => {
  it.each([
    ["pytest", { tests: 6, passed: 3, failed: 2, skipped: 1 }, "test_cart › test_total[7]"],
    ["vitest", { tests: 4, passed: 1, failed: 2, skipped: 1 }, "cart.test.js › cart > has 1 items"],
    ["node", { tests: 4, passed: 2, failed: 1, skipped: 1 }, "cart › counts"],
  ])("counts %s as its own summary does", async (name, counts, failing) => {
    const called = await call(TOOL, { content: fixture(name) });
    expect((called.value["runs"] as unknown[])[0]).toMatchObject(counts);
    expect(findingsOf(called, "failing").map(({ object }) => object)).toContain(failing);
    expect(called.rules).not.toContain("report-incomplete");
  });

  it("groups what fails alike", async () => {
    const { value } = await call(TOOL, { content: fixture("vitest") });
    expect(value["clusters"]).toMatchObject([
      {
        pattern: "expected <n> to be <n> // Object.is equality",
        failures: 2,
        type: "AssertionError",
      },
    ]);
  });
});

describe("test_report_analyze over runs", () => {
  const history = async (runs: string[], more = {}): Promise<Record<string, unknown>[]> => {
    const files = Object.fromEntries(runs.map((cases, at) => [`run-${at + 1}.xml`, suite(cases)]));
    const { value } = await call(TOOL, { files, ...more });
    return value["histories"] as Record<string, unknown>[];
  };

  it.each([
    ["ppf", { state: "newly-failing", since: "run-3.xml" }],
    ["pff", { state: "failing", since: "run-2.xml" }],
    ["fff", { state: "always-failing", since: "run-1.xml" }],
    ["pfp", { state: "fixed", since: "run-3.xml" }],
    ["pfpf", { state: "flaky" }],
    ["pp-", { state: "missing", since: "run-3.xml" }],
    ["--f", { state: "newly-failing" }],
    ["sss", { state: "skipped" }],
  ])("tells %s", async (marks, wanted) => {
    const sign: Record<string, string> = {
      p: passes("t"),
      f: fails("t"),
      s: '<testcase classname="s" name="t"><skipped/></testcase>',
      "-": passes("other"),
    };
    const all = await history(marks.split("").map((mark) => sign[mark] ?? ""));
    expect(all.find(({ test }) => test === "s › t")).toMatchObject({ ...wanted, outcomes: marks });
  });

  it("calls flaky what differs on one commit, and what passed when tried again", async () => {
    const revisions = { "run-1.xml": "abc", "run-2.xml": "abc" };
    expect(await history([passes("t"), fails("t")], { revisions })).toMatchObject([
      { state: "flaky" },
    ]);
    const surefire =
      '<testcase classname="s" name="t" time="1.2"><flakyFailure message="timed out" type="java.lang.AssertionError"/></testcase>';
    expect(await history([surefire])).toMatchObject([{ state: "flaky", outcomes: "m" }]);
    expect(await history([fails("t") + passes("t")])).toMatchObject([{ outcomes: "m" }]);
  });

  it("orders runs by their time, else by name as people count", async () => {
    const at = (day: number): string => suite(passes("t"), ` timestamp="2026-01-0${day}T00:00:00"`);
    const names = async (files: Record<string, string>): Promise<unknown> => {
      const { value } = await call(TOOL, { files });
      return [value["order"], (value["runs"] as { run: string }[]).map(({ run }) => run)];
    };
    expect(await names({ a: at(2), b: at(1) })).toEqual(["timestamp", ["b", "a"]]);
    const plain = suite(passes("t"));
    expect(await names({ "r10/x": plain, "r9/x": plain, "r9/y": plain })).toEqual([
      "name",
      ["r9", "r10"],
    ]);
  });

  it("finds slow and slower tests, and reports that were cut off", async () => {
    const files = {
      "1.xml": suite(passes("grew", "0.5") + passes("slow", "2")),
      "2.xml": suite(passes("grew", "0.5") + passes("slow", "2")),
      "3.xml": suite(passes("grew", "1.5") + passes("slow", "2"), ' tests="9"'),
    };
    const called = await call(TOOL, { files });
    expect(findingsOf(called).map(({ rule, evidence }) => [rule, evidence])).toEqual([
      ["slower-test", "1500 ms; median before 500 ms"],
      ["report-incomplete", "9 said, 2 there"],
      ["slow-test", "2000 ms"],
    ]);
  });
});

describe("test_report_analyze and bad input", () => {
  it.each([
    ["<a></b>", "no well-formed XML"],
    ["<html/>", "has no testsuite"],
    ["", "XML"],
    ["<testsuite>".repeat(5_000), "nest deeper than 100"],
  ])("says what is wrong with %.20s", async (content, said) => {
    const { isError, text } = await call(TOOL, { content });
    expect(isError).toBe(true);
    expect(text).toContain(said);
  });

  it("expands no entity", async () => {
    const bomb = `<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${suite(passes("&b;"))}`;
    const { isError, text } = await call(TOOL, { content: bomb });
    expect([isError, text.includes("haha")]).toEqual([true, false]);
  });

  it("reads what programs printed, and names such as __proto__", async () => {
    const content = suite(fails("__proto__", "\u{1b}[31mred\u{1b}[0m"));
    const { value } = await call(TOOL, { content, revisions: { __proto__: "x" } });
    expect(value["histories"]).toMatchObject([{ test: "s › __proto__", state: "failing" }]);
  });

  it("reads 50,000 cases", async () => {
    const content = suite(Array.from({ length: 50_000 }, (_, at) => fails(`t${at}`)).join(""));
    const { value } = await call(TOOL, { content });
    expect(value["clusters"]).toMatchObject([{ failures: 50_000 }]);
  });

  it("takes out what differs", () => {
    expect(patternOf("timeout of 2000ms at /a/b.js:3:4 for 0x7f3a (2026-01-02T03:04:05Z)")).toBe(
      "timeout of <n>ms at <path>:<n>:<n> for <id> (<time>)",
    );
    expect(patternOf("/a".repeat(50_000)).length).toBeLessThan(400);
  });
});
