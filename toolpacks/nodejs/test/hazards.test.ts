import { describe, expect, it } from "vitest";
import { installed, nodejsClient } from "./support.ts";

const { call } = nodejsClient();
const rulesIn = async (content: string): Promise<string[]> =>
  (await call("node_async_hazards", { content })).rules;
interface Place {
  rule: string;
  object?: string;
  location: { file: string; line: number };
}

describe("node_async_hazards on what others published", () => {
  it.each([
    ["ajv", "lib/**/*.ts", 106],
    ["semver", "**/*.js", 50],
    ["jsonc-parser", "lib/esm/**/*.js", 6],
  ])(
    "has nothing against %s",
    async (name, pattern, files) => {
      const { value, isError, text } = await call("node_async_hazards", {
        files: installed(name, pattern),
      });
      expect(isError, text).toBe(false);
      expect(value).toMatchObject({ files, findings: [] });
    },
    30_000,
  );

  // Read in undici's source: nobody holds these promises, and no catch of their own ends them.
  it("finds the promises that undici leaves alone", async () => {
    const { value } = await call("node_async_hazards", {
      files: installed("undici", "lib/**/*.js"),
    });
    const found = value["findings"] as Place[];
    expect(found.every(({ rule }) => rule === "floating-promise")).toBe(true);
    expect(found.map(({ object, location: { file } }) => `${file} ${object}`)).toEqual(
      expect.arrayContaining([
        "lib/web/websocket/sender.js run",
        "lib/dispatcher/client-h2.js writeIterable",
      ]),
    );
  }, 30_000);
});

describe("node_async_hazards", () => {
  it("follows a request through calls and files to what blocks", async () => {
    const files = {
      "src/app.ts":
        'import express from "express";\nimport { page } from "./page.ts";\nconst app = express();\napp.get("/", async (req, res) => {\n  res.send(page());\n});\n',
      "src/page.ts":
        'import { readFileSync } from "node:fs";\nimport { execSync } from "node:child_process";\nconst start = readFileSync("config.json");\nexport function page() {\n  return load();\n}\nfunction load() {\n  return readFileSync("page.html");\n}\nexport function never() {\n  return execSync("true");\n}\nexport async function job() {\n  execSync("true");\n}\n',
    };
    const { value, rules } = await call("node_async_hazards", { files });
    expect(rules).toEqual(["blocking-on-request-path", "blocking-in-async"]);
    expect(value["findings"]).toMatchObject([
      {
        location: { file: "src/page.ts", line: 8 },
        evidence: "app.get(/) → page → load → readFileSync",
      },
      { location: { file: "src/page.ts", line: 14 }, object: "execSync" },
    ]);
  });

  it.each([
    ["async function f() { await g(); }\nf();", "floating-promise"],
    [
      "async function f() { await g(); }\nvoid f(); f().catch(log); f().then(a, b); const p = f();",
      undefined,
    ],
    ["async function f() { try { await g(); } catch (error) { log(error); } }\nf();", undefined],
    ["fetch('/').then((r) => r.json());", "floating-promise"],
    ["Promise.allSettled([]);", undefined],
    ["import('x');", "floating-promise"],
    ["new Promise(async (resolve) => { resolve(await f()); });", "async-executor"],
    ["list.forEach(async (one) => { await f(one); });", "async-callback"],
    ["list.map(async (one) => f(one));", undefined],
    ["emitter.on('data', async (part) => { await f(part); });", "async-listener"],
    ["emitter.on('data', async (part) => { try { await f(part); } catch { } });", undefined],
    [
      "async function g() { await h(); }\nasync function f() { try { return g(); } catch { return 1; } }",
      "return-without-await",
    ],
    [
      "async function g() { await h(); }\nasync function f() { try { return await g(); } catch { return 1; } }",
      undefined,
    ],
    ["import fs from 'fs';\nfs.createReadStream('a').pipe(out);", "stream-without-error-handler"],
    [
      "import fs from 'fs';\nconst s = fs.createReadStream('a');\ns.on('data', f);",
      "stream-without-error-handler",
    ],
    ["import fs from 'fs';\nconst s = fs.createReadStream('a');\ns.on('error', f);", undefined],
    [
      "import fs from 'fs';\nimport { pipeline } from 'stream/promises';\nconst s = fs.createReadStream('a');\nawait pipeline(s, out);",
      undefined,
    ],
    ["const { spawn } = require('child_process');\nspawn('ls');", "stream-without-error-handler"],
    ["const { spawn } = require('child_process');\nspawn('ls').on('error', f);", undefined],
  ])("%s", async (code, rule) => {
    expect(await rulesIn(code)).toEqual(rule === undefined ? [] : [rule]);
  });

  // recheck, another analyser, calls the first three exponential, the fourth polynomial and the last two safe.
  it.each([
    ["/^(a+)+$/", "regex-exponential"],
    ["/^(\\w+\\s?)*$/", "regex-exponential"],
    ["new RegExp('^(\\\\w+\\\\s?)*$')", "regex-exponential"],
    ["/^\\s*(.*?)\\s*;$/", "regex-polynomial"],
    ["/^\\d+\\.\\d+$/", undefined],
    ["/^[a-z]+(-[a-z]+)*$/", undefined],
  ])("knows the time of %s", async (code, rule) => {
    expect(await rulesIn(`export const pattern = ${code};`)).toEqual(
      rule === undefined ? [] : [rule],
    );
  });

  it("gives an equal pattern in linear time as a patch", async () => {
    const { value } = await call("node_async_hazards", {
      files: { "a.js": "// top\nconst ok = /^(?:a+)+$/;\nlast();\n" },
    });
    expect(value["findings"]).toMatchObject([
      {
        rule: "regex-exponential",
        location: { line: 2, column: 12 },
        patch:
          "--- a/a.js\n+++ b/a.js\n@@ -1,3 +1,3 @@\n // top\n-const ok = /^(?:a+)+$/;\n+const ok = /^a+$/;\n last();\n",
      },
    ]);
  });

  it("names what it cannot read, and reads the rest", async () => {
    const files = {
      "deep.js": "(".repeat(100_000),
      "broken.ts": "const = 1;",
      "jsx.tsx": "<a>".repeat(20_000),
      "chain.js": `x = ${"1+".repeat(20_000)}1`,
      "regex.js": `const r = /${"(a|b)*".repeat(300)}/; const s = /${"(".repeat(100)}a${")+".repeat(100)}$/;`,
      "good.js": "async function f() { await g(); }\nf();",
      "types.d.ts": "export declare const a: 1;",
    };
    const { value, isError, text } = await call("node_async_hazards", { files });
    expect(isError, text).toBe(false);
    const rules = (value["findings"] as Place[]).map(
      ({ rule, location: { file } }) => `${rule} ${file}`,
    );
    expect(rules).toEqual(
      expect.arrayContaining([
        "syntax-error deep.js",
        "syntax-error broken.ts",
        "syntax-error jsx.tsx",
        "syntax-error chain.js",
        "regex-too-complex regex.js",
        "floating-promise good.js",
      ]),
    );
    expect((await call("node_async_hazards", { files: { "a.py": "import os" } })).text).toContain(
      "no JavaScript or TypeScript",
    );
  }, 60_000);
});
