import { packageFiles, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

const { call, close } = toolpackClient(createWorker());
afterAll(close);
const sourcesOf = (name: string, pattern: string) => packageFiles(name, pattern, import.meta.url);
interface Step {
  id: string;
  files: string[];
  after: string[];
  edits?: { file: string; line: number; before: string; after: string }[];
}
async function plan(args: Record<string, unknown>) {
  const { value, isError, text } = await call("migration_plan", args);
  expect(isError, text).toBe(false);
  return { value, steps: value["steps"] as Step[] };
}
/** Every step names only steps before it. */
function ordered(steps: readonly Step[]): boolean {
  const seen = new Set<string>();
  return steps.every(({ id, after }) => {
    const good = after.every((one) => seen.has(one));
    seen.add(id);
    return good;
  });
}

describe("migration_plan", () => {
  it("moves CommonJS from the users down, with edits that are certain", async () => {
    const { steps } = await plan({ goal: "esm", files: sourcesOf("commander", "{*.js,lib/*.js}") });
    expect(ordered(steps)).toBe(true);
    expect(steps[0]?.files).toEqual(["index.js"]);
    expect(steps.at(-1)?.files).toEqual(expect.arrayContaining(["lib/error.js"]));
    expect(steps[0]?.edits?.[0]).toEqual({
      file: "index.js",
      line: 1,
      before: "const { Argument } = require('./lib/argument.js');",
      after: "import { Argument } from './lib/argument.js';",
    });
  });

  it("types undici from the leaves up", async () => {
    const { steps, value } = await plan({
      goal: "typescript",
      files: sourcesOf("undici", "lib/**/*.js"),
    });
    expect(ordered(steps)).toBe(true);
    expect(new Set(steps.flatMap(({ files }) => files)).size).toBe(value["modules"]);
    const at = (file: string): number => steps.findIndex(({ files }) => files.includes(file));
    expect(at("lib/core/errors.js")).toBeLessThan(at("lib/dispatcher/client.js"));
  }, 30_000);

  it("splits ajv into services that hold together, the same each time", async () => {
    const args = { goal: "services", services: 4, files: sourcesOf("ajv", "lib/**/*.ts") };
    const { value, steps } = await plan(args);
    const services = value["services"] as { modules: string[] }[];
    expect(services.length).toBeGreaterThan(1);
    expect(ordered(steps)).toBe(true);
    expect((await plan(args)).value).toEqual(value);
  });

  it("parts two clusters with one tie at the tie", async () => {
    const ring = (name: string): [string, string[]][] =>
      Array.from({ length: 6 }, (_, index) => [
        `${name}/${index}`,
        [0, 1, 2, 3, 4, 5].filter((one) => one > index).map((one) => `${name}/${one}`),
      ]);
    const { value } = await plan({
      goal: "services",
      modules: {
        ...Object.fromEntries([...ring("orders"), ...ring("stock")]),
        "orders/0": ["orders/1", "orders/2", "stock/0"],
      },
    });
    expect(
      (value["services"] as { name: string }[])
        .map(({ name }) => name)
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["orders", "stock"]);
  });

  it("moves from one package to another, and says when nobody uses it", async () => {
    const files = {
      "a.ts": 'import { get } from "axios"; export const a = get;',
      "b.ts": 'import { a } from "./a.ts"; import axios from "axios"; axios(a);',
      "package.json": "{}",
    };
    const { steps } = await plan({ goal: "framework", from: "axios", to: "undici", files });
    expect(steps.map(({ files: of }) => of)).toEqual([["a.ts"], ["b.ts"], ["package.json"]]);
    const { isError, text } = await call("migration_plan", {
      goal: "framework",
      from: "got",
      to: "undici",
      files,
    });
    expect(isError).toBe(true);
    expect(text).toContain("imported are axios");
  });

  it("tells what no step can solve", async () => {
    const { value } = await plan({
      goal: "esm",
      files: { "a.js": "\nconst x = require(name);\nmodule.exports = x;" },
    });
    expect(value["blockers"]).toMatchObject([{ file: "a.js", line: 2 }]);
  });
});
