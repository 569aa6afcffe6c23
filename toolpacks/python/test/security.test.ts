import { describe, expect, it } from "vitest";
import { GYP, PACKAGING, RAILROAD, findingsOf, placesOf, pythonClient } from "./sources.ts";

const call = pythonClient();
const scan = (args: Record<string, unknown>) => call("python_security_scan", args);

describe("python_security_scan", () => {
  it("counts in gyp what ruff counts, with bandit's weaknesses", async () => {
    const { value } = await scan({ files: GYP, tests: "same" });
    expect(value["counts"]).toEqual({ error: 12, warning: 1, info: 208 });
    const weaknesses = JSON.parse(JSON.stringify(value["weaknesses"]));
    expect(weaknesses).toMatchObject([
      { cwe: "CWE-617", count: 139, rules: ["S101"] },
      { cwe: "CWE-78", count: 64, rules: ["S404", "S602", "S603"] },
      { cwe: "CWE-426", count: 10, rules: ["S607"] },
      { cwe: "CWE-95", count: 3, rules: ["S307"] },
      { cwe: "CWE-611", count: 2, rules: ["S405", "S408"] },
      { cwe: "CWE-703", count: 2, rules: ["S110"] },
      { cwe: "CWE-732", count: 1, rules: ["S103"] },
    ]);
  });

  it("finds in packaging nothing grave, and in railroad-diagrams exec, as bandit", async () => {
    const one = await scan({ files: PACKAGING, severity: "high" });
    const other = await scan({ content: RAILROAD, severity: "medium" });
    expect([one.rules, other.rules]).toEqual([[], ["S102"]]);
  });

  it.each([
    ["S602", "CWE-78", "import subprocess\ndef f(x):\n    subprocess.run('ls ' + x, shell=True)\n"],
    ["S608", "CWE-89", "def f(db, x):\n    db.execute('SELECT * FROM t WHERE id = ' + x)\n"],
    ["S301", "CWE-502", "import pickle\ndef f(x):\n    return pickle.loads(x)\n"],
    ["S506", "CWE-502", "import yaml\ndef f(x):\n    return yaml.load(x)\n"],
    ["S307", "CWE-95", "def f(x):\n    return eval(x)\n"],
    ["S324", "CWE-328", "import hashlib\ndef f(x):\n    return hashlib.md5(x)\n"],
    ["S501", "CWE-295", "import requests\nrequests.get('https://a', verify=False, timeout=1)\n"],
    ["S105", "CWE-259", "password = 'hunter2-hunter2'\n"],
    ["S202", "CWE-22", "import tarfile\ntarfile.open('a').extractall('b')\n"],
    ["S701", "CWE-79", "import jinja2\njinja2.Environment(autoescape=False)\n"],
    ["S314", "CWE-611", "import xml.etree.ElementTree as E\nE.parse('a')\n"],
    ["S201", "CWE-489", "from flask import Flask\napp = Flask('x')\napp.run(debug=True)\n"],
  ])("knows %s as %s", async (rule, reference, content) => {
    const { value } = await scan({ content });
    const found = findingsOf(value).find((one) => one.rule === rule);
    expect(found).toMatchObject({ reference });
    expect(found?.fix?.length).toBeGreaterThan(10);
  });

  it("is quiet about what tests do, unless asked", async () => {
    const files = { "tests/test_a.py": "def test():\n    assert eval('1')\n" };
    expect((await scan({ files })).rules).toEqual(["S307"]);
    expect((await scan({ files, tests: "same" })).rules).toEqual(["S307", "S101"]);
    expect((await scan({ files, tests: "skip" })).value).toMatchObject({ files: 0 });
  });

  it("counts what was told to be silent, and drops what is ignored", async () => {
    const content = "eval(x)  # noqa: S307\nexec(y)  # nosec\n";
    const { value } = await scan({ content });
    expect(value["suppressed"]).toBe(2);
    expect(placesOf(value)).toEqual(["S102 main.py:2"]);
    expect((await scan({ content, ignore: ["S102"] })).rules).toEqual([]);
  });
});
