/**
 * `node scripts/import-names.ts STUBS`: writes which distribution brings a module whose name is another, from the folder
 * `stubs` of typeshed.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder = ""] = process.argv.slice(2);
const normal = (name: string): string => name.replace(/[-_.]+/g, "-").toLowerCase();
const found: Record<string, string> = {};
for (const distribution of readdirSync(folder)) {
  for (const entry of readdirSync(join(folder, distribution), { withFileTypes: true })) {
    const module = entry.isDirectory() ? entry.name : /^(.*)\.pyi$/.exec(entry.name)?.[1];
    if (module === undefined || !/^[A-Za-z]\w*$/.test(module)) continue;
    if (normal(module) !== normal(distribution)) found[module] ??= normal(distribution);
  }
}
const file = new URL("../src/data/import-names.gen.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(found)}\n`);
