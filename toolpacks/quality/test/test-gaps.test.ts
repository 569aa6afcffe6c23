import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();
const TOOL = "test_gaps";

/** One run of c8 over flatted 3.4.4, in its three formats. */
const report = (name: string): string =>
  readFileSync(new URL(`fixtures/covered/${name}`, import.meta.url), "utf8");
const files = { "esm/index.js": real("flatted", "esm/index.js") };

interface Gap {
  name: string;
  percent: number;
  crap: number;
  cyclomatic: number;
  uncovered: string;
}

describe("test_gaps on real reports", () => {
  it.each([
    ["lcov.info", "lcov"],
    ["coverage-final.json", "istanbul"],
    ["cobertura-coverage.xml", "cobertura"],
  ])("reads %s with the numbers that c8 printed", async (name, format) => {
    const { value } = await call(TOOL, { coverage: report(name), files });
    expect(value).toMatchObject({ format, lines: 127, covered: 89, percent: 70 });
    expect((value["files"] as unknown[])[0]).toMatchObject({ branches: 13, branchesTaken: 10 });
    const functions = value["functions"] as Gap[];
    const parse = functions.find((one) => one.name === "parse");
    expect(parse?.uncovered).toBe("57-75");
    // c8 counts the first line of a function as run when the module is loaded.
    const share = (parse?.percent ?? 0) / 100;
    const size = parse?.cyclomatic ?? 0;
    expect(parse?.crap).toBeCloseTo(size ** 2 * (1 - share) ** 3 + size, 0);
    expect(functions.map(({ name }) => name)).not.toContain("set");
  });
});

describe("test_gaps", () => {
  const coverage = "SF:src/a.js\nDA:1,1\nDA:2,1\nDA:3,0\nDA:5,1\nend_of_record\n";
  const content =
    "export function price(n) {\n  if (n > 9)\n    return n * 0.9;\n\n  return n;\n}\n";

  it("weighs what the diff changed, and says how much of it is run", async () => {
    const diff = `--- a/src/a.js\n+++ b/src/a.js\n@@ -1,4 +1,6 @@\n export function price(n) {\n+  if (n > 9)\n+    return n * 0.9;\n \n   return n;\n }\n`;
    const called = await call(TOOL, { coverage, files: { "src/a.js": content }, diff });
    expect(called.value["changed"]).toEqual({ lines: 2, covered: 1, percent: 50 });
    expect(findingsOf(called, "changed-untested")).toMatchObject([
      { location: { file: "src/a.js", line: 3 }, evidence: "3" },
    ]);
    expect(called.value["functions"]).toMatchObject([{ changedUncovered: 1, uncovered: "3" }]);
  });

  it("ranks complex code first, and finds what no test loads", async () => {
    const branchy = `export function big(n) {\n${Array.from({ length: 12 }, (_, at) => `  if (n > ${at}) n += 1;\n`).join("")}  return n;\n}\n`;
    const called = await call(TOOL, {
      coverage,
      files: { "src/a.js": content, "src/big.js": branchy, "test/a.test.js": "x();" },
    });
    expect((called.value["functions"] as Gap[])[0]).toMatchObject({ name: "big", crap: 182 });
    expect(called.rules).toEqual(["risky-untested", "not-in-report"]);
    expect(called.value["unknown"]).toEqual(["src/big.js"]);
  });

  it("matches absolute paths, and not files of the same name elsewhere", async () => {
    const absolute = coverage.replace("src/a.js", "/home/me/shop/src/a.js");
    const known = await call(TOOL, { coverage: absolute, files: { "src/a.js": content } });
    expect(known.value["unknown"]).toEqual([]);
    const other = await call(TOOL, { coverage, files: { "lib/a.js": content } });
    expect(other.value["unknown"]).toEqual(["lib/a.js"]);
  });

  it.each([
    ["hello", "no coverage report"],
    ["", "no coverage report"],
    ["{", "cannot be read"],
    ["{}", "names no file"],
    ['{"a":{"path":1}}', ""],
    ["<report/>", "no Cobertura report"],
    ["<coverage><x></coverage>", "no well-formed XML"],
  ])("says what is wrong with %j", async (coverage, said) => {
    const { isError, text } = await call(TOOL, { coverage, files });
    expect([isError, text.includes(said)]).toEqual([true, true]);
  });

  it("reads a large report", async () => {
    const lines = Array.from({ length: 200_000 }, (_, at) => `DA:${at + 1},${at % 2}`).join("\n");
    const { value } = await call(TOOL, {
      coverage: `SF:src/a.js\n${lines}\nend_of_record\n`,
      files: { "src/a.js": content },
    });
    expect(value).toMatchObject({ lines: 200_000, covered: 100_000 });
  });
});
