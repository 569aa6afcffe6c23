/** Tools with the workers they belong to: the endpoint lists names, the fleet's status says whose they are. */
import {
  FlotillaError,
  unprefixedName,
  type ToolDefinition,
  type WorkerStatus,
} from "../../protocol/index.ts";
import { didYouMean } from "../text/nearest.ts";
import type { McpClient } from "./mcp.ts";

export interface OwnedTool {
  tool: ToolDefinition;
  /** undefined when the fleet does not say. */
  worker: string | undefined;
}

/** Lists of that many workers are asked for at the same time. */
const ABREAST = 8;

/**
 * Prefixed names carry their worker; those listed verbatim are looked up in the lists of the workers that list so.
 * A worker whose own list fails leaves its tools without a worker, and the rest untouched.
 */
export async function ownedTools(
  mcp: McpClient,
  workers: readonly Pick<WorkerStatus, "name" | "naming">[],
): Promise<OwnedTool[]> {
  const verbatim = workers.filter((worker) => worker.naming === "verbatim").map(({ name }) => name);
  const [tools, owners] = await Promise.all([mcp.listTools(), verbatimOwners(mcp, verbatim)]);
  const prefixed = workers.filter((worker) => worker.naming === "prefixed").map(({ name }) => name);
  return tools.map((tool) => {
    const byName = prefixed.find((worker) => unprefixedName(worker, tool.name) !== undefined);
    return { tool, worker: owners.get(tool.name) ?? byName };
  });
}

async function verbatimOwners(mcp: McpClient, workers: readonly string[]) {
  const owners = new Map<string, string>();
  const queue = [...workers];
  const drain = async (): Promise<void> => {
    for (let worker = queue.shift(); worker !== undefined; worker = queue.shift()) {
      const tools = await mcp.listTools(worker).catch(() => []);
      for (const { name } of tools) if (!owners.has(name)) owners.set(name, worker);
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, drain));
  return owners;
}

/** `TOOL` as in the fleet's list, or `WORKER/TOOL` with the worker's own name for it. */
export async function findTool(mcp: McpClient, name: string) {
  const slash = name.indexOf("/");
  const worker = slash > 0 ? name.slice(0, slash) : undefined;
  const own = worker === undefined ? name : name.slice(slash + 1);
  const tools = await mcp.listTools(worker);
  const tool = tools.find((candidate) => candidate.name === own);
  if (tool !== undefined) return { tool, worker };
  const names = tools.map((candidate) => candidate.name);
  const guess = didYouMean(own, names);
  throw new FlotillaError("bad_request", `The fleet has no tool "${name.slice(0, 80)}".`, {
    hint: guess ?? "See them with `flotilla tools`.",
  });
}
