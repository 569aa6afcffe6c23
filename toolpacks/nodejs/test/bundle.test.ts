import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { installed, nodejsClient } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "nodejs-bundle-"));
process.env["FLOTILLA_WORKSPACE"] = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { call } = nodejsClient();

const REAL: [string, string, string][] = [
  ["yaml", "{package.json,**/*.js}", 'import { parse } from "yaml"; console.log(parse);'],
  [
    "semver",
    "{package.json,**/*.js}",
    'import semver from "semver"; console.log(semver.satisfies);',
  ],
  [
    "fflate",
    "{package.json,**/*.{js,mjs,cjs}}",
    'import { gzipSync } from "fflate"; console.log(gzipSync);',
  ],
];

describe.each(REAL)("node_bundle_analyze: %s", (name, pattern, code) => {
  it("is as large as esbuild's own bundle of what is installed", async () => {
    const files = { "main.js": code, ...installed(name, pattern, `node_modules/${name}/`) };
    const { value, isError, text, pictures } = await call("node_bundle_analyze", {
      files,
      entries: ["main.js"],
    });
    expect(isError, text).toBe(false);
    const direct = await build({
      stdin: { contents: code, resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "browser",
      conditions: ["module"],
      legalComments: "none",
      logLevel: "silent",
    });
    const own = direct.outputFiles[0]?.contents ?? new Uint8Array();
    const total = value["total"] as { bytes: number; gzipBytes: number; brotliBytes: number };
    expect(total.bytes).toBe(own.byteLength);
    expect(total.gzipBytes).toBe(gzipSync(own, { level: 9 }).byteLength);
    expect(total.brotliBytes).toBeLessThan(total.gzipBytes);
    const modules = value["modules"] as { bytes: number; gzipBytes: number; file: string }[];
    const sum = (of: (one: (typeof modules)[number]) => number): number =>
      modules.reduce((all, one) => all + of(one), 0);
    // The rest is the bundle's own runtime, and its line of exports.
    expect(sum(({ bytes }) => bytes)).toBeLessThanOrEqual(total.bytes);
    expect(sum(({ bytes }) => bytes)).toBeGreaterThan(total.bytes * 0.95);
    expect(Math.abs(sum(({ gzipBytes }) => gzipBytes) - total.gzipBytes)).toBeLessThanOrEqual(
      modules.length,
    );
    expect(pictures[0]).toContain(`${name} `);
  }, 60_000);
});

describe("node_bundle_analyze", () => {
  const tools = (more: object): Record<string, string> => ({
    "src/main.ts": 'import { pick } from "tools";\nconsole.log(pick());\n',
    "node_modules/tools/package.json": JSON.stringify({
      name: "tools",
      module: "./index.js",
      ...more,
    }),
    "node_modules/tools/index.js": "export * from './pick.js';\nexport * from './other.js';\n",
    "node_modules/tools/pick.js": "export const pick = () => 1;\n",
    "node_modules/tools/other.js": `globalThis.table = ${JSON.stringify("x".repeat(2_000))};\nexport const other = () => 2;\n`,
  });
  it("measures what stays because a package does not declare itself free of side effects", async () => {
    const silent = await call("node_bundle_analyze", { files: tools({}), picture: "none" });
    expect(silent.rules).toEqual(["kept-for-side-effects"]);
    expect(
      (silent.value["shaking"] as { keptForSideEffects: number }).keptForSideEffects,
    ).toBeGreaterThan(2_000);
    const said = await call("node_bundle_analyze", {
      files: tools({ sideEffects: false }),
      picture: "none",
    });
    expect(said.value).toMatchObject({ findings: [], shaking: { keptForSideEffects: 0 } });
  });
  it("says what stays outside, what is there twice, and where the input is wrong", async () => {
    const files = {
      "main.js":
        'import "absent"; import "a"; import "b"; import fs from "node:fs"; console.log(fs);',
      "node_modules/a/index.js": 'import "c"; export default 1;',
      "node_modules/b/index.js": 'import "c"; export default 1;',
      "node_modules/b/node_modules/c/index.js": "console.log('c1');",
      "node_modules/c/index.js": "console.log('c2');",
    };
    const { value, rules } = await call("node_bundle_analyze", {
      files,
      platform: "node",
      entries: ["main.js"],
      picture: "none",
    });
    expect(rules).toEqual(["package-twice", "import-outside"]);
    expect(value).toMatchObject({
      external: expect.arrayContaining(["absent", "node:fs"]),
      missing: [{ name: "absent", from: "main.js" }],
    });
    const broken = await call("node_bundle_analyze", { files: { "main.js": "const = 1;" } });
    expect(broken.isError).toBe(true);
    expect(broken.text).toContain("main.js, line 1, column 7");
    const lost = await call("node_bundle_analyze", {
      files: { "main.js": 'import "../../../etc/passwd";' },
    });
    expect(lost.text).toContain('"../../../etc/passwd" is not among the files');
  });
  it("reads a folder with its packages, and nothing that links out of the workspace", async () => {
    const project = join(folder, "project");
    mkdirSync(join(project, "node_modules/in"), { recursive: true });
    writeFileSync(join(project, "node_modules/in/index.js"), "export const inside = 41;");
    writeFileSync(
      join(project, "main.js"),
      'import { inside } from "in"; console.log(inside + 1);',
    );
    const good = await call("node_bundle_analyze", {
      path: "project",
      entries: ["main.js"],
      picture: "none",
    });
    expect(good.isError, good.text).toBe(false);
    expect(good.value["modules"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: "main.js" }),
        expect.objectContaining({ file: "node_modules/in/index.js", package: "in" }),
      ]),
    );
    symlinkSync("/etc/passwd", join(project, "secret.txt"));
    writeFileSync(
      join(project, "evil.js"),
      'import text from "./secret.txt"; import "/etc/hostname"; console.log(text);',
    );
    const evil = await call("node_bundle_analyze", {
      path: "project",
      entries: ["evil.js"],
      picture: "none",
    });
    expect(evil.isError).toBe(true);
    expect(evil.text).toContain("lies outside the workspace");
    expect(evil.text).not.toContain("root:");
  });
});
