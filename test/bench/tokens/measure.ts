/** What a task costs a model in tokens, with every tool listed and with tools found when needed. */
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import type { CatalogEntry } from "../../../src/protocol/index.ts";
import type { Asked } from "./fleet.ts";
import type { Query } from "./queries.ts";
import type { Task } from "./tasks.ts";

const encoder = new Tiktoken(o200k);
export const tokensOf = (text: string): number => encoder.encode(text, [], []).length;

/** What clients hand to models of a definition; annotations and output schemas mostly stay behind. */
export function shownToModel(tools: readonly CatalogEntry[]): string {
  return JSON.stringify(
    tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
  );
}

export interface Recall {
  at1: number;
  at5: number;
  /** Queries whose right tool was not among the first five. */
  missed: string[];
}

export async function recallOf(fleet: Asked, queries: readonly Query[]): Promise<Recall> {
  const missed: string[] = [];
  let first = 0;
  for (const { text, right } of queries) {
    const found = await find(fleet, text, 5);
    if (right.includes(found.names[0] ?? "")) first += 1;
    if (!found.names.some((name) => right.includes(name))) missed.push(text);
  }
  const { length } = queries;
  return { at1: first / length, at5: (length - missed.length) / length, missed };
}

export interface Cost {
  turns: number;
  /** Definitions and discovery in the context when the task ends. */
  context: number;
  /** Input tokens of that kind over all turns, as billed where nothing is cached. */
  billed: number;
  failed: boolean;
}

/** Every turn carries the list; one turn for each call, and one to say what came of it. */
export function costOfFull(list: number, task: Task): Cost {
  const turns = task.steps.length + 1;
  return { turns, context: list, billed: list * turns, failed: false };
}

/** Every turn carries the three definitions and all that was found so far. A miss costs a second, longer search. */
export async function costOfProgressive(fleet: Asked, task: Task): Promise<Cost> {
  const cost: Cost = {
    turns: 0,
    context: tokensOf(shownToModel(fleet.meta)),
    billed: 0,
    failed: false,
  };
  const turn = (said: string): void => {
    cost.turns += 1;
    cost.billed += cost.context;
    cost.context += tokensOf(said);
  };
  for (const { query, right } of task.steps) {
    let name: string | undefined;
    for (const limit of [5, 20]) {
      const found = await find(fleet, query, limit);
      turn(found.said);
      name = found.names.find((one) => right.includes(one));
      if (name !== undefined) break;
    }
    cost.failed ||= name === undefined;
    if (name === undefined) continue;
    const args = { name };
    // Charged for every tool, although its line often says enough.
    const described = await fleet.call("describe_tool", args);
    turn(`${JSON.stringify({ name: "describe_tool", arguments: args })}${described}`);
    // The arguments and the result are the same on both sides; the wrapping is not.
    turn(JSON.stringify({ name: "call_tool", arguments: { name, arguments: {} } }));
  }
  turn("");
  return cost;
}

async function find(
  fleet: Asked,
  query: string,
  limit: number,
): Promise<{ names: string[]; said: string }> {
  const args = { query, limit };
  const text = await fleet.call("find_tools", args);
  return {
    names: text.split("\n").map((line) => line.split("(", 1)[0] ?? ""),
    said: `${JSON.stringify({ name: "find_tools", arguments: args })}${text}`,
  };
}

/** Of repeated searches, in milliseconds. The first one fills the index. */
export async function searchTimes(
  fleet: Asked,
  queries: readonly Query[],
): Promise<{ firstMs: number; cpuMs: number; medianMs: number; p99Ms: number; worstMs: number }> {
  const startMs = performance.now();
  await find(fleet, "fill the index", 5);
  const firstMs = performance.now() - startMs;
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let round = 0; round < 20; round++) {
    for (const { text } of queries) {
      const beganMs = performance.now();
      await find(fleet, text, 5);
      times.push(performance.now() - beganMs);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1_000 / times.length;
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { firstMs, cpuMs, medianMs: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
}
