import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { judgeHouse, type Verdict } from "../../scripts/rooms/judge.ts";
import { loadTable, sourceFiles } from "../../scripts/rooms/table.ts";

const ROOT = join(import.meta.dirname, "../..");

test("every import in the house is one that rooms.json allows", () => {
  const verdict = judgeHouse(ROOT);
  expect(verdict.imports).toBeGreaterThan(20);
  expect(verdict.problems).toEqual([]);
});

/** File, what it says, and the sentence that has to come. A wrong table or a blind parser lets one through. */
const PLANTS: [file: string, source: string, problem: string][] = [
  [
    "src/gateway/planted-control.ts",
    `import type { Coordinator } from "../coordinator/planted.ts";`,
    "src/gateway/planted-control.ts:1 imports coordinator/planted.ts: data plane must not import control plane",
  ],
  [
    "src/gateway/planted-dynamic.ts",
    `\nexport const late = () => import("../coordinator/planted.ts");`,
    "src/gateway/planted-dynamic.ts:2 imports coordinator/planted.ts: data plane must not import control plane",
  ],
  [
    "src/gateway/planted-typeof.ts",
    `export type C = import("../coordinator/planted.ts").Coordinator;`,
    "src/gateway/planted-typeof.ts:1 imports coordinator/planted.ts: data plane must not import control plane",
  ],
  [
    "src/gateway/planted-reexport.ts",
    `export { kept } from "../coordinator/planted.ts";`,
    "src/gateway/planted-reexport.ts:1 imports coordinator/planted.ts: data plane must not import control plane",
  ],
  [
    "src/coordinator/planted.ts",
    `export interface Coordinator {}\nexport const kept = 1;\nimport "../store/memory.ts";`,
    "src/coordinator/planted.ts:3 imports store/memory.ts: enter by contract.ts",
  ],
  [
    "src/protocol/planted-node.ts",
    `import { readFileSync } from "node:fs";\nexport { readFileSync };`,
    "src/protocol/planted-node.ts:1 imports node:fs: only files named *.node.ts may, this one is neutral",
  ],
  [
    "src/store/planted-suffix.ts",
    `import "./planted-only.node.ts";`,
    "src/store/planted-suffix.ts:1 imports store/planted-only.node.ts: a neutral file must not import a node one",
  ],
  [
    "src/store/planted-driver.node.ts",
    `import "./drivers/planted.node.ts";`,
    "src/store/planted-driver.node.ts:1 imports src/store/drivers/planted.node.ts: drivers are named by cli, deploy and their own tests alone",
  ],
  [
    "src/telemetry/planted-package.ts",
    `import "yaml";`,
    "src/telemetry/planted-package.ts:1 imports the package yaml, which its row in rooms.json does not list",
  ],
  [
    "toolpacks/database/src/planted.ts",
    `import "../../../src/worker/index.ts";`,
    "toolpacks/database/src/planted.ts:1 imports worker/index.ts: use the published name, flotilla/…",
  ],
  [
    "dashboard/app/planted.js",
    `/** @import { Coordinator } from "../../src/coordinator/planted.ts" */`,
    "dashboard/app/planted.js:1 imports coordinator/planted.ts: dashboard may import protocol (rooms.json)",
  ],
  [
    "src/security/planted-round.ts",
    `import "./planted-trip.ts";`,
    "files in a circle: src/security/planted-round.ts → src/security/planted-trip.ts → src/security/planted-round.ts",
  ],
];

const SUPPORT: [file: string, source: string][] = [
  ["src/store/planted-only.node.ts", ""],
  ["src/store/drivers/planted.node.ts", ""],
  ["src/store/memory.ts", "export const memory = 1;"],
  ["src/worker/index.ts", "export const worker = 1;"],
  ["src/security/planted-trip.ts", `import "./planted-round.ts";`],
  // What a real room may do, so that a checker that refuses everything fails too.
  [
    "src/cli/planted-fine.ts",
    `import { readFileSync } from "node:fs";\nimport "../store/drivers/planted.node.ts";\nimport "yaml";\nexport { readFileSync };`,
  ],
  [
    "src/gateway/planted-fine.test.ts",
    `import "node:fs";\nimport "../store/memory.ts";\nimport "vitest";`,
  ],
  ["toolpacks/database/src/planted-fine.ts", `import "flotilla/worker";\nimport "node:fs";`],
];

describe("planted in a copy", () => {
  const copy = mkdtempSync(join(tmpdir(), "flotilla-rooms-"));
  let verdict: Verdict;

  beforeAll(() => {
    const table = loadTable(ROOT);
    const files = ["rooms.json", "package.json", "dashboard/package.json"];
    for (const file of [...files, "toolpacks/database/package.json", ...sourceFiles(ROOT, table)]) {
      cpSync(join(ROOT, file), join(copy, file));
    }
    for (const [file, source] of [...SUPPORT, ...PLANTS]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), source);
    }
    verdict = judgeHouse(copy);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each(PLANTS)("%s", (_file, _source, problem) => {
    expect(verdict.problems).toContain(problem);
  });

  test("what is allowed passes", () => {
    expect(verdict.problems.filter((problem) => problem.includes("planted-fine"))).toEqual([]);
  });
});
