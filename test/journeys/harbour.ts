/** Configuration for the fixture server, marked so that its processes can be found again. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const HARBOUR = join(import.meta.dirname, "fixtures/harbour.mjs");

export interface WorkerConfig {
  command: string;
  args: string[];
  scale?: { idle?: string };
  limits?: { startTimeout?: string; callTimeout?: string; grace?: string };
}

export function harbour(mark: string, ...args: string[]): WorkerConfig {
  return { command: process.execPath, args: [HARBOUR, mark, ...args] };
}

/** How many times the server has started. */
export function startsIn(ledger: string): number {
  if (!existsSync(ledger)) return 0;
  return readFileSync(ledger, "utf8").trim().split("\n").length;
}
