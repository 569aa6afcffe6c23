/**
 * `npm run bench:tokens`: what progressive discovery saves a model, and what it costs in turns and in tools that are not
 * found. Counted with the o200k_base tokenizer over the definitions of a real fleet and of a thousand made-up tools.
 * Prints the tables and writes them to docs/benchmarks/tokens.md.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { askableFleet, type Asked, type Catalog } from "./tokens/fleet.ts";
import { readLiveFleet } from "./tokens/live.ts";
import {
  costOfFull,
  costOfProgressive,
  recallOf,
  searchTimes,
  shownToModel,
  tokensOf,
} from "./tokens/measure.ts";
import { HELD_OUT_QUERIES, REAL_QUERIES, SYNTHETIC_QUERIES, type Query } from "./tokens/queries.ts";
import { syntheticCatalogs } from "./tokens/synthetic.ts";
import { TASKS } from "./tokens/tasks.ts";

const OUT = join(import.meta.dirname, "../../docs/benchmarks/tokens.md");

const number = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const ms = (value: number): string => `${value.toFixed(2)} ms`;

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

interface Measured {
  title: string;
  fleet: Asked;
  questions: readonly { title: string; queries: readonly Query[] }[];
}

async function main(): Promise<void> {
  const live = await readLiveFleet();
  const synthetic: [string, Catalog][] = [...syntheticCatalogs()].map(([name, tools]) => [
    name,
    { verbatim: false, tools },
  ]);
  const both = new Map([...live.catalogs, ...synthetic]);
  const tuned = { title: "seen while tuning", queries: [...REAL_QUERIES, ...SYNTHETIC_QUERIES] };
  const all: Measured[] = [
    {
      title: "real servers",
      fleet: await askableFleet(live.catalogs),
      questions: [{ title: "seen while tuning", queries: REAL_QUERIES }],
    },
    {
      title: "real and made-up together",
      fleet: await askableFleet(both),
      questions: [{ title: "**held out**", queries: HELD_OUT_QUERIES }, tuned],
    },
  ];
  const parts = [HEAD, await sizes(all), await recall(all), await tasks(all[1]), NOTES];
  for (const { fleet } of all) await fleet.close();
  const text = `${parts.join("\n\n")}\n`;
  await writeFile(OUT, text);
  process.stdout.write(text);
}

async function sizes(all: readonly Measured[]): Promise<string> {
  const rows = all.map(({ title, fleet }) => {
    const full = tokensOf(shownToModel(fleet.full));
    const meta = tokensOf(shownToModel(fleet.meta));
    const cells = [number(fleet.full.length), number(full), number(meta), percent(1 - meta / full)];
    return [title, ...cells];
  });
  const head = ["catalogue", "tools", "full list", "progressive list", "saved"];
  return `## What the list costs\n\nTokens of \`tools/list\` as a model gets it: names, descriptions and input schemas.\n\n${table(head, rows)}`;
}

async function recall(all: readonly Measured[]): Promise<string> {
  const rows: string[][] = [];
  const speeds: string[][] = [];
  const misses: string[] = [];
  for (const { title, fleet, questions } of all) {
    const { firstMs, cpuMs, medianMs, p99Ms, worstMs } = await searchTimes(
      fleet,
      questions[0]?.queries ?? [],
    );
    speeds.push([title, ms(cpuMs), ms(medianMs), ms(p99Ms), ms(worstMs), ms(firstMs)]);
    for (const { title: kind, queries } of questions) {
      const { at1, at5, missed } = await recallOf(fleet, queries);
      rows.push([title, kind, String(queries.length), percent(at1), percent(at5)]);
      const list = missed.map((text) => `“${text}”`).join(", ");
      misses.push(`- ${title}, ${kind}: ${list === "" ? "none" : list}`);
    }
  }
  const found = table(["catalogue", "queries", "number", "first", "among five"], rows);
  const fast = table(
    ["catalogue", "processor", "median", "p99", "worst", "first search, index and all"],
    speeds,
  );
  return `## What is found, and how fast\n\n${found}\n\nNot among the first five:\n\n${misses.join("\n")}\n\nOne search, through the whole router:\n\n${fast}`;
}

async function tasks(measured: Measured | undefined): Promise<string> {
  if (measured === undefined) return "";
  const { fleet } = measured;
  const list = tokensOf(shownToModel(fleet.full));
  const rows: string[][] = [];
  for (const task of TASKS) {
    const full = costOfFull(list, task);
    const found = await costOfProgressive(fleet, task);
    rows.push([
      task.title,
      `${full.turns} → ${found.turns}`,
      `${number(full.context)} → ${number(found.context)}`,
      `${number(full.billed)} → ${number(found.billed)}`,
      percent(1 - found.billed / full.billed),
      found.failed ? "no" : "yes",
    ]);
  }
  const head = ["task", "turns", "in context", "over all turns", "saved", "done"];
  return `## What a task costs\n\nOver the larger catalogue. Definitions and discovery only: the task's own arguments and results are the same on both sides.\n\n${table(head, rows)}`;
}

const HEAD = `# Tokens of progressive discovery

Made by \`npm run bench:tokens\`. Counted with the \`o200k_base\` tokenizer; other models count somewhat otherwise, the ratios hardly
change. The real servers are the database toolpack, the coordinator, and the official everything, filesystem and memory servers, read through
a running \`flotilla up\`; the made-up tools are a thousand operations of fifty services.`;

const NOTES = `## What the figures leave out

- Where prompts are cached, the full list is paid in full once and at a fraction after that, so the saving over all turns is
  smaller than the table says; the room taken in the context is not.
- Discovery takes more turns, and each is a round trip of the model: small fleets are better off with the full list.
- Each tool is charged one \`describe_tool\`, although the line that \`find_tools\` gives often says enough.
- A search that misses is charged a second one over twenty tools; a task whose tool is not found then counts as not done.
- Times were taken on two cores that had other work to do: go by the median.
- Only the held-out queries say how well unknown wishes are met; they were written by the same hands as the made-up tools, whose
  descriptions are more regular than real ones. The search knows words, not meanings: “what do you know about Alice” finds nothing.`;

await main();
