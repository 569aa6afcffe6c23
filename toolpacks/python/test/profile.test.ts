import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pythonClient } from "./sources.ts";

const call = pythonClient();
const analyze = (args: Record<string, unknown>) => call("python_profile_analyze", args);

/** Written by cProfile of CPython 3.11: main calls leaf three times and fib(5). Its numbers are what pstats reads. */
const SMALL =
  "+ykD+ghzbWFsbC5weekHAAAA2gRtYWluKQXpAQAAAHIEAAAAZz8zHitMbdY+Z8GSaTwqYQo/ezApA3IBAAAA6QQAAADaA2ZpYikFcgQAAADpDwAAAGf+AqKpnMvUPmf+AqKpnMvUPnupA3IBAAAAcgIAAAByAwAAACkEcgQAAAByBAAAAGdec/P/PYeoPmf+AqKpnMvUPikDcgEAAAByBQAAAHIGAAAAKQTpDgAAAOkCAAAAZ5KUo+m0utE+Z5KUo+m0utE+MCkDcgEAAAByBAAAANoEbGVhZikF6QMAAAByDAAAAGemMdYOsYfHPmf6i9EhDfoEP3tyCAAAACkEcgwAAAByDAAAAGemMdYOsYfHPmf6i9EhDfoEPzApA/oBfukAAAAA+jA8bWV0aG9kICdkaXNhYmxlJyBvZiAnX2xzcHJvZi5Qcm9maWxlcicgb2JqZWN0cz4pBXIEAAAAcgQAAABn73HHF8RygT5n73HHF8RygT57MCkDcg0AAAByDgAAAPoePGJ1aWx0LWluIG1ldGhvZCBidWlsdGlucy5zdW0+KQVyDAAAAHIMAAAAZ98o5BCSgQM/Z98o5BCSgQM/eykDcgEAAAByBAAAAHILAAAAKQRyDAAAAHIMAAAAZ98o5BCSgQM/Z98o5BCSgQM/MDA=";

interface Row {
  name: string;
  file: string;
  line: number;
  self: number;
  total: number;
  calls?: number;
  primitiveCalls?: number;
}
const rows = (value: Record<string, unknown>): Row[] =>
  JSON.parse(JSON.stringify(value["functions"]));

