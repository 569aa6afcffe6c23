import { describe, expect, it } from "vitest";
import { GYP, PACKAGING, RAILROAD, pythonClient } from "./sources.ts";

const call = pythonClient();
const measure = (args: Record<string, unknown>) => call("python_complexity", args);

interface Row {
  file: string;
  name: string;
  cyclomatic: number;
  cognitive: number;
  nesting: number;
  parameters: number;
  maintainability: number;
  rank: string;
}
const rows = (value: Record<string, unknown>, key: "functions" | "modules"): Row[] =>
  JSON.parse(JSON.stringify(value[key]));

describe("python_complexity", () => {
  it("counts in gyp the paths that radon counts", async () => {
    const { value } = await measure({ files: GYP, top: 1_000 });
    const grave = rows(value, "functions").filter(({ cyclomatic }) => cyclomatic > 40);
    expect(
      Object.fromEntries(
        grave.map(({ name, file, cyclomatic }) => [`${file.slice(14)} ${name}`, cyclomatic]),
      ),
    ).toEqual({
      "__init__.py gyp_main": 49,
      "input.py ExpandVariables": 54,
      "generator/cmake.py WriteTarget": 110,
      "generator/make.py MakefileWriter.WriteTarget": 71,
      "generator/make.py GenerateOutput": 44,
      "generator/xcode.py GenerateOutput": 123,
      "generator/ninja.py GenerateOutputForConfig": 64,
      "generator/ninja.py NinjaWriter.WriteLinkForArch": 48,
      "generator/ninja.py NinjaWriter.WriteSpec": 41,
    });
  });

  it("counts in railroad-diagrams the paths that radon counts", async () => {
    const { value } = await measure({ content: RAILROAD });
    const found = Object.fromEntries(
      rows(value, "functions").map(({ name, cyclomatic }) => [name, cyclomatic]),
    );
    expect(found).toMatchObject({ "Diagram.format": 8, "Choice.__init__": 9, "Path.arc": 9 });
  });

  it("scores modules within eight points of radon, which counts logical lines by tokens", async () => {
    const { value } = await measure({ files: { ...PACKAGING, "railroad.py": RAILROAD } });
    const found = new Map(rows(value, "modules").map((one) => [one.file, one]));
    const radon = {
      "railroad.py": 18.72,
      "packaging/_elffile.py": 77.24,
      "packaging/_structures.py": 100,
      "packaging/utils.py": 62.67,
    };
    for (const [file, index] of Object.entries(radon)) {
      const own = found.get(file);
      expect(
        Math.abs((own?.maintainability ?? 0) - index),
        `${file} ${own?.maintainability}`,
      ).toBeLessThan(8);
    }
  });

  it.each([
    [
      "a sequence of like operators once",
      "def f(a, b, c, d):\n    return a and b and c or d\n",
      4,
      2,
    ],
    [
      "nesting",
      "def f(a):\n    for x in a:\n        if x:\n            while x:\n                x -= 1\n",
      4,
      6,
    ],
    ["elif and else flatly", "def f(a):\n    if a: pass\n    elif a: pass\n    else: pass\n", 3, 3],
    [
      "handlers",
      "def f(a):\n    try:\n        pass\n    except E:\n        if a: pass\n    else:\n        pass\n",
      4,
      4,
    ],
    ["comprehensions", "def f(a):\n    return sum(x for x in a if x)\n", 3, 0],
    [
      "cases but the default",
      "def f(a):\n    match a:\n        case 1: pass\n        case 2: pass\n        case _: pass\n",
      3,
      1,
    ],
    ["recursion", "def f(a):\n    return f(a) + f(a)\n", 1, 1],
    [
      "functions inside on their own",
      "def f(a):\n    def g(b):\n        if b: pass\n    return g\n",
      1,
      0,
    ],
  ])("counts %s", async (...[, content, cyclomatic, cognitive]) => {
    const { value } = await measure({ content });
    const own = rows(value, "functions").find(({ name }) => name === "f");
    expect(own).toMatchObject({ cyclomatic, cognitive });
  });

  it("tells what is beyond the bounds, and obeys them", async () => {
    const content = `class A:\n    def f(self, ${"abcdefgh".split("").join(", ")}):\n        return a\n`;
    expect((await measure({ content })).rules).toEqual(["many-parameters"]);
    expect((await measure({ content, maxParameters: 8 })).rules).toEqual([]);
    expect((await measure({ content, ignore: ["many-parameters"] })).rules).toEqual([]);
  });

  it.each([
    ["broken code", "def f(:\n  if x\n   return (("],
    ["deep code", `x = ${"(".repeat(50_000)}`],
    ["a long chain", `x = 1${" + 1".repeat(50_000)}`],
    [
      "deep blocks",
      Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}if x:`).join("\n"),
    ],
    ["nothing", ""],
  ])("survives %s", async (_, content) => {
    const { isError, text } = await measure({ content });
    expect(isError, text).toBe(false);
  });
});
