import { createTwoFilesPatch } from "diff";
import { describe, expect, it } from "vitest";
import { findingsOf, qualityClient, real } from "./client.ts";

const { call } = qualityClient();

const change = (path: string, before: string, after: string): string =>
  `diff --git a/${path} b/${path}\n${createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after).replace(/^=+\n/, "")}`;
const added = (path: string, text: string): string =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${text.split("\n").length - 1} @@\n${text.replaceAll(/^(?=.)|(?<=\n)(?=\n)/gm, "+")}`;

interface Reviewed {
  file: string;
  kind: string;
  risk: number;
  functions: { name: string; cognitive: number; before?: number }[];
}

describe("code_review_diff on real code", () => {
  const before = real("commander", "lib/command.js");

  it("lints only what changed, and sees complexity rise", async () => {
    const after = before.replace(
      "    this._registerCommand(cmd);\n",
      "    if (opts.a == 1) {\n      for (const one of opts.list) {\n        if (one && one.deep) {\n          while (one.next) {\n            if (one.x || one.y) { one.pop(); }\n          }\n        }\n      }\n    }\n    this._registerCommand(cmd);\n",
    );
    const found = await call("code_review_diff", {
      diff: change("lib/command.js", before, after),
      files: { "lib/command.js": after },
    });
    expect(found.rules.toSorted()).toEqual([
      "complexity-rise",
      "complexity/useOptionalChain",
      "missing-test",
      "suspicious/noDoubleEquals",
    ]);
    // 9 before; +1 +2 +3 +1 +4 +5 +1 for what came.
    expect(findingsOf(found, "complexity-rise")[0]).toMatchObject({
      object: "Command.command",
      message: expect.stringContaining("from 9 to 26"),
    });
    const [file] = found.value["files"] as Reviewed[];
    expect(file?.functions).toEqual([
      expect.objectContaining({ name: "Command.command", before: 9, cognitive: 26 }),
    ]);
  });

  it("reads the change from one build of flatted to the other, and a new file of Go and Python", async () => {
    const [cjs, esm] = [real("flatted", "cjs/index.js"), real("flatted", "esm/index.js")];
    const first = await call("code_review_diff", {
      diff: change("index.js", cjs, esm),
      files: { "index.js": esm },
    });
    expect(first.isError).toBe(false);
    const two =
      added("f.go", real("flatted", "golang/pkg/flatted/flatted.go")) +
      added("f.py", real("flatted", "python/flatted.py"));
    const found = await call("code_review_diff", { diff: two });
    expect(found.value).toMatchObject({ added: 279 + 144, removed: 0, partial: [] });
    expect(findingsOf(found, "complex-new-function").map(({ object }) => object)).toContain(
      "Stringify",
    );
  });
});

describe("code_review_diff", () => {
  it("finds secrets, leftovers, focused tests, markers and switched-off checks in new lines alone", async () => {
    const secret = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].join("");
    const old = `const kept = "${secret}";\ndebugger;\n`;
    const diff =
      change(
        "src/a.js",
        old,
        `${old}console.log(1);\n// eslint-disable-next-line\nconst t = "${secret}";\n`,
      ) + change("test/a.test.js", "it('x', f);\n", "it.only('x', f);\n<<<<<<< HEAD\n");
    const found = await call("code_review_diff", { diff });
    expect(
      findingsOf(found)
        .map(({ rule, location }) => `${rule} ${location?.file}:${location?.line}`)
        .toSorted(),
    ).toEqual([
      "conflict-marker test/a.test.js:2",
      "focused-test test/a.test.js:1",
      "github/GITHUB_TOKEN src/a.js:5",
      "leftover-debugging src/a.js:3",
      "suppressed-check src/a.js:4",
    ]);
    expect(found.value["partial"]).toEqual(["src/a.js", "test/a.test.js"]);
  });

  it("misses tests and lock files", async () => {
    const body = Array.from({ length: 6 }, (_, at) => `export const v${at} = ${at};\n`).join("");
    const manifest = change(
      "package.json",
      '{\n  "dependencies": {}\n}\n',
      '{\n  "dependencies": {\n    "left-pad": "^1.3.0"\n  }\n}\n',
    );
    const bare = await call("code_review_diff", { diff: added("src/user.ts", body) + manifest });
    expect(bare.rules.toSorted()).toEqual(["lock-not-updated", "missing-test"]);
    const tested = await call("code_review_diff", {
      diff: added("src/user.ts", body) + added("test/user.test.ts", "it('works', f);\n"),
    });
    expect(tested.rules).toEqual([]);
    const fewer = await call("code_review_diff", {
      diff: change("a.test.js", "it('a', f);\nit('b', f);\n", "it('a', f);\n"),
    });
    expect(fewer.rules).toEqual(["removed-test"]);
  });

  it("ranks by risk: history and missing tests make a file riskier", async () => {
    const body = Array.from({ length: 20 }, (_, at) => `export const v${at} = ${at};\n`).join("");
    const diff =
      added("src/calm.ts", body) + added("src/busy.ts", body) + added("docs/page.md", body);
    const history = "1\t1\tsrc/busy.ts\n".repeat(40);
    const { value } = await call("code_review_diff", { diff, history });
    expect((value["files"] as Reviewed[]).map(({ file }) => file)).toEqual([
      "src/busy.ts",
      "src/calm.ts",
      "docs/page.md",
    ]);
  });

  it("says when there is no diff, or the files are not those of the diff", async () => {
    expect((await call("code_review_diff", { diff: "hello" })).text).toContain("no unified diff");
    const diff = change("a.js", "a;\n", "b;\n");
    const wrong = await call("code_review_diff", { diff, files: { "a.js": "c;\n" } });
    expect(wrong.text).toContain("not the one that the diff leads to");
  });

  it("takes odd diffs: renames, deletions, binary files, huge line numbers", async () => {
    const diff =
      "diff --git a/old.js b/new.js\nsimilarity index 100%\nrename from old.js\nrename to new.js\n" +
      "diff --git a/gone.js b/gone.js\ndeleted file mode 100644\n--- a/gone.js\n+++ /dev/null\n@@ -1 +0,0 @@\n-a;\n" +
      "diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n" +
      "diff --git a/far.js b/far.js\n--- a/far.js\n+++ b/far.js\n@@ -999999999,1 +999999999,2 @@\n a;\n+debugger;\n";
    const { value, isError } = await call("code_review_diff", { diff });
    expect(isError).toBe(false);
    expect((value["files"] as Reviewed[]).map(({ file }) => file).toSorted()).toEqual([
      "far.js",
      "gone.js",
      "new.js",
      "x.png",
    ]);
  });
});
