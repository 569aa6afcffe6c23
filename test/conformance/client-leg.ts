/**
 * The suite as the worker: each scenario starts a server of its own, `driver.ts` starts Flotilla in front of it and
 * calls it from the other side, and the suite judges what the gateway's upstream leg said.
 */
import { join } from "node:path";
import type { Edition } from "./cells.ts";
import { judge } from "./expected.ts";
import type { Expectation, Judged } from "./expected.ts";
import { runSuite } from "./suite.ts";

const DRIVER = join(import.meta.dirname, "driver.ts");
const BOTH = ["tools_call", "json-schema-2020-12-preservation"];

/** Scenarios under `auth/` judge an OAuth client; the gateway has none yet, so they are not run. */
export const CLIENT_EDITIONS: readonly Edition[] = [
  {
    name: "2026-07-28",
    line: "conformance-0.2",
    args: ["--spec-version", "2026-07-28"],
    scoredBy: "2026-07-28",
    era: "modern",
    scenarios: [
      ...BOTH,
      "request-metadata",
      "sep-2322-client-request-state",
      "http-standard-headers",
      "http-custom-headers",
      "http-invalid-tool-headers",
      "json-schema-ref-no-deref",
    ],
  },
  {
    name: "2025-11-25",
    line: "conformance-0.2",
    args: ["--spec-version", "2025-11-25"],
    scoredBy: "2025-11-25",
    era: "legacy",
    scenarios: [...BOTH, "initialize", "elicitation-sep1034-client-defaults", "sse-retry"],
  },
];

export async function runClientLeg(
  expectations: Expectation[],
  say: (line: string) => void,
): Promise<Judged[]> {
  const results: Judged[] = [];
  for (const edition of CLIENT_EDITIONS) {
    const command = `${process.execPath} ${DRIVER}`;
    const scenarios = await runSuite({ edition, leg: "client", target: ["--command", command] });
    const place = { worker: "the suite", endpoint: "worker", edition: edition.name };
    const judged = scenarios.map((scenario) => judge(expectations, place, scenario));
    const passed = judged.filter(({ outcome }) => outcome === "passed");
    say(`client leg / ${edition.name}: ${passed.length}/${judged.length}`);
    results.push(...judged);
  }
  return results;
}
