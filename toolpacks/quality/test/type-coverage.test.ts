import { applyPatch } from "diff";
import { packageFiles } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { findingsOf, linesOf, patchText, qualityClient, real } from "./client.ts";

const { call } = qualityClient();
const TOOL = "type_coverage";
const file = (content: string, more = {}): Record<string, unknown> => ({
  filename: "a.ts",
  content,
  ...more,
});

/**
 * Counted by type-coverage-core 2.30.3 with TypeScript 6.0.3 and the same options. It takes names of modules that are
 * not there for typed: in commander's JavaScript those make the difference.
 */
describe("type_coverage on real code", () => {
  it("counts commander's declarations as type-coverage does", async () => {
    const content = real("commander", "typings/index.d.ts");
    const { value } = await call(TOOL, { filename: "index.d.ts", content });
    expect(value).toMatchObject({ identifiers: 595, typed: 593, unresolved: [] });
  }, 60_000);

  it("finds every any of ajv's sources that type-coverage finds, and what is not there", async () => {
    const files = packageFiles("ajv", "lib/**/*.{ts,json}", import.meta.url);
    const { value } = await call(TOOL, { files });
    const { identifiers, typed } = value as { identifiers: number; typed: number };
    // 312 of type-coverage; the rest are unresolved imports and CommonJS names.
    expect(identifiers - typed).toBeGreaterThanOrEqual(312);
    expect(identifiers - typed).toBeLessThan(420);
    expect(value["unresolved"]).toContain("re2");
    expect((value["sources"] as unknown[])[0]).toMatchObject({
      file: "lib/types/index.ts",
      line: 20,
      cause: "explicit-any",
    });
  }, 60_000);

  it("finds the untyped parameters of JavaScript", async () => {
    const content = real("flatted", "esm/index.js");
    const called = await call(TOOL, { filename: "index.js", content });
    expect(called.rules).toContain("any/untyped-parameter");
    expect(called.value["exports"]).toMatchObject({ total: 4 });
  }, 60_000);
});

describe("type_coverage", () => {
  it("follows any to where it begins", async () => {
    const { value } = await call(
      TOOL,
      file("const a = JSON.parse('1');\nconst { b } = a;\nconst c = b.c.d;\nexport { c };\n"),
    );
    const sources = value["sources"] as Record<string, unknown>[];
    expect(sources[0]).toMatchObject({ line: 1, cause: "returns-any", name: "JSON.parse" });
    expect(sources[0]?.["spread"]).toBeGreaterThanOrEqual(6);
  });

  it.each([
    ["cast-to-any", "export const a = (1 as any) as string;\n", 1],
    ["double-cast", "export const a = (1 as unknown) as string;\n", 1],
    ["cast-from-any", "export const a = JSON.parse('1') as string;\n", 1],
    ["cast-down", "declare const x: string | number;\nexport const a = x as string;\n", 2],
    ["non-null", "declare const x: string | undefined;\nexport const a: string = x!;\n", 2],
    ["suppressed-check", "// @ts-ignore\nexport const a: string = 1;\n", 1],
  ])("finds %s", async (rule, content, line) => {
    expect(linesOf(await call(TOOL, file(content)), rule)).toEqual([line]);
  });

  it("leaves alone what is safe", async () => {
    const content =
      "export const a = 'x' as const;\nexport const b = 'x' as string;\n// @ts-expect-error: wanted\nexport const c: string = 1;\nexport const d = `\n// @ts-ignore\n`;\n";
    expect((await call(TOOL, file(content))).rules).toEqual([]);
  });

  it("offers only changes that bring no error", async () => {
    const content =
      "export const yes = ('a' as any).length;\nexport const no: string = 1 as any;\nexport function show(value: any): string {\n  return String(value);\n}\nexport function sum(value: any): number {\n  return value + 1;\n}\n";
    const called = await call(TOOL, file(content));
    const patches = findingsOf(called)
      .filter(({ patch }) => patch !== undefined)
      .map((one) => applyPatch(content, patchText(one)));
    expect(patches).toContain(content.replace("'a' as any", "'a'"));
    expect(patches).toContain(content.replace("show(value: any)", "show(value: unknown)"));
    expect(patches).not.toContain(content.replace("sum(value: any)", "sum(value: unknown)"));
    expect(patches).not.toContain(content.replace("1 as any", "1"));
  });

  it("takes packages' declarations, and answers below a limit with an error", async () => {
    const files = {
      "a.ts": 'import { x } from "pkg";\nexport const y = x;\n',
      "node_modules/pkg/package.json": '{"name":"pkg","types":"./t.d.ts"}',
      "node_modules/pkg/t.d.ts": "export declare const x: number;\n",
    };
    expect((await call(TOOL, { files })).value).toMatchObject({ percent: 100, unresolved: [] });
    const alone = await call(TOOL, { files: { "a.ts": files["a.ts"] }, atLeast: 90 });
    expect(alone.value["unresolved"]).toEqual(["pkg"]);
    expect(alone.rules[0]).toBe("coverage-too-low");
  });

  it("names untyped exports", async () => {
    const content =
      "export async function f(a: any[], b: string) {\n  return JSON.parse(b + a);\n}\nexport class C {\n  private x: any;\n  y(z: any): void {}\n}\n";
    const found = findingsOf(await call(TOOL, file(content)), "untyped-export");
    expect(found.map(({ object, evidence }) => [object, evidence])).toEqual([
      ["f", "parameter a, result"],
      ["C.y", "parameter z"],
    ]);
  });

  it("says which files it could not read", async () => {
    const files = {
      "broken.ts": "let = =",
      "deep.ts": `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      "empty.ts": "",
      "__proto__.ts": "export const a = 1;\n",
    };
    const { value } = await call(TOOL, { files });
    expect((value["skipped"] as unknown[]).length).toBe(2);
    expect(value["percent"]).toBe(100);
    expect((await call(TOOL, { files: { "a.py": "x" } })).isError).toBe(true);
  });
});
