/** Toolsets of flotilla.yaml → the wanted fleet, with names that cannot be meant told at once. */
import {
  fitsPattern,
  prefixedName,
  RESERVED_NAMES,
  type ToolsetSpec,
  type WorkerSpec,
} from "../../protocol/index.ts";
import { didYouMean } from "../text/nearest.ts";
import { problemAt, type Path, type Problem } from "./problems.ts";
import type { ToolsetEntry } from "./shape.ts";
import type { Source } from "./source.ts";

export interface Toolsets {
  toolsets: ToolsetSpec[];
  problems: Problem[];
  warnings: Problem[];
}

/** Every fleet has it besides the configured workers. A test holds its tools to those that the coordinator offers. */
const BUILTIN = "coordinator";
export const BUILTIN_TOOLS: readonly string[] = [
  "spawn_drone_server",
  "list_drones",
  "retire_drone",
  "fleet_status",
  "execute_distributed_task",
  "get_distributed_task",
  "cancel_distributed_task",
];

/** What can be known of the fleet's tool names before any worker has started. */
interface Known {
  workers: readonly string[];
  /** Names as on the aggregate. */
  tools: ReadonlySet<string>;
  /** A worker whose tools are listed without its name in front, and not known yet: any name may be its own. */
  open: boolean;
  /** Prefixes of workers whose tools are not known yet. */
  prefixes: readonly string[];
}

export function toolsetSpecs(
  entries: Record<string, ToolsetEntry>,
  { source, workers }: { source: Source; workers: readonly WorkerSpec[] },
): Toolsets {
  const result: Toolsets = { toolsets: [], problems: [], warnings: [] };
  const known = knownOf(workers);
  for (const [name, entry] of Object.entries(entries)) {
    const path = ["toolsets", name];
    const clash = clashOf(name, known);
    if (clash !== undefined)
      result.problems.push(problemAt(source, { path, part: "key", ...clash }));
    result.problems.push(...unknownWorkers(entry, { source, path, known }));
    const { problems, warnings } = unknownTools(entry, { source, path, known });
    result.problems.push(...problems);
    result.warnings.push(...warnings);
    result.toolsets.push(specOf(name, entry));
  }
  return result;
}

function specOf(name: string, entry: ToolsetEntry): ToolsetSpec {
  const { title, description, tools = [], workers = [], discovery = "full" } = entry;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    tools,
    workers,
    discovery,
  };
}

function knownOf(workers: readonly WorkerSpec[]): Known {
  const tools = new Set(BUILTIN_TOOLS);
  const prefixes: string[] = [];
  let open = false;
  for (const { name, naming, catalog } of workers) {
    if (catalog === undefined && naming === "prefixed") prefixes.push(prefixedName(name, ""));
    if (catalog === undefined && naming === "verbatim") open = true;
    for (const tool of catalog?.tools ?? []) {
      if (naming === "verbatim") tools.add(tool.name);
      // Also of a verbatim worker: the name it gets when another one has the plain name.
      tools.add(prefixedName(name, tool.name));
    }
  }
  return { workers: [...workers.map(({ name }) => name), BUILTIN], tools, open, prefixes };
}

function clashOf(name: string, known: Known): { message: string; hint: string } | undefined {
  const hint = `Try "${name}-tools".`;
  if (RESERVED_NAMES.includes(name))
    return { message: `"${name}" belongs to the fleet itself`, hint };
  return known.workers.includes(name)
    ? { message: `a worker is called "${name}" too, and both would be /mcp/${name}`, hint }
    : undefined;
}

interface At {
  source: Source;
  path: Path;
  known: Known;
}

function unknownWorkers({ workers = [] }: ToolsetEntry, { source, path, known }: At): Problem[] {
  return workers.flatMap((worker, index) => {
    if (known.workers.includes(worker)) return [];
    const hint = didYouMean(worker, known.workers) ?? `The fleet has: ${known.workers.join(", ")}.`;
    const message = `no worker is called "${worker}"`;
    return [problemAt(source, { path: [...path, "workers", index], message, hint })];
  });
}

function unknownTools(
  { tools = [] }: ToolsetEntry,
  { source, path, known }: At,
): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const [index, pattern] of tools.entries()) {
    const at = { path: [...path, "tools", index] };
    const verdict = judge(pattern.replace(/^!/, ""), known);
    if (verdict === "unsure") {
      const message = `whether "${pattern}" names a tool shows when all workers have been asked`;
      warnings.push(problemAt(source, { ...at, message }));
    }
    if (verdict !== "unknown") continue;
    const message = pattern.includes("*")
      ? `no tool's name fits "${pattern}"`
      : `no tool is called "${pattern}"`;
    const hint =
      didYouMean(pattern.replaceAll(/[!*]/g, ""), known.tools) ??
      "`flotilla tools` lists the names of a running fleet.";
    problems.push(problemAt(source, { ...at, message, hint }));
  }
  return { problems, warnings };
}

function judge(pattern: string, known: Known): "known" | "later" | "unsure" | "unknown" {
  for (const name of known.tools) if (fitsPattern(pattern, name)) return "known";
  const head = pattern.split("*", 1)[0] ?? "";
  const isWild = head.length < pattern.length;
  const mayBe = known.prefixes.some(
    (prefix) => head.startsWith(prefix) || (isWild && prefix.startsWith(head)),
  );
  if (mayBe) return "later";
  return known.open ? "unsure" : "unknown";
}
