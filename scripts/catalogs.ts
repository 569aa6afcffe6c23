/**
 * `npm run catalogs [-- NAME …]`: writes each toolpack's `catalog.gen.json`, from which lists are answered while the
 * worker sleeps, and docs/tools.md from all of them. Run after changing a tool's face; a pack's own test fails when it
 * was forgotten.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { catalogOf, type Worker } from "../src/worker/index.ts";

const ROOT = join(import.meta.dirname, "..");
const PACKS = join(ROOT, "toolpacks");

interface Catalog {
  serverInfo: { title?: string };
  tools: { name: string; title?: string; description?: string }[];
}
interface Manifest {
  flotilla: { toolpack: string; join?: "by-name"; edge?: { not?: Record<string, string> } };
}

async function writeCatalog(name: string): Promise<void> {
  const entry = pathToFileURL(join(PACKS, name, "src/worker.ts"));
  const pack: { createWorker(): Worker } = await import(entry.href);
  const catalog = JSON.stringify(catalogOf(pack.createWorker()), null, 2);
  writeFileSync(join(PACKS, name, "catalog.gen.json"), `${catalog}\n`);
  process.stdout.write(`${name}: written\n`);
}

/** The first sentence, which says what a tool does; the rest is for the model that chooses. */
function firstSentence(text = ""): string {
  return (/^.*?\.(?= |$)/s.exec(text)?.[0] ?? text).replaceAll("|", "\\|");
}

function page(names: readonly string[]): string {
  const sections = names.map((name) => {
    const catalog: Catalog = JSON.parse(
      readFileSync(join(PACKS, name, "catalog.gen.json"), "utf8"),
    );
    const manifest: Manifest = JSON.parse(readFileSync(join(PACKS, name, "package.json"), "utf8"));
    const { join: joins, edge } = manifest.flotilla;
    const how = joins === "by-name" ? ` Joins when named: \`toolpacks: [all, ${name}]\`.` : "";
    const rows = catalog.tools.map((tool) => {
      const place = edge?.not?.[tool.name] === undefined ? "✓" : "";
      return `| \`${tool.name}\` | ${firstSentence(tool.description)} | ${place} |`;
    });
    return [
      `## ${catalog.serverInfo.title ?? name} (${catalog.tools.length})`,
      "",
      `[toolpacks/${name}](../toolpacks/${name}/README.md) has an example of each.${how}`,
      "",
      "| tool | what it does | edge |",
      "| --- | --- | --- |",
      ...rows,
      "",
    ].join("\n");
  });
  return `# The tools

Made by \`npm run catalogs\` from what the toolpacks say of themselves. *Edge*: it also runs in workerd.

${sections.join("\n")}`;
}

const wanted = process.argv.slice(2);
const all = readdirSync(PACKS).filter((name) => existsSync(join(PACKS, name, "catalog.gen.json")));
for (const name of wanted.length > 0 ? wanted : all) await writeCatalog(name);
writeFileSync(join(ROOT, "docs/tools.md"), page(all));
