import { describe, expect, it } from "vitest";
import { failure, text } from "../results.ts";
import { isTooDeep } from "./depth.ts";
import { MAX_FINDINGS, reportOf, summaryOf } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { InputProblem } from "./input-problem.ts";
import { answered } from "./jobs.ts";

const found = (rule: string, more: Partial<Finding> = {}): Finding => ({
  rule,
  severity: "warning",
  message: `about ${rule}`,
  ...more,
});

describe("a report", () => {
  it("puts the worst first, then files, lines and columns, and leaves out what is ignored", () => {
    const at = (file: string, line: number, column: number) => ({
      location: { file, line, column },
    });
    const { findings, counts } = reportOf(
      [
        found("note", { severity: "info" }),
        found("later", at("a", 2, 1)),
        found("other", at("b", 1, 1)),
        found("first", at("a", 1, 9)),
        found("unwanted", { severity: "error" }),
        found("bad", { severity: "error" }),
      ],
      { ignore: ["unwanted"] },
    );
    expect(findings.map(({ rule }) => rule)).toEqual(["bad", "first", "later", "other", "note"]);
    expect(counts).toEqual({ error: 1, warning: 3, info: 1 });
  });

  it("counts all and holds so many", () => {
    const many = Array.from({ length: MAX_FINDINGS + 7 }, () => found("r"));
    const report = reportOf(many);
    expect(report).toMatchObject({ truncated: true, counts: { warning: MAX_FINDINGS + 7 } });
    expect(report.findings).toHaveLength(MAX_FINDINGS);
    expect(summaryOf(report, 1)).toBe(
      `0 errors, ${MAX_FINDINGS + 7} warnings, 0 notes.\n- [warning] about r (r)\n… and ${MAX_FINDINGS + 6} more.`,
    );
    expect(summaryOf(reportOf([]))).toBe("Nothing found.");
  });
});

describe("problems with the input", () => {
  it("are answers with place and hint, also when they crossed from a thread", async () => {
    const crossed = Object.assign(new Error("No."), {
      name: "InputProblem",
      data: { location: { file: "a.sql", line: 2, column: 3 }, hint: "Close it." },
    });
    const problem = new InputProblem("No.", crossed.data);
    for (const error of [crossed, problem]) {
      expect(await answered(Promise.reject(error), () => text("never"))).toEqual(
        failure("No.\nat a.sql, line 2, column 3\nhint: Close it."),
      );
    }
  });

  it("are the only errors that are swallowed", async () => {
    await expect(answered(Promise.reject(new TypeError("a bug")), () => text(""))).rejects.toThrow(
      "a bug",
    );
  });
});

describe("text too deep for a native parser", () => {
  it.each(["(".repeat(300), `x=${"1+".repeat(3_000)}1`, "if(a);else ".repeat(500)])(
    "is told: %#",
    (code) => expect(isTooDeep(code)).toBe(true),
  );
  it("is not any honest code", () => {
    expect(isTooDeep("function f(a) { return [a, { b: (a + 1) }]; }\n".repeat(10_000))).toBe(false);
  });
});
