/** The page that says how long each target was fuzzed and what came of it; a run replaces the line of its target. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Figures {
  runs: number;
  covered: number;
  /** Inputs to start from next time: seeds and kept ones. */
  corpus: number;
  added: number;
  heapGrowthMb: number;
  peakRssMb: number;
  /** Crashes, hangs, broken rules and growth, together. */
  faults: number;
}

const PAGE = join(import.meta.dirname, "../../../docs/benchmarks/fuzz.md");
const HEAD = `# What fuzzing came to

Made by \`npm run fuzz -- --publish\`; each line is the last published run of its target. Inputs are bred from seeds and kept
inputs, and kept when V8's block coverage says that they reached new code. A fault is a crash, a hang (no answer within 10 s), a
broken rule of the target, something that grew, or more than 48 MB of heap growth between the first fifth of a run and its end.
Kept inputs, and any that caused a fault (\`found-*\`), stay in \`test/fuzz/corpus\` and are replayed by \`npm test\`. A target that is
not in the table has no published run.

| target | seconds | executions | places reached | inputs kept | new | heap growth MB | peak memory MB | faults |
|---|---|---|---|---|---|---|---|---|
`;

export function publish(target: string, seconds: number, figures: Figures): void {
  const before = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  const others = before
    .split("\n")
    .filter((line) => /^\| [a-z-]+ \| \d/.test(line) && !line.startsWith(`| ${target} |`));
  const cells = [
    target,
    seconds,
    figures.runs,
    figures.covered,
    figures.corpus,
    figures.added,
    figures.heapGrowthMb.toFixed(1),
    figures.peakRssMb.toFixed(0),
    figures.faults,
  ];
  const rows = [...others, `| ${cells.join(" | ")} |`].toSorted();
  writeFileSync(PAGE, `${HEAD}${rows.join("\n")}\n`);
}
