/**
 * `npm run catalogs [-- NAME …]`: writes each toolpack's `catalog.gen.json`, from which lists are answered while the
 * worker sleeps. Run after changing a tool's face; a pack's own test fails when it was forgotten.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { catalogOf, type Worker } from "../src/worker/index.ts";

const PACKS = join(import.meta.dirname, "../toolpacks");
const wanted = process.argv.slice(2);

for (const name of readdirSync(PACKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  // What has no tools before it has settings ships no catalogue.
  if (!readFileSync(join(PACKS, name, "package.json"), "utf8").includes('"catalog"')) continue;
  const entry = pathToFileURL(join(PACKS, name, "src/worker.ts"));
  const pack: { createWorker(): Worker } = await import(entry.href);
  const catalog = JSON.stringify(catalogOf(pack.createWorker()), null, 2);
  writeFileSync(join(PACKS, name, "catalog.gen.json"), `${catalog}\n`);
  process.stdout.write(`${name}: written\n`);
}
