/** What the change as a whole lacks: tests, a lock file, a bearable size. */
import type { Finding } from "flotilla/worker/review";
import type { ChangedFile } from "./changes.ts";
import { kindOf, stemOf } from "./kinds.ts";

/** From here on reviewers find few mistakes (SmartBear's study of reviews at Cisco: 200 to 400 lines). */
const LARGE = 400;
/** Fewer new lines of code hardly need a test of their own. */
const NEEDS_TEST = 5;
const TEST_START = /^\s*(?:(?:it|test)(?:\.\w+)?\(|def test_|func Test|@Test\b|#\[test\])/;

export function checkChange(changes: readonly ChangedFile[]): Finding[] {
  return [
    ...missingTests(changes),
    ...removedTests(changes),
    ...missingLock(changes),
    ...tooLarge(changes),
  ];
}

/** Sources whose new lines no test of the change names by its file. */
export function untested(changes: readonly ChangedFile[]): Set<string> {
  const tested = new Set(
    changes.filter(({ path }) => kindOf(path) === "test").map(({ path }) => stemOf(path)),
  );
  const sources = changes.filter(
    ({ path, status, added }) =>
      kindOf(path) === "source" &&
      status !== "deleted" &&
      added.filter(({ text }) => isCode(text)).length >= NEEDS_TEST,
  );
  return new Set(sources.map(({ path }) => path).filter((path) => !tested.has(stemOf(path))));
}

function missingTests(changes: readonly ChangedFile[]): Finding[] {
  const hasTests = changes.some(({ path, added }) => kindOf(path) === "test" && added.length > 0);
  return [...untested(changes)].map((path) => ({
    rule: "missing-test",
    severity: hasTests ? "info" : "warning",
    message: hasTests
      ? "It changed, and no test of that name did."
      : "It changed, and no test changed at all.",
    location: {
      file: path,
      line: changes.find((one) => one.path === path)?.added[0]?.line ?? 1,
      column: 1,
    },
    fix: `Add or change a test for it, such as ${stemOf(path)}.test.`,
  }));
}

/** Blank lines, brackets and comments need no test. */
function isCode(text: string): boolean {
  return /\w/.test(text) && !/^\s*(?:\/\/|\/?\*|#|import\b|from\b|package\b|use\b)/.test(text);
}

function removedTests(changes: readonly ChangedFile[]): Finding[] {
  return changes.flatMap(({ path, added, removed }): Finding[] => {
    if (kindOf(path) !== "test") return [];
    const gone = removed.filter((text) => TEST_START.test(text)).length;
    const came = added.filter(({ text }) => TEST_START.test(text)).length;
    if (gone <= came) return [];
    return [
      {
        rule: "removed-test",
        severity: "warning",
        message: `${gone - came} tests fewer than before.`,
        location: { file: path, line: 1, column: 1 },
        evidence: `${gone} removed, ${came} added`,
        fix: "Say in the change why they are not needed any more.",
      },
    ];
  });
}

const LOCKED = /^[-+\s]*"(?:@[\w.-]+\/)?[\w.-]+":\s*"(?:[\^~><=]|\d|npm:|workspace:)/;

function missingLock(changes: readonly ChangedFile[]): Finding[] {
  const hasLock = changes.some(({ path }) => kindOf(path) === "lock");
  if (hasLock) return [];
  return changes.flatMap(({ path, added }): Finding[] => {
    if (!/(?:^|\/)package\.json$/.test(path)) return [];
    const first = added.find(
      ({ text }) => LOCKED.test(text) && !/"(?:version|node|npm)"/.test(text),
    );
    if (first === undefined) return [];
    return [
      {
        rule: "lock-not-updated",
        severity: "warning",
        message: "A dependency changed, and no lock file did.",
        location: { file: path, line: first.line, column: 1 },
        evidence: first.text.trim().slice(0, 120),
        fix: "Run the package manager, and commit its lock file too.",
      },
    ];
  });
}

function tooLarge(changes: readonly ChangedFile[]): Finding[] {
  const written = changes.filter(({ path }) => !["lock", "generated"].includes(kindOf(path)));
  const lines = written.reduce((sum, { added, removed }) => sum + added.length + removed.length, 0);
  if (lines <= LARGE) return [];
  return [
    {
      rule: "large-change",
      severity: "info",
      message: `${lines} lines in ${written.length} files are more than one can review well.`,
      fix: "Split it: moves and renames first, then behaviour.",
    },
  ];
}
