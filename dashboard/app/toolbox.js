/**
 * The tools of every worker, listed from the workers' own endpoints (so each under its own name) and listed again when
 * a worker offers something else. Listing wakes nothing: a worker that nobody has met yet has nothing to list.
 * @import { WorkerStatus } from "../../src/protocol/api.ts"
 * @import { Mcp, Tool } from "./mcp.js"
 */
import { signal } from "@preact/signals";

/** @typedef {{ revision: string, tools: Tool[], error?: string }} Shelf */
/** @typedef {{ worker: string, tool: Tool }} Choice */

/** @param {Mcp} mcp */
export function createToolbox(mcp) {
  /** @type {import("@preact/signals").Signal<ReadonlyMap<string, Shelf>>} */
  const shelves = signal(new Map());
  /** @type {Map<string, string>} */
  const asked = new Map();

  /** @param {string} worker @param {string} revision */
  const list = async (worker, revision) => {
    /** @type {Shelf} */
    let shelf;
    try {
      shelf = { revision, tools: await mcp.tools(worker) };
    } catch (error) {
      // The same offer is asked about again later, when the worker has changed.
      shelf = {
        revision,
        tools: [],
        error: error instanceof Error ? error.message : String(error),
      };
    }
    shelves.value = new Map(shelves.value).set(worker, shelf);
  };

  return {
    shelves,
    /** @param {readonly WorkerStatus[]} workers */
    async follow(workers) {
      const names = new Set(workers.map(({ name }) => name));
      const kept = [...shelves.value].filter(([name]) => names.has(name));
      if (kept.length !== shelves.value.size) shelves.value = new Map(kept);
      for (const { name, revision, offers } of workers) {
        if (offers === null || offers.tools === 0) continue;
        const state = `${revision}/${offers.tools}`;
        if (asked.get(name) === state) continue;
        asked.set(name, state);
        await list(name, state);
      }
    },
    /** @type {Mcp["call"]} */
    call: (choice, args, options) => mcp.call(choice, args, options),
  };
}

/** @typedef {ReturnType<typeof createToolbox>} Toolbox */

/**
 * Tools in which every word of the search occurs, names first.
 * @param {ReadonlyMap<string, Shelf>} shelves @param {string} search
 * @returns {[worker: string, tools: Tool[]][]}
 */
export function searchTools(shelves, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return [...shelves]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([worker, { tools }]) => {
      /** @param {Tool} tool */
      const named = (tool) =>
        words.every((word) => `${worker} ${tool.name}`.toLowerCase().includes(word));
      const found = tools.filter((tool) => {
        const text =
          `${worker} ${tool.name} ${tool.title ?? ""} ${tool.description ?? ""}`.toLowerCase();
        return words.every((word) => text.includes(word));
      });
      /** @type {[string, Tool[]]} */
      const shelf = [worker, found.toSorted((a, b) => Number(named(b)) - Number(named(a)))];
      return shelf;
    })
    .filter(([, tools]) => tools.length > 0);
}
