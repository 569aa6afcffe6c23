/**
 * `npm run test:interop`: every client against every worker, all features that both have. Prints the matrix, writes it
 * to docs/interop.md, and ends with 1 when anything failed. Words narrow it down: `npm run test:interop -- python http`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lacks, NEEDED } from "./clients.ts";
import { failuresOf, installedPairs, runCell, startFleet, type Cell } from "./matrix.ts";
import { page, row } from "./page.ts";

const PAGE = join(import.meta.dirname, "../../docs/interop.md");
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const words = process.argv.slice(2).map((word) => word.toLowerCase());
  for (const [language, isMissing] of Object.entries(lacks)) {
    if (isMissing)
      print(`left out: ${language} (needs ${NEEDED[language as keyof typeof NEEDED]})`);
  }
  const pairs = installedPairs().filter(({ client, worker }) => {
    const text = `${client.name} × ${worker.name} ${worker.transport}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  await using fleet = await startFleet(pairs);
  const cells: Cell[] = [];
  for (const pair of pairs) {
    const cell = await runCell(pair, fleet);
    cells.push(cell);
    print(row(cell));
  }
  const failures = cells.flatMap(failuresOf);
  for (const failure of failures) print(`FAILED ${failure}`);
  const isWhole = words.length === 0 && !Object.values(lacks).includes(true);
  if (isWhole) writeFileSync(PAGE, page(cells));
  print(`${cells.length} pairs, ${failures.length} failures`);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
