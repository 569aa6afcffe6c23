import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import { GYP, PACKAGING, RAILROAD, findingsOf, placesOf, pythonClient } from "./sources.ts";

const call = pythonClient();
/** Those parts of gyp that use what is gone. */
const OLD = Object.fromEntries(
  Object.entries(GYP).filter(([name]) => /(?:input|mac_tool|easy_xml|test_gyp)\.py$/.test(name)),
);
const plan = (args: Record<string, unknown>) => call("python_upgrade_plan", args);

describe("python_upgrade_plan", () => {
  it.each([
    ["match", "match x:\n    case 1: pass\n", "3.10"],
    ["walrus", "if (n := f()): pass\n", "3.8"],
    ["except*", "try: pass\nexcept* E: pass\n", "3.11"],
    ["type parameters", "def f[T](x: T): pass\n", "3.12"],
    ["a union in an annotation", "def f(x: int | None): pass\n", "3.10"],
    [
      "the same with __future__",
      "from __future__ import annotations\ndef f(x: int | None): pass\n",
      "3.7",
    ],
    ["a module", "import tomllib\n", "3.11"],
    [
      "a module that may be missing",
      "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None\n",
      "3.7",
    ],
    ["a name", "from functools import cache\n", "3.9"],
    ["an attribute", "import asyncio\nasyncio.TaskGroup()\n", "3.11"],
    ["an attribute by another name", "import datetime as dt\nprint(dt.UTC)\n", "3.11"],
    ["a built-in", "raise ExceptionGroup('a', [])\n", "3.11"],
    ["a method", "'ab'.removeprefix('a')\n", "3.9"],
    [
      "what is only asked for where it exists",
      "import sys, os\nif sys.version_info >= (3, 12):\n    import tomllib\n",
      "3.7",
    ],
    ["nothing", "", "3.7"],
  ])("knows what needs which Python: %s", async (_, content, minimum) => {
    const { value, isError, text } = await plan({ content, target: "3.14" });
    expect(isError, text).toBe(false);
    expect(value["minimum"]).toBe(minimum);
  });

  it("agrees with vermin about real code", async () => {
    const railroad = await plan({ content: RAILROAD, target: "3.12" });
    expect(railroad.value).toMatchObject({ minimum: "3.7", blockers: 0 });
    // vermin asks for 3.9 where annotations are evaluated; __future__ holds them back, and 3.8 is for the walrus.
    const gyp = await plan({ files: OLD, target: "3.14" });
    expect(gyp.value).toMatchObject({ minimum: "3.8" });
    const packaging = await plan({ files: PACKAGING, target: "3.7" });
    expect(packaging.isError).toBe(false);
  });

  it("finds what is gone in real code, and what to use instead", async () => {
    const { value } = await plan({ files: OLD, target: "3.14" });
    const gone = findingsOf(value).filter(({ rule }) => rule.startsWith("removed"));
    expect(
      gone.filter(({ severity }) => severity === "error").map(({ message }) => message),
    ).toEqual([
      "ast.Str is gone since Python 3.14.",
      "plistlib.readPlist is gone since Python 3.9.",
      "plistlib.writePlist is gone since Python 3.9.",
      "platform.linux_distribution is gone since Python 3.8.",
    ]);
    expect(gone[0]?.fix).toBe("Use ast.Constant.");
  });

  it("moves old code on, as a patch that applies", async () => {
    const content =
      "import distutils.version\nfrom typing import List, Optional\n\n\nclass A(object):\n    def f(self, x: Optional[List[int]]) -> str:\n        return '%s' % x\n";
    const { value, text } = await plan({ content, target: "3.12" });
    expect(placesOf(value)[0]).toBe("removed-module main.py:1");
    expect(text).toContain("1 things that it uses are gone in 3.12.");
    const [{ patch }] = JSON.parse(JSON.stringify(value["patches"]));
    const after = applyPatch(content, patch);
    expect(after).toContain("class A:\n    def f(self, x: list[int] | None) -> str:");
    expect(after).toContain("return f'{x}'");
  });

  it("says when the target is too old for the code", async () => {
    const { value } = await plan({
      content: "import tomllib\nmatch x:\n    case _: pass\n",
      target: "3.9",
    });
    expect(placesOf(value)).toEqual([
      "needs-newer-python main.py:1",
      "needs-newer-python main.py:2",
    ]);
  });

  it("refuses a target that is no Python 3", async () => {
    expect(await plan({ content: "", target: "2.7" })).toMatchObject({ isError: true });
  });
});
