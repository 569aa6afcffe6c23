import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodejsClient } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "nodejs-prof-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { call } = nodejsClient();

/** A profile of Node itself running an installed package. */
function profileOf(name: string, code: string): string {
  const into = join(folder, name);
  execFileSync(
    process.execPath,
    [
      "--cpu-prof",
      `--cpu-prof-dir=${into}`,
      "--cpu-prof-interval=500",
      "--input-type=module",
      "-e",
      code,
    ],
    {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: "ignore",
    },
  );
  return readFileSync(join(into, readdirSync(into)[0] ?? ""), "utf8");
}

const WORK: [string, string][] = [
  [
    "ajv",
    'import A from "ajv"; for (let i = 0; i < 60; i++) new A.default().compile({ properties: Object.fromEntries(Array.from({ length: 20 }, (_, k) => ["p" + k, { type: "string", minLength: k }])) });',
  ],
  [
    "yaml",
    'import { parse } from "yaml"; const text = "- { a: 1, b: [x, y, z] }\\n".repeat(400); for (let i = 0; i < 15; i++) parse(text);',
  ],
  [
    "semver",
    'import s from "semver"; for (let i = 0; i < 40_000; i++) s.satisfies("1.2." + i, "^1.0.0 || >=2.1 <3");',
  ],
];

describe.each(WORK)("node_cpu_profile_analyze: %s", (name, code) => {
  let content = "";
  beforeAll(() => {
    content = profileOf(name, code);
  });
  it("gives all time to somebody, most of it to the package", async () => {
    const { value, isError, text, pictures } = await call("node_cpu_profile_analyze", {
      content,
      top: 500,
    });
    expect(isError, text).toBe(false);
    const { startTime, endTime, samples, timeDeltas } = JSON.parse(content) as {
      timeDeltas: number[];
      startTime: number;
      endTime: number;
      samples: number[];
    };
    expect(value["samples"]).toBe(samples.length);
    const packages = value["packages"] as { name: string; selfMs: number }[];
    const sum = packages.reduce((all, { selfMs }) => all + selfMs, 0);
    const durationMs = Number(value["durationMs"]);
    expect(sum).toBeCloseTo(durationMs, 0);
    // What lies before the first sample belongs to nobody.
    const measuredMs = (endTime - startTime - (timeDeltas[0] ?? 0)) / 1_000;
    expect(Math.abs(durationMs - measuredMs)).toBeLessThan(measuredMs / 50);
    const own = packages.filter(
      ({ name: one }) => one !== "v8" && one !== "node" && one !== "native",
    );
    expect(own[0]?.name).toBe(name);
    expect(pictures[0]).toContain("CPU profile profile.cpuprofile");
  });
  it("counts the hits of each function as V8 does", async () => {
    const { value } = await call("node_cpu_profile_analyze", {
      content,
      top: 500,
      picture: "none",
    });
    const profile = JSON.parse(content) as {
      nodes: {
        id: number;
        callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
      }[];
      samples: number[];
      timeDeltas: number[];
      startTime: number;
      endTime: number;
    };
    // Told apart here in the plainest way: each sample's time to the function on top.
    const byId = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
    const times = new Map<string, number>();
    const { startTime, endTime, timeDeltas } = profile;
    const rest = endTime - startTime - timeDeltas.reduce((sum, delta) => sum + delta, 0);
    for (const [index, id] of profile.samples.entries()) {
      const frame = byId.get(id);
      const key = `${frame?.functionName || "(anonymous)"}:${(frame?.lineNumber ?? 0) + 1}:${(frame?.columnNumber ?? 0) + 1}`;
      times.set(key, (times.get(key) ?? 0) + Math.max(0, profile.timeDeltas[index + 1] ?? rest));
    }
    const [hottest] = value["functions"] as {
      name: string;
      line: number;
      column: number;
      selfMs: number;
      totalMs: number;
    }[];
    expect(hottest?.selfMs).toBeCloseTo(
      (times.get(`${hottest?.name}:${hottest?.line}:${hottest?.column}`) ?? 0) / 1_000,
      0,
    );
    expect(hottest?.totalMs).toBeGreaterThanOrEqual(hottest?.selfMs ?? Infinity);
  });
});

const frame = (functionName: string, url = "file:///app/main.js", lineNumber = 0): object => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
  scriptId: "1",
});

describe("node_cpu_profile_analyze", () => {
  it("counts recursion once, and knows what blocks and what collects garbage", async () => {
    const content = JSON.stringify({
      nodes: [
        { id: 1, callFrame: frame("(root)", "", -1), children: [2, 6] },
        { id: 2, callFrame: frame("walk"), children: [3] },
        { id: 3, callFrame: frame("walk"), children: [4] },
        { id: 4, callFrame: frame("walk"), children: [5] },
        { id: 5, callFrame: frame("readFileSync", "node:fs", 400) },
        { id: 6, callFrame: frame("(garbage collector)", "", -1) },
      ],
      startTime: 0,
      endTime: 10_000,
      samples: [4, 5, 6],
      timeDeltas: [0, 4_000, 3_000],
    });
    const { value, rules } = await call("node_cpu_profile_analyze", { content });
    expect(value["functions"]).toContainEqual(
      expect.objectContaining({ name: "walk", selfMs: 4, totalMs: 7 }),
    );
    expect(value).toMatchObject({ durationMs: 10, gcMs: 3, busyMs: 10 });
    expect(rules).toEqual(expect.arrayContaining(["gc-heavy", "blocking-call", "few-samples"]));
  });
  it("reads a tree with circles, strangers and broken numbers", async () => {
    const content = JSON.stringify({
      nodes: [
        { id: 1, children: [2, 1, 99] },
        { id: 2, callFrame: {}, children: [1, 2] },
        null,
        7,
        { id: "x" },
      ],
      samples: [1, 2, 99, "x"],
      timeDeltas: [1, -5, 1e308, "y"],
      startTime: 0,
      endTime: 5,
    });
    const { isError, text } = await call("node_cpu_profile_analyze", { content });
    expect(isError, text).toBe(false);
  });
});
