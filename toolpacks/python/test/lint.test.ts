import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import { GYP, GYP_PROJECT, PACKAGING, RAILROAD, findingsOf, pythonClient } from "./sources.ts";

const call = pythonClient();
const lint = (args: Record<string, unknown>) => call("python_lint", args);
const LIKE_RUFF = { config: "none", targetVersion: "3.10", select: ["F", "E", "B", "UP", "SIM"] };

/** Counts by rule, as `ruff check --statistics` prints them. */
function countsOf(value: Record<string, unknown>): Record<string, number> {
  const byRule: { rule: string; count: number }[] = JSON.parse(JSON.stringify(value["byRule"]));
  return Object.fromEntries(byRule.map(({ rule, count }) => [rule, count]));
}

describe("python_lint", () => {
  it("finds in railroad-diagrams what ruff finds", async () => {
    const { value } = await lint({ content: RAILROAD, ...LIKE_RUFF });
    expect(countsOf(value)).toEqual({
      E501: 10,
      F841: 1,
      SIM115: 1,
      UP004: 1,
      UP030: 18,
      UP031: 1,
      UP032: 19,
    });
    expect(value["fixable"]).toEqual({ safe: 20, unsafe: 20 });
  });

  it("finds in packaging what ruff finds", async () => {
    const { value } = await lint({ files: PACKAGING, ...LIKE_RUFF });
    expect(countsOf(value)).toMatchObject({ UP006: 118, UP045: 82, UP035: 34, B904: 8, SIM102: 6 });
    expect(Object.values(countsOf(value)).reduce((sum, count) => sum + count, 0)).toBe(293);
  });

  it("obeys gyp's own settings, in which ruff finds nothing", async () => {
    const { value, text } = await lint({ files: { ...below(GYP), "pyproject.toml": GYP_PROJECT } });
    expect(value).toMatchObject({ config: "pyproject.toml", files: 45, findings: [] });
    expect(text).toBe("Nothing found.");
  });

  it("hands out one patch for the safe fixes, which leaves what ruff leaves", async () => {
    const first = await lint({ content: RAILROAD, ...LIKE_RUFF });
    const [patch] = JSON.parse(JSON.stringify(first.value["patches"]));
    expect(patch).toMatchObject({ file: "main.py", fixes: 20 });
    const fixed = applyPatch(RAILROAD, patch.patch);
    if (fixed === false) throw new Error("The patch does not fit.");
    const again = await lint({ content: fixed, ...LIKE_RUFF });
    expect(again.value["fixable"]).toMatchObject({ safe: 0 });
    // ruff check --fix leaves 11 findings of F, E, B, UP; one more is of SIM.
    expect(findingsOf(again.value)).toHaveLength(12);
  });

  it("tells place, severity, evidence, reference and a patch of its own for each finding", async () => {
    const content = "import os\nimport sys\n\nprint(sys.argv, undefined)\n";
    const { value, text } = await lint({ content });
    expect(findingsOf(value)).toMatchObject([
      { rule: "F821", severity: "error", location: { line: 4, column: 17 } },
      {
        rule: "F401",
        severity: "warning",
        location: { line: 1, column: 8 },
        evidence: "import os",
        reference: "https://docs.astral.sh/ruff/rules/unused-import/",
        fix: "Remove unused import: `os`",
      },
    ]);
    const [, second] = findingsOf(value);
    expect(applyPatch(content, second?.patch ?? "")).toBe(content.replace("import os\n", ""));
    expect(text).toContain("1 can be fixed safely");
  });

  it("keeps what a package's face imports, and fixes only on demand what changes behaviour", async () => {
    const files = {
      "p/__init__.py": "from p.a import x\n",
      "p/a.py": "x = 1\nif x == None:\n    pass\n",
    };
    const safe = await lint({ files, select: ["F401", "E711"] });
    expect(safe.value["patches"]).toEqual([]);
    const all = await lint({ files, select: ["F401", "E711"], fix: "all" });
    expect(JSON.stringify(all.value["patches"])).toContain("+if x is None:");
  });

  it("names rules by code in preview as well, and per-file-ignores hold", async () => {
    const files = {
      "ruff.toml":
        'lint.select = ["S"]\npreview = true\n[lint.per-file-ignores]\n"quiet.py" = ["S"]\n',
      "loud.py": "import subprocess\n",
      "quiet.py": "import subprocess\n",
    };
    const { value } = await lint({ files });
    expect(findingsOf(value).map(({ rule, location }) => `${rule} ${location?.file}`)).toEqual([
      "S404 loud.py",
    ]);
  });

  it.each([
    ["no Python", "def f(:\n", ["invalid-syntax"]],
    ["nothing", "", []],
    ["a lone surrogate", 'x = "\ud800"\n', []],
    ["a null byte", "x = 1\0\n", ["invalid-syntax"]],
  ])("reads %s", async (_, content, rules) => {
    const { value, isError, text } = await lint({ content });
    expect(isError, text).toBe(false);
    expect([...new Set(findingsOf(value).map(({ rule }) => rule))]).toEqual(rules);
  });

  it("says what is wrong with settings", async () => {
    const unknown = await lint({ content: "", select: ["NOPE"] });
    expect(unknown).toMatchObject({ isError: true });
    expect(unknown.text).toContain("Unknown rule selector `NOPE`");
    const broken = await lint({ files: { "a.py": "", "ruff.toml": "a = [" } });
    expect(broken).toMatchObject({ isError: true });
    expect(broken.text).toContain("at ruff.toml, line 1");
  });
});

describe("hostile code", () => {
  it.each([
    ["brackets", "(".repeat(100_000)],
    ["closed brackets", `x = ${"[".repeat(500)}${"]".repeat(500)}`],
    ["operators", `x = ${"not ".repeat(50_000)}1`],
    ["a chain", `x = a${".b".repeat(50_000)}`],
    ["indents", Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}if x:`).join("\n")],
  ])("%s is refused, and the next call is answered", async (_, content) => {
    const deep = await lint({ content });
    expect(deep).toMatchObject({ isError: true });
    expect(deep.text).toContain("nests too deeply");
    const next = await lint({ content: "import os\n" });
    expect(next.rules).toEqual(["F401"]);
  });

  it("survives a trap of the engine below the bounds", async () => {
    // Below every bound, and yet too deep for ruff's stack: decided by the engine, told like the rest.
    const { isError } = await lint({ content: `x = ${"-".repeat(2_900)}1\n` });
    const next = await lint({ content: "import os\n" });
    expect([isError, next.rules]).toEqual([isError, ["F401"]]);
  });

  it("takes names that mean something to JavaScript", async () => {
    const files = JSON.parse('{"__proto__/a.py":"import os\\n","constructor.py":"import os\\n"}');
    const { rules } = await lint({ files });
    expect(rules).toEqual(["F401", "F401"]);
  });
});

function below(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name.replace(/^gyp\//, ""), text]),
  );
}
