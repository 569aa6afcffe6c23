import { describe, expect, it } from "vitest";
import {
  GYP,
  GYP_PROJECT,
  PACKAGING,
  RAILROAD,
  findingsOf,
  placesOf,
  pythonClient,
} from "./sources.ts";

const call = pythonClient();
const review = (args: Record<string, unknown>) => call("python_dependency_review", args);
const requirements = (text: string, more: Record<string, string> = {}) =>
  review({ files: { "requirements.txt": text, ...more } });

describe("python_dependency_review", () => {
  it("reads gyp's pyproject.toml against its code", async () => {
    const files = Object.fromEntries(
      Object.entries(GYP).map(([name, text]) => [name.slice(4), text]),
    );
    const { value } = await review({ files: { ...files, "pyproject.toml": GYP_PROJECT } });
    expect(value).toMatchObject({ requiresPython: ">=3.9", manifests: ["pyproject.toml"] });
    expect(value["dependencies"]).toMatchObject([
      { name: "packaging", group: "main", specifier: ">=24.0", line: 16 },
      { name: "setuptools", group: "main", specifier: ">=77.0.3" },
      { name: "pytest", group: "dev" },
      { name: "ruff", group: "dev" },
      { name: "setuptools", group: "build", specifier: ">=61.0" },
    ]);
    // packaging lies among the sources, so no file imports an installed one.
    expect(placesOf(value)).toEqual([
      "missing-dependency pylib/gyp/mac_tool.py:143",
      "unused-dependency pyproject.toml:16",
      "missing-dependency test_gyp.py:150",
    ]);
  }, 60_000);

  it("finds that packaging and railroad-diagrams import nothing of others", async () => {
    for (const files of [PACKAGING, { "railroad.py": RAILROAD }]) {
      const { value } = await review({ files: { ...files, "requirements.txt": "" } });
      const names = JSON.parse(JSON.stringify(value["imports"])).map(
        ({ module }: { module: string }) => module,
      );
      expect(names.filter((name: string) => !name.startsWith("_"))).toEqual([]);
    }
  });

  it.each([
    ["a>=2\na<1", true],
    ["a>=2,<2", true],
    ["a==1.4.*\na!=1.4.*", true],
    ["a~=1.4.2\na>=1.5", true],
    ["a~=1.4\na>=1.5", false],
    ["a>1.0,<1.0.1", false],
    ["a==1.0\na>=1.0.post1", true],
    ["a<2 ; python_version<'3.9'\na>=2 ; python_version>='3.9'", false],
    ["a<2 ; sys_platform=='win32'\na>=2 ; sys_platform!='linux'", true],
  ])("knows whether %j can be satisfied", async (text, conflict) => {
    const { rules } = await requirements(text);
    expect(rules.includes("version-conflict")).toBe(conflict);
  });

  it("reads options, hashes, continued lines, URLs and comments", async () => {
    const { value } = await requirements(
      [
        "# comment",
        "a==1.0 \\",
        "    --hash=sha256:00 \\",
        "    --hash=sha256:11",
        "B_c.d[extra]>=1  # trailing",
        "-e git+https://example.com/x/y.git#egg=z",
        "git+http://example.com/v/w.git@0123456789abcdef",
        "--extra-index-url https://example.com/simple",
        "--index-url http://example.com/simple",
        "not a requirement",
      ].join("\n"),
    );
    expect(placesOf(value)).toEqual([
      "missing-hash requirements.txt:5",
      "missing-hash requirements.txt:6",
      "insecure-url requirements.txt:7",
      "missing-hash requirements.txt:7",
      "insecure-index requirements.txt:9",
      "invalid-requirement requirements.txt:10",
      "unpinned-url requirements.txt:6",
      "extra-index requirements.txt:8",
      "unpinned requirements.txt:5",
    ]);
    expect(value["dependencies"]).toMatchObject([
      { name: "a", line: 2 },
      { name: "b-c-d" },
      { name: "z" },
      { name: "w" },
    ]);
  });

  it("compares code with what is declared", async () => {
    const { value } = await requirements("pyyaml==6\nrequests==2\npytest==8\n", {
      "app.py":
        "import yaml, attr\nimport cv2\ntry:\n    import orjson\nexcept ImportError:\n    pass\nimport os.path\n",
      "test_app.py": "import hypothesis\n",
      "dev-requirements.txt": "attrs==24\n",
    });
    expect(
      findingsOf(value).map(
        ({ rule, severity, message }) => `${severity} ${rule} ${message.split(" ")[0]}`,
      ),
    ).toEqual([
      "error missing-dependency cv2",
      "warning development-dependency-in-code attr",
      "warning unused-dependency requests",
      "warning missing-dependency hypothesis",
    ]);
    const mapped = await review({
      files: { "requirements.txt": "opencv-x==1\n", "a.py": "import cv2\n" },
      mapping: { cv2: "opencv_x" },
    });
    expect(mapped.rules).toEqual([]);
  });

  const PROJECT = `[project]
name = "app"
requires-python = ">=3.10"
dependencies = ["httpx>=0.27", "tomli>=2 ; python_version < '3.11'", "six ; python_version < '3'", "idna==3.7 ; python_version >= '3.8'"]
[dependency-groups]
dev = ["pytest>=8"]
[build-system]
requires = ["hatchling"]
`;
  it("finds drift between a manifest and uv.lock", async () => {
    const { value } = await review({
      files: {
        "pyproject.toml": PROJECT,
        "uv.lock": `version = 1
[[package]]
name = "app"
source = { virtual = "." }
dependencies = [{ name = "httpx" }, { name = "tomli", marker = "python_version < '3.11'" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "httpx"
version = "0.23.0"
dependencies = [{ name = "idna" }]
[[package]]
name = "idna"
version = "3.7"
[[package]]
name = "pytest"
version = "8.1.0"
[[package]]
name = "tomli"
version = "2.0.1"
[[package]]
name = "leftover"
version = "1.0"
`,
      },
    });
    expect(placesOf(value)).toEqual([
      "lock-mismatch pyproject.toml:4",
      "not-locked pyproject.toml:4",
      "dead-marker pyproject.toml:4",
      "no-lower-bound pyproject.toml:4",
      "needless-marker pyproject.toml:4",
      "exact-pin-in-package pyproject.toml:4",
      "orphan-in-lock uv.lock:22",
    ]);
  });

  it("reads Poetry's words and lock, and Pipfile", async () => {
    const { value } = await review({
      files: {
        "pyproject.toml":
          '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.9"\na = "^1.2.3"\nb = { version = "~2.1", optional = true }\nc = { git = "https://example.com/c.git", rev = "0123456789ab" }\n[tool.poetry.group.dev.dependencies]\nd = "*"\n',
        "poetry.lock":
          '[[package]]\nname = "a"\nversion = "1.9.0"\n[package.dependencies]\nb = ">=1"\n[[package]]\nname = "b"\nversion = "2.2.0"\n[[package]]\nname = "c"\nversion = "1"\n[[package]]\nname = "d"\nversion = "1"\n',
        Pipfile: '[packages]\nz = "==1.0"\n',
        "Pipfile.lock": '{"default":{"z":{"version":"==1.0"}}}',
      },
    });
    expect(value["dependencies"]).toMatchObject([
      { name: "a", specifier: ">=1.2.3,<2", locked: "1.9.0" },
      { name: "b", specifier: ">=2.1,<2.2", locked: "2.2.0" },
      { name: "c", specifier: "https://example.com/c.git@0123456789ab" },
      { name: "d", group: "dev", specifier: "" },
      { name: "z", specifier: "==1.0", locked: "1.0" },
    ]);
    expect(value["requiresPython"]).toBe(">=3.9,<4");
    expect(findingsOf(value)[0]?.message).toBe("b is locked at 2.2.0, which is not >=2.1,<2.2.");
  });

  it.each([
    ["broken TOML", { "pyproject.toml": "a = [" }, ["unreadable"]],
    ["broken JSON", { "Pipfile.lock": "{" }, ["unreadable"]],
    [
      "a bomb of brackets",
      { "requirements.txt": `a ; ${"(".repeat(1_900)}` },
      ["invalid-requirement"],
    ],
    ["an endless line", { "requirements.txt": "a".repeat(100_000) }, ["invalid-requirement"]],
  ])("survives %s", async (_, files, rules) => {
    const { rules: found, isError } = await review({ files });
    expect([isError, found]).toEqual([false, rules]);
  });

  it("wants a manifest", async () => {
    const { isError, text } = await review({ files: { "a.py": "import os\n" } });
    expect([isError, text.includes("There is no manifest")]).toEqual([true, true]);
  });
});
