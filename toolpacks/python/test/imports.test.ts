import { describe, expect, it } from "vitest";
import { GYP, PACKAGING, RAILROAD, placesOf, pythonClient } from "./sources.ts";

const call = pythonClient();
const graph = (args: Record<string, unknown>) => call("python_import_graph", args);
const WHOLE_MS = 120_000;

describe("python_import_graph", () => {
  it(
    "reads gyp and packaging: no circle at load time, and who is imported most",
    async () => {
      const { value, pictures } = await graph({ files: GYP });
      expect(value).toMatchObject({ files: 59, imports: 91 });
      // grep -rlE "import gyp.common|from gyp.common|from gyp import common" finds the same files.
      const [first] = JSON.parse(JSON.stringify(value["modules"]));
      expect(first).toMatchObject({ module: "gyp.common", importedBy: 18 });
      expect(placesOf(value)).toContain("lazy-import-cycle gyp/pylib/gyp/generator/ninja.py:2018");
      expect(pictures[0]).toMatch(/^<svg .*<\/svg>$/s);
    },
    WHOLE_MS,
  );

  it("reads packaging's layers", async () => {
    const { value } = await graph({
      files: PACKAGING,
      layers: [
        { name: "faces", paths: ["packaging/{metadata,requirements,specifiers}.py"] },
        { name: "parsers", paths: ["packaging/_{parser,tokenizer}.py"] },
      ],
      picture: false,
    });
    // specifiers.Specifier is used by the tokenizer: from packaging's source, line 6 of _tokenizer.py.
    expect(placesOf(value)).toEqual([
      "layer-break packaging/_tokenizer.py:6",
      "unused-module packaging/metadata.py:1",
    ]);
    expect(value["cycles"]).toEqual([]);
    expect(value["standard"]).toContain("typing");
  });

  it("finds that railroad-diagrams needs nothing", async () => {
    const { value } = await graph({ files: { "railroad.py": RAILROAD } });
    expect(value).toMatchObject({ files: 1, imports: 0, externals: [] });
  });

  it("resolves packages, relative names, src, namespaces, scripts and literals", async () => {
    const { value, rules } = await graph({
      files: {
        "src/app/__init__.py": "from .core import run  # and so on\n",
        "src/app/__main__.py": "from app.core import run\nimport app.plugins.one\n",
        "src/app/core.py":
          "from . import plugins\nfrom .plugins import one, two as zwei\nimport importlib\nimportlib.import_module('app.late')\n",
        "src/app/late.py": "from __future__ import annotations\nimport numpy.linalg as la, yaml\n",
        "src/app/plugins/one.py": "from ..late import la\n",
        "src/app/plugins/two.py": "def f():\n    from ... import nothing\n",
        "tools/build.py": "import helper\nif __name__ == '__main__':\n    pass\n",
        "tools/helper.py": "try:\n    import app.gone\nexcept ImportError:\n    pass\n",
      },
    });
    expect(rules).toEqual([]);
    expect(value).toMatchObject({
      imports: 8,
      externals: [
        { name: "numpy", modules: 1 },
        { name: "yaml", modules: 1 },
      ],
    });
  });

  it("tells circles with the tie to cut, breaks of rules, tests in code and missing modules", async () => {
    const { value, text } = await graph({
      files: {
        "p/__init__.py": "",
        "p/a.py": "from p import b\nfrom p.b import x, y\n",
        "p/b.py": "import os\n\nfrom p.c import z\n",
        "p/c.py": "from p import a\nfrom . import missing_name\nfrom .gone import w\n",
        "p/d.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p import e\n",
        "p/e.py": "from p import d\nimport tests.helper\n",
        "tests/__init__.py": "",
        "tests/helper.py": "",
      },
      rules: [{ name: "no-c", from: ["p/b.py"], to: ["p/c.py"], because: "b is below" }],
    });
    expect(placesOf(value)).toEqual([
      "rule-break p/b.py:3",
      "unresolved-import p/c.py:3",
      "import-cycle p/c.py:1",
      "imports-test p/e.py:2",
      "lazy-import-cycle p/e.py:1",
    ]);
    expect(value["cycles"]).toMatchObject([
      { modules: 3, soft: false },
      { modules: 2, soft: true },
    ]);
    expect(text).toContain("because b is below");
  });

  it("draws 300 modules as packages, and survives names of JavaScript", async () => {
    const files: Record<string, string> = JSON.parse(
      '{"__proto__.py":"import constructor\\n","constructor.py":""}',
    );
    for (let at = 0; at < 300; at += 1)
      files[`p${at % 7}/m${at}.py`] = `import p${(at + 1) % 7}.m${at + 1}\n`;
    const { value, pictures, isError } = await graph({ files });
    expect(isError).toBe(false);
    expect(value["files"]).toBe(302);
    expect(pictures[0]).toContain("packages of 302 modules");
  });

  it("wants Python", async () => {
    expect(await graph({ files: { "a.js": "" } })).toMatchObject({ isError: true });
  });
});
