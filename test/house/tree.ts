/** The files of this repository as a person sees them, for the tests that read them all. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

const SKIPPED = new Set([
  "node_modules",
  "dist",
  "coverage",
  ".git",
  ".flotilla",
  ".venv",
  "test-results",
  ".vite",
]);

/** `/`-separated paths from the root, without what is installed, built or stored. */
export function repositoryFiles(): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  visit("");
  return found.toSorted();
}

export function readText(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
