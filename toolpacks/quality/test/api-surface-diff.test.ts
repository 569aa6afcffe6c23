import { packageFiles } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();
const TOOL = "api_surface_diff";
const side = (content: string): Record<string, string> => ({ filename: "index.d.ts", content });
const diff = (before: string, after: string, more = {}): ReturnType<typeof call> =>
  call(TOOL, { before: side(before), after: side(after), ...more });
const tree = (name: string): Record<string, string> =>
  packageFiles(name, "{package.json,**/*.d.ts}", import.meta.url);

describe("api_surface_diff on published packages", () => {
  it("says what commander 14 took away from commander 2", async () => {
    const before = side(real("nearley/node_modules/commander", "typings/index.d.ts"));
    const after = side(real("commander", "typings/index.d.ts"));
    const called = await call(TOOL, { before, after, version: "2.20.3" });
    expect(called.value).toMatchObject({ breaking: true, next: "3.0.0" });
  }, 60_000);

  it.each(["commander", "ajv", "entities"])(
    "finds nothing between %s and itself",
    async (name) => {
      const files = tree(name);
      const called = await call(TOOL, { before: { files }, after: { files } });
      expect(called.value).toMatchObject({ breaking: false, bump: "patch", findings: [] });
      expect((called.value["before"] as { exports: number }).exports).toBeGreaterThan(5);
    },
    60_000,
  );

  it("sees one method less and one more in ajv", async () => {
    const files = tree("ajv");
    const path = "dist/core.d.ts";
    const changed = (files[path] ?? "").replace(
      /^\s*removeKeyword\(.*$/m,
      "    dropKeyword(a: string): this;",
    );
    const called = await call(TOOL, {
      before: { files },
      after: { files: { ...files, [path]: changed } },
    });
    const objects = (rule: string): unknown[] =>
      findingsOf(called, rule).map(({ object }) => object);
    expect(objects("removed")).toContain("Ajv.removeKeyword");
    expect(objects("added")).toContain("Ajv.dropKeyword");
  }, 60_000);
});

describe("api_surface_diff", () => {
  it.each([
    ["export declare const a: number;", "", "removed", "major"],
    ["", "export declare const a: number;", "added", "minor"],
    [
      "export declare function f(a: number): void;",
      "export declare function f(a: number, b: number): void;",
      "signature-changed",
      "major",
    ],
    [
      "export declare function f(a: number): void;",
      "export declare function f(a: number, b?: number): void;",
      "signature-extended",
      "minor",
    ],
    [
      "export declare function f(a: number): void;",
      "export declare function f(a: number | string): void;",
      "signature-extended",
      "minor",
    ],
    [
      "export declare function f(a: number | string): void;",
      "export declare function f(a: number): void;",
      "signature-changed",
      "major",
    ],
    [
      "export declare function f(): string;",
      "export declare function f(): string | undefined;",
      "signature-changed",
      "major",
    ],
    [
      "export declare function f(): string | undefined;",
      "export declare function f(): string;",
      "signature-extended",
      "minor",
    ],
    [
      "export declare function f(a: number): void;",
      "export declare function f(): void;",
      "signature-changed",
      "major",
    ],
    [
      "export interface I { a: string }",
      "export interface I { a: string; b: string }",
      "required-member-added",
      "major",
    ],
    [
      "export interface I { a: string }",
      "export interface I { a: string; b?: string }",
      "added",
      "minor",
    ],
    [
      "export interface I { a: string }",
      "export interface I { a?: string }",
      "became-optional",
      "major",
    ],
    [
      "export interface I { a: string }",
      "export interface I { a: number }",
      "type-changed",
      "major",
    ],
    [
      "export declare class C { a(): void }",
      "export declare class C { a(): void; b(): void }",
      "added",
      "minor",
    ],
    [
      "export declare class C { constructor(a: string); }",
      "export declare class C { constructor(a: string, b: string); }",
      "signature-changed",
      "major",
    ],
    ["export type T = 'a' | 'b';", "export type T = 'a';", "type-changed", "major"],
    ["export type T = 'a' | 'b';", "export type T = 'b' | 'a';", "rewritten", "patch"],
    ["export declare enum E { A }", "export declare enum E { A, B }", "added", "minor"],
    ["export declare const a: 1;", "export declare class a {}", "kind-changed", "major"],
    [
      "export declare class C { private a: number; }",
      "export declare class C { private b: number; }",
      undefined,
      "patch",
    ],
  ])("of %j to %j says %s", async (...row) => {
    const [before, after, rule, bump] = row;
    const keep = "export declare const keep: 1;\n";
    const called = await diff(keep + before, keep + after);
    expect([called.rules, called.value["bump"]]).toEqual([rule === undefined ? [] : [rule], bump]);
  });

  it("proposes versions as npm's ranges read them", async () => {
    const next = async (version: string, after: string): Promise<unknown> =>
      (await diff("export declare const a: 1;", after, { version })).value["next"];
    const more = "export declare const a: 1; export declare const b: 1;";
    expect(await next("1.2.3", "export declare const b: 1;")).toBe("2.0.0");
    expect(await next("1.2.3", more)).toBe("1.3.0");
    expect(await next("0.2.3", more)).toBe("0.2.4");
    expect(await next("0.2.3", "export declare const b: 1;")).toBe("0.3.0");
  });

  it("reads sources and follows re-exports", async () => {
    const files = (body: string): object => ({
      files: { "index.ts": 'export * from "./a.js";\n', "a.ts": body },
    });
    const called = await call(TOOL, {
      before: files("export function f(a = 1) { return a; }\n"),
      after: files("export function f(a = 1) { return String(a); }\n"),
    });
    expect(findingsOf(called, "signature-changed")).toMatchObject([
      { object: "f", location: { file: "after/a.ts", line: 1 } },
    ]);
  });

  it.each([
    [{ before: side("let ="), after: side("export {}") }, "before"],
    [{ before: { files: { "x.ts": "", "y.ts": "" } }, after: side("") }, "Name it as entry"],
    [{ before: side(""), after: side("") }, "exports anything"],
    [{ before: {}, after: side("") }, "nothing to read"],
    [{ before: { path: "/etc/passwd" }, after: side("") }, ""],
  ])("says what is wrong with %j", async (given, said) => {
    const { isError, text } = await call(TOOL, given);
    expect([isError, text.includes(said)]).toEqual([true, true]);
  });
});
