import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import { findingsOf, linesOf, patchText, qualityClient, real } from "./client.ts";

const { call } = qualityClient();

describe("code_lint on real code", () => {
  it("finds in commander what ESLint finds", async () => {
    const content = real("commander", "lib/command.js");
    const found = await call("code_lint", { filename: "command.js", content });
    // ESLint 10 on the same file: no-cond-assign (always) 2718, 2722, 2733; radix 2742.
    expect(linesOf(found, "suspicious/noAssignInExpressions")).toEqual([2718, 2722, 2733]);
    expect(linesOf(found, "correctness/useParseIntRadix")).toEqual([2742]);
    expect(linesOf(found, "suspicious/noTsIgnore")).toEqual([1039, 1296, 1320, 1327]);
  });

  it("finds in picomatch what ESLint finds, with a level that was asked for", async () => {
    const files = {
      "parse.js": real("picomatch", "lib/parse.js"),
      "scan.js": real("picomatch", "lib/scan.js"),
    };
    const rules = { "correctness/noUnusedVariables": "error" };
    const found = await call("code_lint", { files, rules });
    const [unused] = findingsOf(found, "correctness/noUnusedVariables");
    expect(unused).toMatchObject({ severity: "error", location: { file: "parse.js", line: 33 } });
    const scan = findingsOf(found).filter(({ location }) => location?.file === "scan.js");
    const assigned = scan.filter(({ rule }) => rule === "suspicious/noAssignInExpressions");
    expect(assigned.map(({ location }) => location?.line)).toEqual([101, 113, 189, 234, 268]);
  });

  it("gives patches that apply: one per finding, and one per file", async () => {
    const content = real("commander", "lib/command.js");
    const found = await call("code_lint", { filename: "command.js", content });
    const [radix] = findingsOf(found, "correctness/useParseIntRadix");
    const after = applyPatch(content, patchText(radix));
    expect(after).toContain("parseInt(debugPort, 10)");
    const [fix] = found.value["fixes"] as { file: string; fixed: number; patch: string }[];
    expect(fix).toMatchObject({ file: "command.js", fixed: 4 });
    const fixed = await call("code_lint", {
      filename: "command.js",
      content: applyPatch(content, fix?.patch ?? ""),
    });
    expect(linesOf(fixed, "suspicious/noTsIgnore")).toEqual([]);
  });
});

describe("code_lint", () => {
  it("reads CSS, JSON, JSX, GraphQL and HTML", async () => {
    const files = {
      "a.css": "a { color: red; color: blue; }\n",
      "b.json": '{ "a": 1, "a": 2 }\n',
      "c.jsx": "export const A = () => <img src='x' />;\n",
      "d.graphql": "query { a { b } }\n",
      "e.html": "<img src=x>\n",
    };
    const { rules } = await call("code_lint", { files });
    expect(rules).toEqual(
      expect.arrayContaining([
        "suspicious/noDuplicateProperties",
        "suspicious/noDuplicateObjectKeys",
        "a11y/useAltText",
        "correctness/useGraphqlNamedOperations",
      ]),
    );
  });

  it("counts columns in UTF-16 units, also after letters of several bytes", async () => {
    const found = await call("code_lint", {
      filename: "a.ts",
      content: "// é😀\n/* é */ debugger;\n",
    });
    const [one] = findingsOf(found, "suspicious/noDebugger");
    expect(one?.location).toMatchObject({ line: 2, column: 9, endColumn: 18 });
    expect(one?.evidence).toBe("debugger;");
  });

  it("tells syntax errors by their place, and what it cannot take", async () => {
    const broken = await call("code_lint", { filename: "a.ts", content: "let a = ;\n" });
    expect(findingsOf(broken, "syntax")[0]).toMatchObject({
      severity: "error",
      location: { line: 1, column: 9 },
    });
    const rules = { "suspicious/noSuchRule": "error" };
    const wrong = await call("code_lint", { filename: "a.ts", content: "", rules });
    expect(wrong).toMatchObject({ isError: true });
    expect(wrong.text).toContain("group/rule");
    const python = await call("code_lint", { filename: "a.py", content: "print(1)\n" });
    expect(python.text).toContain("expected JavaScript");
    const nameless = await call("code_lint", { content: "let a;" });
    expect(nameless.text).toContain("filename");
    expect((await call("code_lint", { filename: "a.js", content: "" })).isError).toBe(false);
  });

  it("survives code that nests deeper than its parser goes, and goes on with the next file", async () => {
    const files = {
      "deep.js": "[".repeat(100_000),
      "else.js": `${"if(a){}else ".repeat(30_000)}{}`,
      "z.js": "debugger;\n",
    };
    const found = await call("code_lint", { files });
    expect(found.value["skipped"]).toHaveLength(2);
    expect(found.rules).toContain("suspicious/noDebugger");
  });

  it("ends a call whose input takes too long when it is cancelled", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `${index}.js`,
        `${"if(a){}else ".repeat(30_000)}{}`,
      ]),
    );
    const controller = new AbortController();
    const stuck = call("code_lint", { files }, { signal: controller.signal });
    controller.abort();
    await expect(stuck).rejects.toThrow();
    expect((await call("code_lint", { filename: "a.js", content: "debugger" })).isError).toBe(
      false,
    );
  });
});
