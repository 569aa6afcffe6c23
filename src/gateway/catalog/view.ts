/** The fleet's lists as clients see them, made from the tables and kept until these change. */
import type { Discovery } from "../../protocol/fleet.ts";
import { PROGRESSIVE } from "../../protocol/names.ts";
import type { CatalogRecord, ToolsetRecord, WorkerRecord } from "../../protocol/records.ts";
import type { Tables } from "../tables.ts";
import {
  addressed,
  createShown,
  named,
  sourcesOf,
  type Item,
  type Lists,
  type Shown,
  type Source,
} from "./build-view.ts";
import { LIST_KINDS, type ListKind } from "./fetch.ts";
import { chooseItems, chooseMembers, mayHold } from "./toolset.ts";

export type { Item } from "./build-view.ts";

export interface View {
  /** What follows `/mcp/`; empty for the aggregate. */
  name: string;
  /** The one worker whose own endpoint this is; undefined where several are joined. */
  single: string | undefined;
  toolset: ToolsetRecord | undefined;
  discovery: Discovery;
  /** Every tool that may be called here, whether `discovery` lists it or not. */
  lists: Lists;
  /** By exposed name or URI. */
  find(kind: ListKind, exposed: string): Item | undefined;
  /** Differs when the list differs. Made on demand, kept with the view. */
  signature: (kind: ListKind) => string;
  /** Workers in the view whose catalogue nobody has seen yet. */
  unknown: readonly WorkerRecord[];
  catalogs: readonly CatalogRecord[];
  workers: readonly WorkerRecord[];
}

export interface Views {
  aggregate(): View;
  /** A worker's own endpoint or a toolset's. Undefined for a name that is neither. */
  of(name: string): View | undefined;
}

const WHOLE_FLEET: ToolsetRecord = {
  name: PROGRESSIVE,
  tools: ["*"],
  workers: [],
  discovery: "progressive",
};

export function createViews(tables: Tables): Views {
  let aggregate: View | undefined;
  const byName = new Map<string, View>();
  const shown = createShown();
  tables.onChange((change) => {
    if (change.table === "drone") return;
    aggregate = undefined;
    byName.clear();
  });
  const joined = (): View => (aggregate ??= joinedView(tables, shown));
  const build = (name: string): View | undefined => {
    const worker = tables.worker(name);
    if (worker !== undefined) return workerView(worker, tables, shown);
    if (name === PROGRESSIVE) return wholeFleet(joined());
    const toolset = tables.toolset(name);
    return toolset && toolsetView({ toolset, joined: joined(), tables, shown });
  };
  return {
    aggregate: joined,
    of(name) {
      const view = byName.get(name) ?? build(name);
      if (view !== undefined) byName.set(name, view);
      return view;
    },
  };
}

function joinedView(tables: Tables, shown: Shown): View {
  const workers = tables.workers();
  const { sources, unknown } = sourcesOf(workers, tables);
  return viewOf({
    name: "",
    lists: listsOf(sources, true, shown),
    unknown,
    workers,
    catalogs: sources.map(({ record }) => record),
  });
}

function workerView(worker: WorkerRecord, tables: Tables, shown: Shown): View {
  const { sources, unknown } = sourcesOf([worker], tables);
  return viewOf({
    name: worker.name,
    single: worker.name,
    lists: listsOf(sources, false, shown),
    unknown,
    workers: [worker],
    catalogs: sources.map(({ record }) => record),
  });
}

function wholeFleet({ lists, unknown, workers, catalogs }: View): View {
  return viewOf({ name: PROGRESSIVE, toolset: WHOLE_FLEET, lists, unknown, workers, catalogs });
}

interface ToolsetParts {
  toolset: ToolsetRecord;
  joined: View;
  tables: Tables;
  shown: Shown;
}

function toolsetView({ toolset, joined, tables, shown }: ToolsetParts): View {
  const whole = joined.workers.filter(({ name }) => toolset.workers.includes(name));
  const { sources } = sourcesOf(whole, tables);
  const { tools, resources } = chooseItems(toolset, joined.lists);
  const own = addressed(sources, "resources", shown);
  const owned = new Set(own.map(({ exposed }) => exposed));
  const prompts = joined.lists.prompts.filter(({ worker }) => toolset.workers.includes(worker));
  const { workers, catalogs } = chooseMembers(toolset, joined, tools);
  return viewOf({
    name: toolset.name,
    toolset,
    lists: {
      tools,
      prompts,
      resources: [...own, ...resources.filter(({ exposed }) => !owned.has(exposed))],
      resourceTemplates: addressed(sources, "resourceTemplates", shown),
      skills: addressed(sources, "skills", shown),
    },
    unknown: joined.unknown.filter((worker) => mayHold(toolset, worker)),
    workers,
    catalogs,
  });
}

function listsOf(sources: readonly Source[], merged: boolean, shown: Shown): Lists {
  return {
    tools: named(sources, "tools", { merged, shown }),
    prompts: named(sources, "prompts", { merged, shown }),
    resources: addressed(sources, "resources", shown),
    resourceTemplates: addressed(sources, "resourceTemplates", shown),
    skills: addressed(sources, "skills", shown),
  };
}

type ViewParts = Pick<View, "name" | "lists" | "unknown" | "workers" | "catalogs"> &
  Partial<Pick<View, "single" | "toolset">>;

function viewOf(parts: ViewParts): View {
  const { lists, single, toolset } = parts;
  const discovery = toolset?.discovery ?? "full";
  const index = new Map<string, Item>();
  for (const kind of LIST_KINDS)
    for (const item of lists[kind]) index.set(`${kind} ${item.exposed}`, item);
  const signatures = new Map<ListKind, string>();
  return {
    ...parts,
    single,
    toolset,
    discovery,
    find: (kind, exposed) => index.get(`${kind} ${exposed}`),
    signature(kind) {
      // The meta-tools stay as they are, whatever becomes of what they find.
      if (kind === "tools" && discovery === "progressive") return discovery;
      const known = signatures.get(kind) ?? lists[kind].map(({ text }) => text).join("\n");
      signatures.set(kind, known);
      return known;
    },
  };
}
