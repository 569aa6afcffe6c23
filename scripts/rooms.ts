/** `npm run rooms` writes what is made from rooms.json; `npm run rooms:check` fails when it is stale or broken. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { judgeHouse } from "./rooms/judge.ts";
import { lintFile, markdownTable } from "./rooms/render.ts";
import { loadTable, type RoomsTable } from "./rooms/table.ts";

const ROOT = join(import.meta.dirname, "..");
const LINT = join(ROOT, "rooms-lint.gen.json");
const PAGE = join(ROOT, "ARCHITECTURE.md");
const BEGIN = "<!-- rooms:begin (made by npm run rooms) -->";
const END = "<!-- rooms:end -->";

function withTable(table: RoomsTable, page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`ARCHITECTURE.md needs the lines ${BEGIN} and ${END}`);
  }
  return `${before}${BEGIN}\n\n${markdownTable(table)}\n\n${END}${after}`;
}

/** The formatter pads table cells; only the words count. */
const words = (markdown: string): string => markdown.replaceAll(/\s+|-{3,}/g, "");

function write(table: RoomsTable): void {
  writeFileSync(LINT, `${JSON.stringify(lintFile(table), null, 2)}\n`);
  writeFileSync(PAGE, withTable(table, readFileSync(PAGE, "utf8")));
  execFileSync(join(ROOT, "node_modules/.bin/oxfmt"), [PAGE], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}

function stale(table: RoomsTable): string[] {
  const found: string[] = [];
  const lint: unknown = JSON.parse(readFileSync(LINT, "utf8"));
  if (!isDeepStrictEqual(lint, lintFile(table))) found.push("rooms-lint.gen.json");
  const page = readFileSync(PAGE, "utf8");
  if (words(page) !== words(withTable(table, page))) found.push("ARCHITECTURE.md");
  return found.map((name) => `${name} is not what rooms.json says: run npm run rooms`);
}

function main(): void {
  const table = loadTable(ROOT);
  if (!process.argv.includes("--check")) write(table);
  const verdict = judgeHouse(ROOT);
  const problems = [...stale(table), ...verdict.problems];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const ending = problems.length === 0 ? "all as rooms.json says" : `${problems.length} to mend`;
  process.stdout.write(`rooms: ${verdict.imports} imports in ${verdict.files} files, ${ending}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

main();
