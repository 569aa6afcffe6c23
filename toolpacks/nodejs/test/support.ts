/** One worker for a test file, and the lockfiles that eight package managers' versions wrote for one package.json. */
import { readFileSync } from "node:fs";
import { packageFiles, toolpackClient } from "flotilla/worker/conformance";
import type { ToolpackClient } from "flotilla/worker/conformance";
import { afterAll } from "vitest";
import type { Network } from "../src/network.ts";
import { createWorker } from "../src/worker.ts";

export function nodejsClient(network: Network = {}): ToolpackClient {
  const toolpack = toolpackClient(createWorker(network));
  afterAll(toolpack.close);
  return toolpack;
}

export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

/** Written by npm (three formats), pnpm 7, 8 and 9, yarn 1 and 4. */
export const LOCKS = {
  "npm-v1.json": "package-lock.json",
  "npm-v2.json": "package-lock.json",
  "npm-v3.json": "package-lock.json",
  "pnpm-5.4.yaml": "pnpm-lock.yaml",
  "pnpm-6.yaml": "pnpm-lock.yaml",
  "pnpm-9.yaml": "pnpm-lock.yaml",
  "yarn-1.lock": "yarn.lock",
  "yarn-4.lock": "yarn.lock",
} as const;

export function project(lock: keyof typeof LOCKS): Record<string, string> {
  return { [LOCKS[lock]]: fixture(lock), "package.json": fixture("package.json.txt") };
}

/** An installed package's files, below a folder. */
export function installed(name: string, pattern: string, folder = ""): Record<string, string> {
  const files = packageFiles(name, pattern, import.meta.url);
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${folder}${path}`, text]),
  );
}
