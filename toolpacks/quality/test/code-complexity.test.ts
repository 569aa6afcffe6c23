import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();

interface Measured {
  file: string;
  name: string;
  line: number;
  cyclomatic: number;
  cognitive: number;
  nesting: number;
  parameters: number;
}

async function measure(files: Record<string, string>): Promise<Map<string, Measured>> {
  const { value } = await call("code_complexity", { files });
  return new Map((value["functions"] as Measured[]).map((one) => [one.name, one]));
}
const cyclomatic = (of: Map<string, Measured>, names: string[]): (number | undefined)[] =>
  names.map((name) => of.get(name)?.cyclomatic);

describe("code_complexity on real code", () => {
  it("agrees with ESLint on JavaScript", async () => {
    const { value } = await call("code_complexity", {
      files: { "command.js": real("commander", "lib/command.js") },
    });
    // ESLint 10, complexity: 180 functions; parseOptions 42.
    expect(value).toMatchObject({ functionCount: 180, files: [{ partial: false, lines: 2777 }] });
    expect((value["functions"] as Measured[])[0]).toMatchObject({
      name: "Command.parseOptions",
      cyclomatic: 42,
      line: 1748,
    });
  });

  it("agrees with lizard on Python, Go and Java", async () => {
    const python = await measure({ "flatted.py": real("flatted", "python/flatted.py") });
    expect(cyclomatic(python, ["_wrap", "parse", "_transform", "_relate", "stringify"])).toEqual([
      6, 5, 5, 5, 2,
    ]);
    const go = await measure({ "flatted.go": real("flatted", "golang/pkg/flatted/flatted.go") });
    expect(cyclomatic(go, ["Stringify", "loop", "ref", "ToJSON"])).toEqual([6, 7, 5, 2]);
    const java = await measure({
      "F.java": real("cordova-plugin-file", "src/android/FileUtils.java"),
    });
    expect(cyclomatic(java, ["FileUtils.execute"])).toEqual([26]);
  });

  it("agrees with gocognit on Go, circles of calls included", async () => {
    const go = await measure({ "flatted.go": real("flatted", "golang/pkg/flatted/flatted.go") });
    // gocognit 1.2: Stringify 75, loop 13, ref 6.
    expect(["Stringify", "loop", "ref"].map((name) => go.get(name)?.cognitive)).toEqual([
      75, 13, 6,
    ]);
  });

  it("gives no findings for functions that the grammar could not read", async () => {
    const found = await call("code_complexity", {
      files: { "napi-inl.h": real("node-addon-api", "napi-inl.h") },
    });
    expect(found.text).toContain("With syntax errors: napi-inl.h");
    expect(
      findingsOf(found, "lines").every(({ evidence = "" }) => !/ \d{4,} lines/.test(evidence)),
    ).toBe(true);
  });
});

describe("cognitive complexity, by the examples of SonarSource's white paper", () => {
  it("counts nesting, labels and else, but no early return", async () => {
    const java = await measure({
      "A.java": `class A {
        int sumOfPrimes(int max) { int total = 0; OUT: for (int i = 1; i <= max; ++i) { for (int j = 2; j < i; ++j) { if (i % j == 0) { continue OUT; } } total += i; } return total; }
        String getWords(int number) { switch (number) { case 1: return "one"; case 2: return "a couple"; case 3: return "a few"; default: return "lots"; } }
        void myMethod() { try { if (condition1) { for (int i = 0; i < 10; i++) { while (condition2) { } } } } catch (ExcepType1 | ExcepType2 e) { if (condition2) { } } }
        void myMethod2() { Runnable r = () -> { if (condition1) { } }; }
      }`,
    });
    const names = ["A.sumOfPrimes", "A.getWords", "A.myMethod", "A.myMethod2"];
    expect(names.map((name) => java.get(name)?.cognitive)).toEqual([7, 1, 9, 2]);
    expect(names.map((name) => java.get(name)?.cyclomatic)).toEqual([4, 4, 6, 1]);
  });

  it("counts sequences of like operators once", async () => {
    const js = await measure({
      "a.js":
        "function a(){ if (a && b && c || d || e && f) {} }\nfunction b(){ if (a && !(b && c)) {} }\nfunction c(){ return a ?? b }\n",
    });
    expect(["a", "b", "c"].map((name) => js.get(name)?.cognitive)).toEqual([4, 3, 0]);
  });

  it("forgives a Python decorator, and no other function with one inside", async () => {
    const decorator =
      "def deco(a, b):\n    def inner(func):\n        if condition:\n            print(b)\n        func()\n    return inner\n";
    const other =
      "def other(a, b):\n    div = a / b\n    def inner(func):\n        if condition:\n            print(b)\n        func()\n    return inner\n";
    const python = await measure({ "a.py": decorator + other });
    expect(["deco", "other"].map((name) => python.get(name)?.cognitive)).toEqual([1, 2]);
  });

  it("counts else-if flat in every language", async () => {
    const files = {
      "a.ts": "function f(a: number) { if (a) {} else if (b) { if (c) {} } else {} }",
      "a.go": "package a\nfunc g(a int) { if a { } else if b { if c { } } else { } }",
      "a.rs": "fn h(a: i32) { if a { } else if b { if c { } } else { } }",
      "a.cpp": "int i(int a) { if (a) {} else if (b) { if (c) {} } else {} return 1; }",
      "a.py": "def j(a):\n  if a: pass\n  elif b:\n    if c: pass\n  else: pass\n",
      "A.java": "class A { void k(int a) { if (a) {} else if (b) { if (c) {} } else {} } }",
    };
    const all = await measure(files);
    const names = ["f", "g", "h", "i", "j", "A.k"];
    expect(names.map((name) => all.get(name)?.cognitive)).toEqual([5, 5, 5, 5, 5, 5]);
    expect(names.map((name) => all.get(name)?.cyclomatic)).toEqual([4, 4, 4, 4, 4, 4]);
    expect(names.map((name) => all.get(name)?.parameters)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe("code_complexity", () => {
  it("ranks hot spots by the history", async () => {
    const files = {
      "src/a.js": "function a(){ if (x) {} }",
      "src/b.js": "function b(){ if (x) { if (y) {} } }",
    };
    const history =
      "abc\n\n10\t2\tsrc/a.js\n1\t1\tsrc/{old.js => b.js}\n\ndef\n\n3\t0\tsrc/b.js\n-\t-\tlogo.png\n";
    const { value } = await call("code_complexity", { files, history });
    expect(value["hotSpots"]).toEqual([
      { file: "src/b.js", commits: 2, churn: 5, cognitive: 3, score: 6 },
      { file: "src/a.js", commits: 1, churn: 12, cognitive: 1, score: 1 },
    ]);
  });

  it("reports by the limits it is given", async () => {
    const content =
      "def f(a, b, c):\n    for x in a:\n        if x and b or c:\n            pass\n";
    const found = await call("code_complexity", {
      filename: "a.py",
      content,
      limits: { cognitive: 4, parameters: 2 },
    });
    expect(found.rules.toSorted()).toEqual(["cognitive", "parameters"]);
  });

  it("takes empty, broken, huge and very deep files", async () => {
    const files = {
      "empty.py": "",
      "broken.go": "func ( {{{",
      "deep.js": `function f(){${"if(a){".repeat(5_000)}${"}".repeat(5_000)}}`,
      "sum.js": `function g(){ return ${"1+".repeat(50_000)}1 }`,
    };
    const { value, isError } = await call("code_complexity", { files });
    expect(isError).toBe(false);
    expect((value["functions"] as Measured[]).find(({ name }) => name === "g")?.cyclomatic).toBe(1);
  });
});