describe("python_profile_analyze", () => {
  it("reads what pstats reads", async () => {
    const { value, pictures } = await analyze({ base64: SMALL });
    expect(value).toMatchObject({ format: "pstats", unit: "seconds", functionCount: 5, calls: 23 });
    expect(value["total"]).toBeCloseTo(5.0445e-5, 9);
    expect(rows(value)).toMatchObject([
      { name: "<built-in method builtins.sum>", file: "", calls: 3, self: 3.7205e-5 },
      { name: "main", file: "small.py", line: 7, calls: 1, total: 5.0315e-5 },
      { name: "fib", line: 4, calls: 15, primitiveCalls: 1 },
      { name: "leaf", line: 1, calls: 3, total: expect.closeTo(4.001e-5, 9) },
      { name: "<method 'disable' of '_lsprof.Profiler' objects>" },
    ]);
    expect(value["hotPaths"]).toMatchObject([
      { frames: ["main", "leaf", "<built-in method builtins.sum>"] },
      {},
      {},
      {},
    ]);
    expect(pictures[0]).toContain(">main</text>");
  });

  it("reads collapsed stacks, speedscope and printed statistics alike", async () => {
    const collapsed = await analyze({ content: "a (x.py:1);b (x.py:2) 3\na (x.py:1) 1\n" });
    expect(rows(collapsed.value)).toMatchObject([
      { name: "b", self: 3, total: 3 },
      { name: "a", self: 1, total: 4 },
    ]);
    const frames = [
      { name: "a", file: "x.py", line: 1 },
      { name: "b", file: "x.py", line: 2 },
    ];
    const sampled = { type: "sampled", unit: "seconds", samples: [[0, 1], [0]], weights: [3, 1] };
    const events = [
      { type: "O", frame: 0, at: 0 },
      { type: "O", frame: 1, at: 1 },
      { type: "C", frame: 1, at: 4 },
      { type: "C", frame: 0, at: 4 },
    ];
    for (const profile of [sampled, { type: "evented", unit: "seconds", events }]) {
      const { value } = await analyze({
        content: JSON.stringify({ shared: { frames }, profiles: [profile] }),
      });
      expect(value).toMatchObject({ format: "speedscope", unit: "seconds", total: 4 });
      expect(rows(value)).toMatchObject([
        { name: "b", self: 3 },
        { name: "a", self: 1, total: 4 },
      ]);
    }
    const printed = await analyze({
      content:
        "         18 function calls (4 primitive calls) in 2.000 seconds\n\n   ncalls  tottime  percall  cumtime  percall filename:lineno(function)\n     15/1    1.500    0.100    1.500    1.500 small.py:4(fib)\n        3    0.500    0.167    0.500    0.167 {built-in method builtins.sum}\n",
    });
    expect(printed.value).toMatchObject({ format: "pstats-text", total: 2, hotPaths: [] });
    expect(rows(printed.value)).toMatchObject([
      { name: "fib", line: 4, calls: 15, primitiveCalls: 1 },
      { name: "<built-in method builtins.sum>", calls: 3 },
    ]);
    expect(printed.pictures).toEqual([]);
  });

  it("groups by package and knows costs", async () => {
    const { value, rules } = await analyze({
      content:
        "main (app.py:1);deepcopy (/usr/lib/python3.12/copy.py:128) 60\nmain (app.py:1);get (/v/lib/python3.12/site-packages/requests/api.py:62) 10\n",
    });
    expect(value["packages"]).toMatchObject([
      { package: "(standard library)", self: 60 },
      { package: "requests", self: 10 },
      { package: "(your code)", self: 0 },
    ]);
    expect(rules).toEqual(["deep-copies", "hot-function"]);
  });

  it.each([
    ["words", { content: "hello" }],
    ["nothing", { content: "" }],
    ["a marshal that lies about its length", { base64: btoa("{)\xff\xff") }],
    ["a marshal that nests", { base64: btoa(`{${")\x01".repeat(100)}`) }],
    ["a marshal with code in it", { base64: btoa("{c\0\0\0\0") }],
    ["JSON of something else", { content: '{"a": 1}' }],
    [
      "a sample that points to nothing",
      { content: '{"shared":{"frames":[]},"profiles":[{"type":"sampled","samples":[[7]]}]}' },
    ],
    ["no base64", { base64: "A" }],
    ["two of them", { content: "a 1", base64: SMALL }],
  ])("refuses %s with words", async (_, args) => {
    const { isError, text } = await analyze(args);
    expect(isError).toBe(true);
    expect(text.length).toBeGreaterThan(20);
  });

  it("survives deep and wide stacks", async () => {
    const deep = `${Array.from({ length: 5_000 }, (_, at) => `f${at}`).join(";")} 1\n`;
    const wide = Array.from({ length: 20_000 }, (_, at) => `main;f${at} 1`).join("\n");
    for (const content of [deep, wide]) expect((await analyze({ content })).isError).toBe(false);
  });
});

const hasPython = spawnSync("python3", ["-c", "import cProfile"]).status === 0;

describe.skipIf(!hasPython)(
  "python_profile_analyze on what this machine's python3 writes (needs python3)",
  () => {
    it.each(["json.tool --help", "tabnanny .", "compileall --help"])(
      "agrees with pstats about -m %s",
      async (what) => {
        const folder = mkdtempSync(join(tmpdir(), "flotilla-profile-"));
        const file = join(folder, "out.prof");
        spawnSync("python3", ["-m", "cProfile", "-o", file, "-m", ...what.split(" ")], {
          cwd: folder,
        });
        const script =
          "import json,pstats,sys\ns=pstats.Stats(sys.argv[1])\nprint(json.dumps([len(s.stats), s.total_calls, s.total_tt]))";
        const [functions, calls, total] = JSON.parse(
          execFileSync("python3", ["-c", script, file], { encoding: "utf8" }),
        );
        const { value } = await analyze({ base64: readFileSync(file).toString("base64") });
        rmSync(folder, { recursive: true });
        expect(value).toMatchObject({ functionCount: functions, calls });
        expect(value["total"]).toBeCloseTo(total, 6);
      },
    );
  },
);
