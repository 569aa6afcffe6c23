import { packageFiles, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

const { call, close } = toolpackClient(createWorker());
afterAll(close);
const sourcesOf = (name: string, pattern: string) => packageFiles(name, pattern, import.meta.url);
const review = (args: Record<string, unknown>) => call("architecture_review", args);

describe("architecture_review", () => {
  it.each([
    ["ajv", "lib/**/*.ts", 100],
    ["undici", "lib/**/*.js", 100],
    ["commander", "{*.js,lib/*.js}", 6],
  ])(
    "reads %s",
    async (name, pattern, least) => {
      const { value, isError, pictures, text } = await review({ files: sourcesOf(name, pattern) });
      expect(isError, text).toBe(false);
      expect(value["modules"]).toBeGreaterThan(least);
      expect(value["imports"]).toBeGreaterThan(least / 2);
      expect(pictures[0]).toMatch(/^<svg .*<\/svg>$/s);
    },
    30_000,
  );

  it("knows that ajv's circles are of types only", async () => {
    const { value } = await review({ files: sourcesOf("ajv", "lib/**/*.ts"), picture: "none" });
    expect(value["cycles"]).toMatchObject([{ modules: 59, typeOnly: true }]);
    expect((value["hubs"] as object[])[0]).toEqual({
      module: "lib/types/index.ts",
      importedBy: 88,
      imports: 5,
    });
  });

  it("resolves endings, indexes, aliases, packages and #imports", async () => {
    const { value, rules } = await review({
      files: {
        "tsconfig.json": '{ "compilerOptions": { /* ours */ "paths": { "@/*": ["./src/*"] } } }',
        "package.json": '{ "name": "root", "imports": { "#deep": "./src/deep/index.ts" } }',
        "packages/p/package.json":
          '{ "name": "@x/p", "exports": { ".": "./src/main.ts", "./*": "./src/*.ts" } }',
        "packages/p/src/main.ts": "",
        "packages/p/src/extra.ts": "",
        "src/a.ts":
          'import "./b.js"; import "./deep"; import "@/c"; import "@x/p"; import "@x/p/extra"; import "#deep"; import "left-pad/x"; import("./d.ts"); const e = require("./e");',
        "src/b.ts": "",
        "src/c.tsx": "",
        "src/d.ts": "",
        "src/e.cjs": "",
        "src/deep/index.ts": "",
      },
      ignore: ["orphan"],
    });
    expect(rules).toEqual([]);
    expect(value).toMatchObject({ imports: 7, externals: [{ name: "left-pad", modules: 1 }] });
  });

  const files = {
    "src/ui/page.ts": 'import { load } from "../data/store.ts";\nexport const page = load;',
    "src/data/store.ts":
      '\n  import { a } from "../ui/page.ts";\nimport { gone } from "./gone.ts";\nexport const load = a;',
    "src/data/alone.ts": "export const x = 1;",
    "src/ui/broken.ts": "const = 1;",
  };
  it("tells circles, breaks of layers and rules, and what is missing, by line", async () => {
    const { value, findings } = await review({
      files,
      layers: [
        { name: "ui", paths: ["src/ui/**"] },
        { name: "data", paths: ["src/data/**"] },
      ],
      rules: [
        {
          name: "no data from ui",
          from: ["src/ui/**"],
          to: ["src/data/**"],
          because: "it goes by the service",
        },
      ],
    });
    const found = findings.slice(0, 5).map(({ rule, object }) => `${rule} ${object}`);
    expect(found.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "cycle src/data/store.ts",
      "forbidden-import src/ui/page.ts",
      "layer-break src/data/store.ts",
      "syntax-error src/ui/broken.ts",
      "unresolved-import src/data/store.ts",
    ]);
    expect(value["findings"]).toContainEqual(
      expect.objectContaining({
        rule: "layer-break",
        location: { file: "src/data/store.ts", line: 2, column: 3 },
      }),
    );
    expect(value["findings"]).toContainEqual(
      expect.objectContaining({
        rule: "unresolved-import",
        location: { file: "src/data/store.ts", line: 3, column: 1 },
      }),
    );
    expect(value["counts"]).toMatchObject({ error: 4, warning: 1 });
  });

  it("draws 200 modules without one box over another, inside 1,200 px", async () => {
    const names = Array.from(
      { length: 200 },
      (_, index) => `src/part-${index % 7}/module-${index}.ts`,
    );
    const modules = Object.fromEntries(
      names.map((name, index) => [
        name,
        [names[index * 2 + 1], names[index * 3 + 2], names[index + 40]].filter(
          (one) => one !== undefined,
        ),
      ]),
    );
    const { pictures, value } = await review({ modules, picture: "modules" });
    expect(value["modules"]).toBe(200);
    const boxes = [
      ...(pictures[0] ?? "").matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="154" height="40"/g),
    ].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
    expect(boxes).toHaveLength(200);
    for (const [index, a] of boxes.entries()) {
      expect(a.x >= 0 && a.x + 154 <= 1_200).toBe(true);
      for (const b of boxes.slice(index + 1))
        expect(Math.abs(a.x - b.x) >= 154 || Math.abs(a.y - b.y) >= 40).toBe(true);
    }
  });

  it("measures folders as Martin does", async () => {
    const { value } = await review({
      modules: { "a/x": ["b/y", "b/z"], "b/y": ["c/k"], "d/q": ["b/y"] },
      picture: "none",
    });
    expect(value["folders"]).toContainEqual({
      folder: "b",
      modules: 2,
      lines: 2,
      afferent: 2,
      efferent: 1,
      instability: 0.33,
      cohesion: 0,
    });
  });
});
