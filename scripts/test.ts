/**
 * `npm test`: runs vitest, says why anything was skipped, and closes with one plain line that people and tools can
 * read: `N passed, N failed` (`, N skipped` may follow). Arguments are vitest's own: `npm test -- src/store`.
 * With FLOTILLA_TEST_ALL=1 a skip counts as a failure: continuous integration must not shrink in silence.
 */
import { parseCLI, startVitest, type TestCase, type TestModule } from "vitest/node";

/** Reporters print and workers end within this time after the last test. */
const CLOSE_MS = 20_000;

interface Tally {
  passed: number;
  failed: number;
  /** Why, to how many tests it happened. */
  skipped: Map<string, number>;
}

/** A skip inside a test carries a note; a whole suite is named so that its name says the reason. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = "note" in result ? result.note : undefined;
  const suite = test.parent.type === "suite" ? test.parent.fullName : test.name;
  return `${test.module.relativeModuleId} › ${suite}${note === undefined ? "" : `: ${note}`}`;
}

function tallyOf(modules: readonly TestModule[]): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: new Map() };
  for (const module of modules) {
    // A file or suite that breaks outside its tests has no failed test to show for it.
    tally.failed += module.errors().length;
    for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") tally.passed += 1;
      else if (state === "failed") tally.failed += 1;
      else {
        const reason = reasonOf(test);
        tally.skipped.set(reason, (tally.skipped.get(reason) ?? 0) + 1);
      }
    }
  }
  return tally;
}

function report(tally: Tally, strict: boolean): boolean {
  const skips = [...tally.skipped.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...tally.skipped].map(([reason, count]) => `skipped (${count}): ${reason}`);
  if (strict && skips > 0) lines.push("FLOTILLA_TEST_ALL is set: every skip counts as a failure");
  const failed = tally.failed + (strict ? skips : 0);
  const ending = strict || skips === 0 ? "" : `, ${skips} skipped`;
  lines.push(`${tally.passed} passed, ${failed} failed${ending}`);
  process.stdout.write(`\n${lines.join("\n")}\n`);
  return failed === 0 && tally.passed > 0;
}

async function main(): Promise<void> {
  const { filter, options } = parseCLI(["vitest", ...process.argv.slice(2)]);
  const strict = process.env["FLOTILLA_TEST_ALL"] === "1";
  const tally: Tally = { passed: 0, failed: 0, skipped: new Map() };
  const vitest = await startVitest(filter, {
    ...options,
    watch: false,
    run: true,
    reporters: [
      "default",
      {
        onTestRunEnd(modules, unhandled) {
          Object.assign(tally, tallyOf(modules));
          tally.failed += unhandled.length;
          // Every verdict is in. A runner that does not come to its end must not keep the answer to itself.
          setTimeout(() => process.exit(report(tally, strict) ? 0 : 1), CLOSE_MS).unref();
        },
      },
    ],
  });
  await vitest.close();
  // What a test has left open (a socket, a timer) is no reason to wait either.
  process.exit(report(tally, strict) ? 0 : 1);
}

await main();
