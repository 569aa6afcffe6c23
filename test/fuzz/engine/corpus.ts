/** Inputs on disk: `corpus/<target>/*` reached something new once, `corpus/<target>/found-*` broke something once. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CORPUS = join(import.meta.dirname, "../corpus");

export interface CorpusEntry {
  name: string;
  input: Uint8Array;
}

export function readCorpus(target: string): CorpusEntry[] {
  const folder = join(CORPUS, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, input: new Uint8Array(readFileSync(join(folder, name))) }));
}

/** Named by its content, so the same input is kept once. Returns where it is. */
export function keepInput(target: string, input: Uint8Array, prefix = ""): string {
  const folder = join(CORPUS, target);
  mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(input).digest("hex").slice(0, 12);
  const path = join(folder, `${prefix}${digest}`);
  writeFileSync(path, input);
  return path;
}
