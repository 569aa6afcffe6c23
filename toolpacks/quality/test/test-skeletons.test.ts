import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFiles, packageFolder } from "flotilla/worker/conformance";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { qualityClient, real } from "./client.ts";

const { call } = qualityClient();
const TOOL = "test_skeletons";

interface Skeleton {
  source: string;
  file: string;
  text: string;
  functions: { name: string; asserted: number; todo: number; property: boolean }[];
}
const write = async (files: Record<string, string>, more = {}): Promise<Skeleton[]> => {
  const { value, isError, text } = await call(TOOL, { files, ...more });
  expect(isError, text).toBe(false);
  return value["tests"] as Skeleton[];
};

/** Errors of the files that were added, as tsc with strict settings tells them; packages are the installed ones. */
function errorsOf(files: Record<string, string>, added: readonly string[]): string[] {
  const root = fileURLToPath(new URL("virtual/", import.meta.url));
  const texts = new Map(Object.entries(files).map(([path, text]) => [join(root, path), text]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowJs: true,
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    types: ["node"],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.directoryExists = undefined as never;
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram(
    added.map((path) => join(root, path)),
    options,
    host,
  );
  return added.flatMap((path) => {
    const source = program.getSourceFile(join(root, path));
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  });
}

/** Runs the tests with Node itself, and gives its exit code and what it printed. */
function run(files: Record<string, string>): [number | null, string] {
  const folder = mkdtempSync(join(tmpdir(), "skeletons-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    symlinkSync(
      dirname(packageFolder("fast-check", import.meta.url)),
      join(folder, "node_modules"),
    );
    const tests = Object.keys(files).filter((path) => path.includes(".test."));
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--test", ...tests], {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
      env: { PATH: process.env["PATH"] ?? "" },
    });
    return [status, stdout + stderr];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SHOP = `export interface Item { name: string; price: number; tags?: string[] }
export function discount(count: number): number {
  if (count < 0) throw new RangeError("count is negative");
  if (count === 0) return 0;
  return count >= 10 ? count * 0.1 : 0;
}
export const label = (item: Item, size: "s" | "l" = "s"): string => item.name + size;
export function total(items: Item[]): number {
  return items.reduce((sum, one) => sum + one.price, 0);
}
export async function check(code: string): Promise<boolean> {
  if (code.length < 3) throw new Error("too short");
  return code !== "abc";
}
export function unit(kind: "kg" | "g", when?: Date): string[] {
  return when === undefined ? [kind] : [kind, String(when)];
}
export function later(callback: () => void): void { callback(); }
`;

describe("test_skeletons", () => {
  it("asserts what the first checks prove, on both sides of each boundary", async () => {
    const [test] = await write({ "shop.ts": SHOP });
    expect(test?.file).toBe("shop.test.ts");
    expect(test?.text).toContain('expect(() => discount(-1)).toThrow("count is negative");');
    expect(test?.text).toContain("expect(discount(0)).toBe(0);");
    for (const limit of [9, 10, 11])
      expect(test?.text).toContain(`it.todo("discount(${limit}) gives …`);
    expect(test?.text).toContain('await expect(check("aa")).rejects.toThrow("too short");');
    expect(test?.functions.map(({ name }) => name)).toEqual([
      "discount",
      "label",
      "total",
      "check",
      "unit",
    ]);
  });

  it.each(["vitest", "node"])(
    "compiles with tsc for %s",
    async (framework) => {
      const [test] = await write({ "shop.ts": SHOP }, { framework });
      const files = { "shop.ts": SHOP, "shop.test.ts": test?.text ?? "" };
      expect(errorsOf(files, ["shop.test.ts"])).toEqual([]);
    },
    60_000,
  );

  it("compiles, and would not with a wrong argument", () => {
    const wrong = 'import { discount } from "./shop.js";\ndiscount("a");\n';
    expect(errorsOf({ "shop.ts": SHOP, "a.ts": wrong }, ["a.ts"])).toHaveLength(1);
  }, 60_000);

  it("passes when it is run, and fails when the function is broken", async () => {
    const files = { "package.json": '{"type":"module"}', "shop.ts": SHOP };
    const [test] = await write({ "shop.ts": SHOP }, { framework: "node" });
    const whole = { ...files, "shop.test.ts": test?.text ?? "" };
    const [status, printed] = run(whole);
    expect(status, printed).toBe(0);
    const broken = SHOP.replace("count < 0", "count < -5").replace("? [kind]", "? (kind as never)");
    const [failed, said] = run({ ...whole, "shop.ts": broken });
    expect(failed).toBe(1);
    expect(said).toContain("discount(-1) throws");
    expect(said).toContain("unit keeps its types");
  }, 60_000);

  it("says which functions it cannot call", async () => {
    const { value } = await call(TOOL, { files: { "shop.ts": SHOP } });
    expect(value["untested"]).toMatchObject([{ name: "later", line: 18 }]);
  });

  it.each([
    [{ files: { "a.ts": "const a = 1;\n" } }, "No function is exported"],
    [{ files: { "a.py": "def f(): pass" } }, "nothing here"],
    [{ filename: "a.ts", content: "" }, "No function is exported"],
  ])("says what is wrong with %j", async (given, said) => {
    const { isError, text } = await call(TOOL, given);
    expect([isError, text.includes(said)]).toEqual([true, true]);
  });

  it("is not led astray by deep code and names such as __proto__", async () => {
    const files = {
      "deep.ts": "(".repeat(20_000),
      "a.js": "export function __proto__(a) { if (a === 1) return 2; return 3; }\n",
      "self.ts": "export interface N { next: N }\nexport function f(n: N) { return n; }\n",
    };
    const { isError, value } = await call(TOOL, { files });
    expect(isError).toBe(false);
    expect(value["untested"]).toMatchObject([{ file: "self.ts", name: "f" }]);
  });
});

describe("test_skeletons of published code", () => {
  it.each([
    ["ajv", "lib/**/*.{ts,json}", "lib/compile/util.ts"],
    ["ajv", "lib/**/*.{ts,json}", "lib/compile/rules.ts"],
    ["ajv", "lib/**/*.{ts,json}", "lib/compile/codegen/code.ts"],
    ["flatted", "esm/*.js", "esm/index.js"],
  ])(
    "compiles what it writes for %s (%s) %s",
    async (name, pattern, path) => {
      const files = packageFiles(name, pattern, import.meta.url);
      const tests = await write({ [path]: real(name, path) });
      expect(tests.length).toBe(1);
      const [test] = tests;
      const added = test?.file ?? "";
      expect(errorsOf({ ...files, [added]: test?.text ?? "" }, [added])).toEqual([]);
    },
    60_000,
  );
});
