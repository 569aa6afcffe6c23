import { applyPatch } from "diff";
import type { Finding } from "flotilla/worker/review";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();

interface Extraction {
  file: string;
  from: string;
  name: string;
  lines: number;
  parameters: number;
  patch: string;
}

/** The patch applied to the one file; another parser than the tool's own says whether it still parses. */
function patched(path: string, text: string, patch: unknown): string {
  const after = applyPatch(text, String(patch));
  if (after === false) throw new Error("The patch does not apply.");
  expect(parseSync(path, after).errors).toEqual([]);
  return after;
}

describe("code_refactor on real code", () => {
  it.each([
    ["commander", "lib/command.js", {}],
    ["ajv", "lib/compile/index.ts", { lines: 25 }],
    ["ajv", "lib/compile/jtd/parse.ts", { lines: 25 }],
  ])(
    "extracts from %s/%s what applies and parses, and makes the function shorter",
    async (name, path, limits) => {
      const content = real(name, path);
      const { value } = await call("code_refactor", { filename: path, content, limits });
      const extractions = value["extractions"] as Extraction[];
      expect(extractions.length).toBeGreaterThan(0);
      for (const one of extractions) {
        const after = patched(path, content, one.patch);
        expect(after).toContain(`${one.name}(`);
        expect(content).not.toMatch(new RegExp(`\\b${one.name}\\b`));
        expect(one.parameters).toBeLessThanOrEqual(4);
      }
      expect(findingsOf({ value } as never, "long-function").length).toBeGreaterThanOrEqual(
        extractions.length,
      );
    },
    60_000,
  );
});

describe("code_refactor", () => {
  const content =
    "export function report(orders: { price: number; count: number }[], title: string, unused: boolean) {\n  // Add up the orders\n  let total = 0;\n  let pieces = 0;\n  for (const { price, count } of orders) {\n    total += price * count;\n    pieces += count;\n  }\n\n  const lines = [title, String(total), String(pieces)];\n  return lines.join('\\n');\n}\n";

  it("moves a part out with its types, and names it by its comment", async () => {
    const { value } = await call("code_refactor", {
      filename: "a.ts",
      content,
      limits: { lines: 8 },
    });
    const [one] = value["extractions"] as Extraction[];
    expect(one).toMatchObject({ from: "report", name: "addUpOrders", parameters: 1 });
    const after = patched("a.ts", content, one?.patch);
    expect(after).toMatch(
      /function addUpOrders\(orders: \{ price: number; count: number; \}\[\]\)/,
    );
  });

  it("removes a dead parameter that no caller passes; else it only tells", async () => {
    const text =
      "function add(a: number, c: number, b?: number) {\n  return a + c;\n}\nadd(1, 3);\n";
    const ask = async (content: string): Promise<Finding | undefined> =>
      findingsOf(await call("code_refactor", { filename: "a.ts", content }), "dead-parameter")[0];
    const dead = await ask(text);
    expect(dead).toMatchObject({ object: "add(b)", location: { line: 1, column: 36 } });
    expect(patched("a.ts", text, dead?.patch)).toContain("add(a: number, c: number) {");
    const passed = await ask(text.replace("add(1, 3)", "add(1, 3, 2)"));
    expect(passed).toMatchObject({ object: "add(b)" });
    expect(passed).not.toHaveProperty("patch");
  });

  it("leaves parameters that others decide about", async () => {
    const text =
      "class Base { run(a: number): number { return a; } }\nclass Sub extends Base { override run(a: number): number { return 1; } }\n[1].map((one, index) => index);\nexport const f = (_unused: number) => 1;\nexport default [Base, Sub];\n";
    expect((await call("code_refactor", { filename: "a.ts", content: text })).rules).toEqual([]);
  });

  it("turns a long list into an object, in all the given files", async () => {
    const files = {
      "a.ts":
        "export function f(a: number, b: string, c: number, d: number, e: number) {\n  return [a, b, c, d, e];\n}\n",
      "b.ts": 'import { f } from "./a.ts";\nf(1, "", 2, 3, 4);\n',
    };
    const [long] = findingsOf(await call("code_refactor", { files }), "long-parameter-list");
    expect(long?.patch).toContain("--- a/a.ts");
    expect(long?.patch).toContain('+f({ a: 1, b: "", c: 2, d: 3, e: 4 });');
  });

  it("sees envy: six members of another object, none of its own", async () => {
    const text =
      "class A {\n  own = 1;\n  bill(o: any) {\n    return o.a + o.b + o.c + o.d + o.e + o.f;\n  }\n  fine(o: any) {\n    return this.own + o.a;\n  }\n}\nexport { A };\n";
    const found = findingsOf(await call("code_refactor", { filename: "a.ts", content: text }));
    expect(found.map(({ rule, object, evidence }) => [rule, object, evidence])).toEqual([
      ["feature-envy", "A.bill", "ATFD 6, LAA 0.00"],
    ]);
  });

  it("says which files it could not read", async () => {
    const files = {
      "broken.ts": "let = =",
      "deep.js": `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      "ok.ts": "export {};\n",
      "empty.js": "",
    };
    const { value } = await call("code_refactor", { files });
    expect((value["skipped"] as { file: string }[]).map(({ file }) => file)).toEqual([
      "broken.ts",
      "deep.js",
    ]);
    expect(value["files"]).toBe(2);
    expect((await call("code_refactor", { files: { "a.py": "x = 1" } })).isError).toBe(true);
  });
});
