import { describeToolpack, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

describeToolpack(createWorker, {
  tools: ["architecture_review", "migration_plan"],
  catalog: new URL("../catalog.gen.json", import.meta.url),
});

const { call, close } = toolpackClient(createWorker());
afterAll(close);

describe.each(["architecture_review", "migration_plan"])("%s", (name) => {
  const goal = name === "migration_plan" ? { goal: "typescript" } : {};
  it("says what is missing, empty, doubled, of the wrong type or no code", async () => {
    const refused = async (args: Record<string, unknown>): Promise<string> => {
      const { isError, text } = await call(name, { ...goal, ...args });
      expect(isError, text).toBe(true);
      return text;
    };
    expect((await refused({})).length).toBeGreaterThan(10);
    expect(await refused({ files: {} })).toContain("at least 1 properties");
    expect(await refused({ files: { "a.ts": 7 } })).toContain("must be a string");
    expect(await refused({ files: { "a.ts": "" }, modules: { a: [] } })).toContain(
      "either files or modules",
    );
    expect(await refused({ files: { "a.py": "import os" } })).toContain("pass modules");
    expect(await refused({ files: { "a.ts": "" }, nonsense: 1 })).toContain(
      "/nonsense is not known here",
    );
  });

  it("survives hostile files", async () => {
    const files = {
      "a.js": "(".repeat(100_000),
      "b.ts": `const a = ${"1+".repeat(20_000)}1; require(a); require('./b')`,
      "../../../../etc/passwd.ts": "import '/etc/passwd'; import '../../../../../etc/shadow'",
      "if.js": "if(a)".repeat(20_000),
      "unary.js": `x = ${"!".repeat(50_000)}1`,
      "arrows.js": "a=>".repeat(20_000),
      "else.js": `${"if(a);else ".repeat(20_000)}1`,
      "jsx.tsx": "<a>".repeat(20_000),
      "types.ts": `type A = ${"A|".repeat(20_000)}A`,
      "templates.js": "`${".repeat(20_000),
      "edge.js": `x = ${"(".repeat(199)}1${")".repeat(199)}; y = ${"!".repeat(2_400)}1; z = ${"1+".repeat(1_200)}1; ${"if(a)".repeat(590)};${"a=>".repeat(800)}1; require('./x')`,
      "c.ts": "\u0000import 'é💥'",
      __proto__: "x",
      "constructor.ts": "import './constructor'; import 'toString'; import '#x'; import ''",
      "package.json": '{"name":"x","imports":{"#x":{"a":{"b":"./a.js"}}},"exports":',
      "tsconfig.json": '{"compilerOptions":{"paths":{"*":["*","../*"],"é":7}}}',
    };
    const { text, isError } = await call(name, { ...goal, files });
    expect(isError, text).toBe(false);
    expect(text).not.toContain("root:");
  }, 60_000);
});
