import { existsSync, globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFiles } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient } from "./client.ts";

const { call } = qualityClient();

const project = {
  "package.json":
    '{"name":"x","main":"src/index.ts","dependencies":{"lodash":"1","chalk":"2"},"devDependencies":{"vite":"5","typescript":"5"},"scripts":{"build":"vite build && tsc -p ."}}',
  "src/index.ts":
    'import { a } from "./a.ts";\nimport _ from "lodash";\nimport x from "left-pad";\nimport "./nope.ts";\na(_, x);\n',
  "src/a.ts":
    "export const a = (...all: unknown[]) => all;\nexport const b = 2;\nexport type T = 1;\n",
  "src/dead.ts": "export const z = 1;\n",
};

describe("code_dead on real code", () => {
  it("finds in commander what knip's command line finds", async () => {
    const files = packageFiles(
      "commander",
      "{*.js,*.mjs,*.json,lib/*.js,typings/*.ts}",
      import.meta.url,
    );
    const found = await call("code_dead", { files });
    const [unused] = findingsOf(found, "unused-export");
    expect(unused).toMatchObject({
      object: "useColor",
      location: { file: "lib/command.js", line: 2777, column: 9 },
    });
    expect(found.value["unusedFiles"]).toEqual([]);
    expect(found.value["unusedDependencies"]).toEqual(
      expect.arrayContaining(["globals", "typescript-eslint"]),
    );
  });

  it.each([
    // Nothing in picomatch's package.json leads to posix.js; knip's command line says the same.
    ["picomatch", "{package.json,*.js,lib/*.js}", ["posix.js"]],
    ["flatted", "{package.json,esm/*.js,cjs/*.js,types/*.d.ts}", []],
  ])("knows the files of %s that nothing leads to", async (name, pattern, unused) => {
    const files = packageFiles(name, pattern, import.meta.url);
    const { value, text } = await call("code_dead", { files });
    expect(value["unusedFiles"], text).toEqual(unused);
    expect(Number(value["processed"])).toBeGreaterThan(2);
  });
});

describe("code_dead", () => {
  it("tells files, exports, types, packages and broken imports, with their change", async () => {
    const found = await call("code_dead", { files: project });
    const told = findingsOf(found).map(({ rule, object }) => `${rule} ${object}`);
    expect(told.toSorted()).toEqual([
      "unlisted-dependency left-pad",
      "unresolved-import ./nope.ts",
      "unused-dependency chalk",
      "unused-export b",
      "unused-file src/dead.ts",
      "unused-type T",
    ]);
    expect(findingsOf(found, "unused-dependency")[0]?.patch).toEqual([
      { op: "remove", path: "/dependencies/chalk" },
    ]);
    expect(findingsOf(found, "unused-export")[0]?.patch).toContain(
      "-export const b = 2;\n+const b = 2;",
    );
  });

  it("takes entries from the caller", async () => {
    const found = await call("code_dead", { files: project, entry: ["src/dead.ts"] });
    expect(found.value["unusedFiles"]).toEqual([]);
    expect((await call("code_dead", { files: project, project: ["src/**"] })).isError).toBe(true);
  });

  it("runs nothing of the project, and says so", async () => {
    const mark = join(tmpdir(), `flotilla-dead-mark-${process.pid}`);
    const evil = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "ran"); process.exit(1); export default {};`;
    const files = {
      ...project,
      "vite.config.ts": evil,
      "knip.js": evil,
      ".eslintrc.js": evil,
      "jest.config.js": evil,
    };
    const found = await call("code_dead", { files });
    expect(found.isError, found.text).toBe(false);
    expect(existsSync(mark)).toBe(false);
    expect(found.value["notRun"]).toContain("vite.config.ts");
  });

  it("does not tell what lies outside: the answer is the same for files that are there and that are not", async () => {
    const ask = async (path: string): Promise<unknown> => {
      const index = `import "${path}";\n${project["src/index.ts"]}`;
      const { value } = await call("code_dead", { files: { ...project, "src/index.ts": index } });
      return value["findings"];
    };
    const up = "../".repeat(20);
    expect(await ask("/etc/passwd")).toEqual(await ask("/etc/nowhere"));
    expect(await ask(`${up}etc/passwd`)).toEqual(await ask(`${up}etc/nowhere`));
  });

  it("refuses names that lead out of the tree, and leaves nothing behind", async () => {
    for (const path of [
      "../evil.js",
      "/tmp/evil.js",
      "a/../../evil.js",
      "a\\b.js",
      "a/\u0000.js",
    ]) {
      const refused = await call("code_dead", { files: { [path]: "export {};" } });
      expect(refused.isError, path).toBe(true);
      expect(refused.text).toContain("plain relative path");
    }
    const both = await call("code_dead", { files: { "a.js": "", "a.js/b.js": "" } });
    expect(both.text).toContain("both a file and a folder");
    expect(globSync(join(tmpdir(), "flotilla-code-dead-*/tree-*"))).toEqual([]);
  });

  it("takes broken JSON, empty and deep files, and no package.json", async () => {
    expect(
      (await call("code_dead", { files: { "package.json": "{", "index.js": "" } })).isError,
    ).toBe(true);
    const odd = await call("code_dead", {
      files: { "index.js": "import './a.js'", "a.js": "", "b.js": "let = =" },
    });
    expect(odd.value["unusedFiles"]).toEqual(["b.js"]);
  });
});
