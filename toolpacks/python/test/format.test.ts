import { createHash } from "node:crypto";
import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import { GYP, GYP_PROJECT, PACKAGING, RAILROAD, pythonClient } from "./sources.ts";

const call = pythonClient();
const format = (args: Record<string, unknown>) => call("python_format", args);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

interface Result {
  file: string;
  patch?: string;
  text?: string;
}
const resultsOf = (value: Record<string, unknown>): Result[] =>
  JSON.parse(JSON.stringify(value["results"]));

describe("python_format", () => {
  it("formats railroad-diagrams to the byte like ruff", async () => {
    const { value } = await format({ content: RAILROAD, result: "text" });
    const [only] = resultsOf(value);
    expect(sha256(only?.text ?? "")).toBe(
      "dfe4b190f61ea8b7aa6d6edbb771c2a133a3b7f465f0e9f3a323cb3f01a1ec2a",
    );
  });

  it("changes five files of packaging, and its patches make what ruff makes", async () => {
    const { value } = await format({ files: PACKAGING });
    expect(value).toMatchObject({ files: 14, changed: 5 });
    const hashes = resultsOf(value).map(({ file, patch = "" }) => {
      const text = applyPatch(PACKAGING[file] ?? "", patch);
      return [file, text === false ? "does not apply" : sha256(text)];
    });
    expect(Object.fromEntries(hashes)).toMatchObject({
      "packaging/specifiers.py": "3118bbe8e36e26acdc8d15b0ddbf76b6e4a7d249e7359f2404329852721e2469",
      "packaging/_manylinux.py": "ef1e719e248b1c7dee8ad136c07ae46c788eb7474a8e1cff198c45187399b858",
    });
  });

  it("finds gyp formatted, by gyp's own settings", async () => {
    const { value, text } = await format({
      files: {
        "pyproject.toml": GYP_PROJECT,
        ...Object.fromEntries(Object.entries(GYP).map(([name, one]) => [name.slice(4), one])),
      },
    });
    expect(value).toMatchObject({ files: 45, changed: 0 });
    expect(text).toBe("All 45 files are formatted.");
  });

  it("takes quotes, indent and width", async () => {
    const content = "def f():\n    return {'a': 1, 'b': 2}\n";
    const { value } = await format({
      content,
      quotes: "single",
      indent: "tab",
      lineLength: 20,
      result: "text",
    });
    expect(resultsOf(value)[0]?.text).toBe("def f():\n\treturn {\n\t\t'a': 1,\n\t\t'b': 2,\n\t}\n");
  });

  it("says where code cannot be parsed, and formats the other files", async () => {
    const alone = await format({ content: "x = 1\ndef f(:\n    pass\n" });
    expect(alone).toMatchObject({ isError: true });
    expect(alone.text).toContain("at main.py, line 2, column 7");
    const { value, rules } = await format({ files: { "a.py": "def f(:\n", "b.py": "x=1\n" } });
    expect(value).toMatchObject({ changed: 1 });
    expect(rules).toEqual(["unreadable"]);
  });
});
