/** What of the joined fleet belongs to a toolset. */
import { fitsPattern, isChosen, isTakenOut } from "../../protocol/patterns.ts";
import { prefixedName } from "../../protocol/names.ts";
import type { CatalogRecord, ToolsetRecord, WorkerRecord } from "../../protocol/records.ts";
import { uiResourceOf } from "./apps.ts";
import type { Item, Lists } from "./build-view.ts";

/** The chosen tools, in the order of the aggregate, and the pages that show them. */
export function chooseItems(
  toolset: ToolsetRecord,
  lists: Lists,
): { tools: readonly Item[]; resources: readonly Item[] } {
  const { tools: patterns, workers } = toolset;
  const tools = lists.tools.filter(({ exposed, worker }) =>
    workers.includes(worker) ? !isTakenOut(patterns, exposed) : isChosen(patterns, exposed),
  );
  const pages = new Set(tools.map(({ definition }) => uiResourceOf(definition)));
  return { tools, resources: lists.resources.filter(({ exposed }) => pages.has(exposed)) };
}

/** Of workers that lend single tools only what comes with these is offered. */
const LENT = new Set(["tools", "logging"]);

export function chooseMembers(
  { workers: whole }: ToolsetRecord,
  joined: { workers: readonly WorkerRecord[]; catalogs: readonly CatalogRecord[] },
  tools: readonly Item[],
): { workers: WorkerRecord[]; catalogs: CatalogRecord[] } {
  const lending = new Set(tools.map(({ worker }) => worker));
  const isMember = (name: string): boolean => whole.includes(name) || lending.has(name);
  const showing = new Set(
    tools.flatMap(({ worker, definition }) =>
      uiResourceOf(definition) === undefined ? [] : [worker],
    ),
  );
  return {
    workers: joined.workers.filter(({ name }) => isMember(name)),
    catalogs: joined.catalogs.flatMap((record) => {
      if (!isMember(record.worker)) return [];
      return [whole.includes(record.worker) ? record : lent(record, showing.has(record.worker))];
    }),
  };
}

function lent(record: CatalogRecord, shows: boolean): CatalogRecord {
  const { instructions: _, capabilities, ...catalog } = record.catalog;
  const kept = Object.entries(capabilities).filter(
    ([name]) => LENT.has(name) || (shows && (name === "resources" || name === "extensions")),
  );
  return { ...record, catalog: { ...catalog, capabilities: Object.fromEntries(kept) } };
}

/** False when no tool of a worker nobody has met can be meant. */
export function mayHold({ tools, workers }: ToolsetRecord, worker: WorkerRecord): boolean {
  if (workers.includes(worker.name)) return true;
  const wanted = tools.filter((pattern) => !pattern.startsWith("!"));
  if (worker.naming === "verbatim") return wanted.length > 0;
  const prefix = prefixedName(worker.name, "");
  return wanted.some((pattern) => {
    const head = pattern.split("*", 1)[0] ?? "";
    return head === pattern
      ? pattern.startsWith(prefix)
      : head.startsWith(prefix) || prefix.startsWith(head) || fitsPattern(pattern, prefix);
  });
}
