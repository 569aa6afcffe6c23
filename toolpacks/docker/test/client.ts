/** The pack's client, and the real files that the tests read. */
import { afterAll } from "vitest";
import { packageFile, toolpackClient } from "flotilla/worker/conformance";
import type { Called, ToolpackClient } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";

export function dockerClient(): ToolpackClient {
  const made = toolpackClient(createWorker());
  afterAll(made.close);
  return made;
}

export const published = (name: string, path: string): string =>
  packageFile(name, path, import.meta.url);

interface FoundAt {
  rule: string;
  reference?: string;
  message: string;
  location?: { file: string; line: number };
  fix?: string;
  patch?: unknown;
}
export function findingsOf({ value }: Called): FoundAt[] {
  return JSON.parse(JSON.stringify(value["findings"]));
}
/** `19 DL3018`, in order of lines. */
export function referencesOf(called: Called): string[] {
  return findingsOf(called)
    .map(({ reference = "", location }) => ({ line: location?.line ?? 0, reference }))
    .filter(({ reference }) => reference.startsWith("DL"))
    .toSorted((a, b) => a.line - b.line || a.reference.localeCompare(b.reference))
    .map(({ line, reference }) => `${line} ${reference}`);
}
