import { applyPatch } from "diff";
import { describe, expect, it } from "vitest";
import { qualityClient, real } from "./client.ts";

const { call } = qualityClient();
const TOOL = "commit_review";
const review = (message: string, more = {}): ReturnType<typeof call> =>
  call(TOOL, { commits: [{ message }], ...more });

/** What commitlint 21.2.4 says with @commitlint/config-conventional. */
describe("commit_review of messages", () => {
  it.each([
    ["feat(api)!: take only JSON\n\nBREAKING CHANGE: forms are refused", []],
    [
      "Fix: Close the file.",
      [
        "commitlint/subject-case",
        "commitlint/subject-full-stop",
        "commitlint/type-case",
        "commitlint/type-enum",
      ],
    ],
    ["added stuff", ["commitlint/subject-empty", "commitlint/type-empty"]],
    [`feat: ${"x".repeat(120)}`, ["commitlint/header-max-length"]],
    ["docs: a\nbody right here", ["commitlint/body-leading-blank"]],
    ["feat(parser): add ability to parse arrays", []],
    ["chore: X", ["commitlint/subject-case"]],
    ["foo: bar", ["commitlint/type-enum"]],
    ["fix: a\n\nCloses #12\nRefs: abc", []],
    ["Merge branch 'x'", []],
    ["", ["empty-message"]],
    ["wip: half of it", ["commitlint/type-enum", "unfinished-commit"]],
    ["fix: breaking change of the names", ["breaking-not-marked"]],
  ])("says of %j what commitlint says", async (message, rules) => {
    expect((await review(message)).rules.toSorted()).toEqual(rules);
  });

  it("takes other types, scopes and lengths", async () => {
    const rules = { types: ["new"], scopes: ["core"], headerLength: 20 };
    expect((await review("new(core): short", { rules })).rules).toEqual([]);
    expect((await review("new(other): short", { rules })).rules).toEqual(["commitlint/scope-enum"]);
  });
});

describe("commit_review of versions", () => {
  it.each([
    ["fix: a", "1.4.2", "1.4.3"],
    ["feat: a", "1.4.2", "1.5.0"],
    ["fix!: a", "1.4.2", "2.0.0"],
    ["fix: a\n\nBREAKING-CHANGE: b", "1.4.2", "2.0.0"],
    ["docs: a", "1.4.2", "1.4.2"],
    ["feat!: a", "0.4.2", "0.5.0"],
    ["feat: a", "0.4.2", "0.4.3"],
    ["revert: feat: a", "1.4.2", "1.4.3"],
  ])("takes %j after %s to %s", async (message, version, next) => {
    expect((await review(message, { version })).value).toMatchObject({ next });
  });
});

describe("commit_review of a log", () => {
  const log = `commit 1111111111111111111111111111111111111111 (HEAD -> main)
Author: A <a@example.org>
Date:   Thu Jan 1 00:00:00 2026 +0000

    feat(cart)!: count by weight

    BREAKING CHANGE: prices are per gram

10\t2\tsrc/cart.ts
9000\t1\tpackage-lock.json
-\t-\tlogo.png

commit 2222222222222222222222222222222222222222
Author: A <a@example.org>
Date:   Thu Jan 1 00:00:00 2026 +0000

    docs: explain weights

500\t0\tsrc/scale.ts
`;

  it("reads sizes without lock files, and types that do not fit", async () => {
    const called = await call(TOOL, { log, version: "1.0.0" });
    expect(called.value["commits"]).toMatchObject([
      { type: "feat", scope: "cart", breaking: true, bump: "major", added: 10, removed: 2 },
      { type: "docs", breaking: false, bump: "none", added: 500, removed: 0 },
    ]);
    expect(called.rules.toSorted()).toEqual(["large-change", "type-does-not-fit"]);
    expect(called.value["because"]).toBe("feat(cart)!: count by weight");
  });

  it.each(["dockerfile-ast", "es-errors", "jws"])(
    "puts its section into the changelog of %s, before the newest version",
    async (name) => {
      const changelog = real(name, "CHANGELOG.md").replaceAll("\r\n", "\n");
      const { value } = await call(TOOL, { log, version: "1.0.0", changelog });
      const after = applyPatch(changelog, String(value["patch"]));
      expect(after).not.toBe(false);
      const headings = String(after)
        .split("\n")
        .filter((line) => line.startsWith("## "));
      const before = changelog.split("\n").filter((line) => line.startsWith("## "));
      expect(headings.filter((one) => !before.includes(one))).toEqual(["## [2.0.0] - 2026-01-01"]);
      expect(headings.indexOf("## [2.0.0] - 2026-01-01")).toBe(
        before.findIndex((one) => !/unreleased/i.test(one)),
      );
      expect(after).toContain("### Breaking\n\n- **cart:** Prices are per gram (1111111)\n");
    },
  );
});

describe("commit_review and bad input", () => {
  it.each([
    [{}, "Give either log or commits"],
    [{ log: "abc123 oneline" }, "no commit in the log"],
    [{ commits: [{ message: "fix: a" }], version: "one" }, "is no version"],
  ])("says what is wrong with %j", async (given, said) => {
    const { isError, text } = await call(TOOL, given);
    expect([isError, text.includes(said)]).toEqual([true, true]);
  });

  it("is not slowed down by odd messages", async () => {
    const odd = [`fix(${"(".repeat(5_000)}: a`, "#1 ".repeat(6_000), "feat: \0\u{202e}x"];
    const { isError, value } = await call(TOOL, { commits: odd.map((message) => ({ message })) });
    expect([isError, value["total"]]).toEqual([false, 3]);
  });
});
