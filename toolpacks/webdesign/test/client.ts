/** One worker for a test file, and what its tests need of the machine. */
import { existsSync } from "node:fs";
import { toolpackClient } from "flotilla/worker/conformance";
import type { ToolpackClient } from "flotilla/worker/conformance";
import { afterAll } from "vitest";
import type { BrowsingOptions } from "../src/browser/browsing.ts";
import { findChromium } from "../src/browser/find.node.ts";
import { createWorker } from "../src/worker.ts";

export const HAS_CHROMIUM = existsSync(findChromium() ?? "");
export const BROWSER_NEEDED = "(needs Chromium: apt-get install chromium, or FLOTILLA_CHROMIUM)";

export function webdesignClient(options: BrowsingOptions = {}): ToolpackClient {
  const client = toolpackClient(createWorker(options));
  afterAll(client.close);
  return client;
}

export interface FoundFinding {
  rule: string;
  severity: string;
  message: string;
  location?: { file?: string; line: number; column: number };
  object?: string;
  evidence?: string;
  fix?: string;
  patch?: string;
  reference?: string;
}

/** The findings of an answer, with the fields that tests look at. */
export function findingsOf(value: Record<string, unknown>): FoundFinding[] {
  return value["findings"] as FoundFinding[];
}
