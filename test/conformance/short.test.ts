/** A few minutes of `npm run conformance` in a few seconds: both crossings of eras, over pipes. */
import { describe, expect, test } from "vitest";
import { EDITIONS } from "./cells.ts";
import type { Edition, WorkerKind } from "./cells.ts";
import { judge, loadExpectations } from "./expected.ts";
import { red } from "./report.ts";
import { INSTALL_HINT, installed, runSuite } from "./suite.ts";
import { startTarget } from "./targets.ts";

/** One scenario of each kind: envelope, plain call, question in rounds, state, cache hints. */
const MODERN: Edition = {
  name: "2026-07-28",
  line: "conformance-0.2",
  args: ["--spec-version", "2026-07-28"],
  era: "modern",
  scenarios: [
    "server-stateless",
    "tools-call-with-progress",
    "input-required-result-multi-round",
    "input-required-result-tampered-state",
    "caching",
  ],
};

async function problems(worker: WorkerKind, edition: Edition): Promise<string[]> {
  await using target = await startTarget(worker, true);
  const url = target.urlOf("aggregate");
  const scenarios = await runSuite({ edition, leg: "server", target: ["--url", url] });
  const place = { worker, endpoint: "aggregate", edition: edition.name };
  expect(scenarios.length).toBeGreaterThan(0);
  return red(scenarios.map((scenario) => judge(loadExpectations(), place, scenario)));
}

const sessions = EDITIONS.find(({ name }) => name === "2025-11-25");

describe.skipIf(!installed)(`the official suite through the gateway (${INSTALL_HINT})`, () => {
  test("modern client, legacy worker", async () => {
    expect(await problems("legacy-stdio", MODERN)).toEqual([]);
  });

  test("legacy client, modern worker", async () => {
    expect(sessions).toBeDefined();
    if (sessions !== undefined) expect(await problems("modern-stdio", sessions)).toEqual([]);
  });
});
