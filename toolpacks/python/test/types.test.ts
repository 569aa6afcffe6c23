import { describe, expect, it } from "vitest";
import { GYP, PACKAGING, RAILROAD, findingsOf, placesOf, pythonClient } from "./sources.ts";

const call = pythonClient();
const check = (args: Record<string, unknown>) => call("python_type_check", args);
const ENGINE_MS = 120_000;

describe("python_type_check", { timeout: ENGINE_MS }, () => {
  it("finds in packaging what pyright finds", async () => {
    const { value } = await check({ files: PACKAGING });
    expect(value).toMatchObject({ files: 14, counts: { error: 11, warning: 1, info: 0 } });
    expect(value["byRule"]).toEqual([
      { rule: "reportAttributeAccessIssue", count: 4 },
      { rule: "reportAssignmentType", count: 3 },
      { rule: "reportPossiblyUnboundVariable", count: 3 },
      { rule: "reportArgumentType", count: 1 },
      { rule: "reportUnusedExpression", count: 1 },
    ]);
    expect(findingsOf(value)[0]?.location).toMatchObject({
      file: "packaging/_manylinux.py",
      line: 181,
      column: 29,
    });
  });

  it("finds in railroad-diagrams what pyright finds, and nothing in gyp's common.py", async () => {
    const railroad = await check({ content: RAILROAD });
    expect(railroad.value["counts"]).toEqual({ error: 46, warning: 0, info: 0 });
    const common = await check({ content: GYP["gyp/pylib/gyp/common.py"] });
    expect(common.value["findings"]).toEqual([]);
  });

  it("follows imports between the files of one call, and forgets them with the next", async () => {
    const uses = "from lib import price\n\nprice.upper()\n";
    const one = await check({ files: { "lib.py": "price: int = 1\n", "app.py": uses } });
    expect(placesOf(one.value)).toEqual(["reportAttributeAccessIssue app.py:3"]);
    const next = await check({ files: { "other.py": "", "app.py": uses } });
    expect(placesOf(next.value)).toEqual(["reportMissingImports app.py:1"]);
    expect(next.value["unresolved"]).toEqual(["lib"]);
  });

  it("obeys mode, version and rules", async () => {
    const content = "import tomllib\n\ndef f(x):\n    return x\n";
    expect((await check({ content })).rules).toEqual([]);
    expect((await check({ content, mode: "strict" })).rules).toContain(
      "reportMissingParameterType",
    );
    expect((await check({ content, pythonVersion: "3.10" })).rules).toEqual([
      "reportMissingImports",
    ]);
    const { value } = await check({ content, rules: { reportMissingParameterType: "warning" } });
    expect(findingsOf(value)).toMatchObject([
      { severity: "warning", rule: "reportMissingParameterType" },
    ]);
  });

  it("reads nothing outside of the call, however the text asks", async () => {
    const up = Array.from(
      { length: 12 },
      (_, dots) => `from ${".".repeat(dots + 2)}etc import passwd as p${dots}`,
    );
    const { value } = await check({
      files: { "a/b.py": up.join("\n"), "c.py": "# pyright: strict\nimport pyrightconfig\n" },
    });
    const unresolved = JSON.parse(JSON.stringify(value["unresolved"]));
    expect(unresolved.filter((name: string) => name.endsWith("etc")).length).toBeGreaterThan(8);
  });

  it.each(["../a.py", "/etc/a.py", "a/../../b.py", "a\\b.py", "C:/a.py", "a//b.py"])(
    "refuses the name %s",
    async (name) => {
      expect(await check({ files: { [name]: "" } })).toMatchObject({ isError: true });
    },
  );

  it("survives code that is none, and goes on after a call was cancelled", async () => {
    expect((await check({ content: "def f(:\n" })).rules).not.toEqual([]);
    expect((await check({ content: `x = ${"(".repeat(2_000)}` })).isError).toBe(false);
    const controller = new AbortController();
    const stopped = call(
      "python_type_check",
      { content: RAILROAD, mode: "strict" },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(stopped).rejects.toThrow();
    expect((await check({ content: "x: int = ''\n" })).rules).toEqual(["reportAssignmentType"]);
  });
});
