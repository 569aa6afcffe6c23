/** What the tests of this pack share: a client, real files, and a finding's place as text. */
import { packageFile, toolpackClient } from "flotilla/worker/conformance";
import type { Called, ToolpackClient } from "flotilla/worker/conformance";
import type { Finding } from "flotilla/worker/review";
import { afterAll } from "vitest";
import { createWorker } from "../src/worker.ts";

/** 2026-01-01, so that tokens of the tests do not expire one day. */
const NOW = Date.UTC(2026, 0, 1);

export function qualityClient(): ToolpackClient {
  const toolpack = toolpackClient(createWorker({ now: () => NOW }));
  afterAll(toolpack.close);
  return toolpack;
}

export const real = (name: string, path: string): string =>
  packageFile(name, path, import.meta.url);

export function findingsOf({ value }: Called, rule?: string): Finding[] {
  const all = value["findings"] as Finding[];
  return rule === undefined ? all : all.filter((one) => one.rule === rule);
}

/** Lines where a rule was found, in order. */
export function linesOf(called: Called, rule: string): number[] {
  return findingsOf(called, rule)
    .map(({ location }) => location?.line ?? 0)
    .toSorted((a, b) => a - b);
}

/** A finding's unified diff; "" when it has none. */
export function patchText(finding: Finding | undefined): string {
  return typeof finding?.patch === "string" ? finding.patch : "";
}
