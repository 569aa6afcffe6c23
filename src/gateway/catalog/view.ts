/** The fleet's lists as clients see them, made from the tables and kept until these change. */
import type { CatalogEntry } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { CatalogRecord, HealthRecord, WorkerRecord } from "../../protocol/records.ts";
import { isFailing } from "../place/unavailable.ts";
import type { Tables } from "../tables.ts";
import type { ListKind } from "./fetch.ts";
import { exposeNames } from "./names.ts";

/** One entry of a list. */
export interface Item {
  worker: string;
  /** The worker's own name for it, or its URI. */
  original: string;
  /** What clients of this view say. */
  exposed: string;
  definition: CatalogEntry;
  /** The definition as listed, in JSON. */
  text: string;
}

type Lists = Record<ListKind, readonly Item[]>;

export interface View {
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
  /** Names as the worker gave them. Undefined for a worker that is not in the fleet. */
  of(worker: string): View | undefined;
}

const META_HEALTH = "dev.flotilla/health";
const META_RENAMED = "dev.flotilla/renamed";
const KINDS: readonly ListKind[] = ["tools", "prompts", "resources", "resourceTemplates"];

export function createViews(tables: Tables): Views {
  let aggregate: View | undefined;
  const single = new Map<string, View>();
  tables.onChange((change) => {
    if (change.table === "drone") return;
    aggregate = undefined;
    single.delete(change.worker);
  });
  const build = (workers: readonly WorkerRecord[], merged: boolean): View =>
    buildView(workers, { merged, tables });
  return {
    aggregate: () => (aggregate ??= build(tables.workers(), true)),
    of(name) {
      const worker = tables.worker(name);
      if (worker === undefined) return undefined;
      const view = single.get(name) ?? build([worker], false);
      single.set(name, view);
      return view;
    },
  };
}

interface Source {
  worker: WorkerRecord;
  record: CatalogRecord;
  health: HealthRecord | undefined;
}

function buildView(
  workers: readonly WorkerRecord[],
  { merged, tables }: { merged: boolean; tables: Tables },
): View {
  const sources: Source[] = [];
  const unknown: WorkerRecord[] = [];
  for (const worker of workers) {
    const record = tables.catalog(worker.name);
    if (record === undefined) unknown.push(worker);
    else sources.push({ worker, record, health: tables.health(worker.name) });
  }
  const lists: Lists = {
    tools: named(sources, "tools", merged),
    prompts: named(sources, "prompts", merged),
    resources: addressed(sources, "resources", "uri"),
    resourceTemplates: addressed(sources, "resourceTemplates", "uriTemplate"),
  };
  const index = new Map<string, Item>();
  for (const kind of KINDS)
    for (const item of lists[kind]) index.set(`${kind} ${item.exposed}`, item);
  const signatures = new Map<ListKind, string>();
  return {
    signature(kind) {
      const known = signatures.get(kind) ?? lists[kind].map(({ text }) => text).join("\n");
      signatures.set(kind, known);
      return known;
    },
    lists,
    unknown,
    workers,
    catalogs: sources.map(({ record }) => record),
    find: (kind, exposed) => index.get(`${kind} ${exposed}`),
  };
}

function named(sources: readonly Source[], kind: "tools" | "prompts", merged: boolean): Item[] {
  const definitions = new Map<string, { source: Source; definition: CatalogEntry }>();
  for (const source of sources) {
    // Backwards, so that of two entries with one name the first stays.
    for (const definition of source.record.catalog[kind].toReversed()) {
      definitions.set(`${source.worker.name} ${definition.name}`, { source, definition });
    }
  }
  const names = exposeNames(
    sources.map(({ worker, record }) => ({
      worker: worker.name,
      naming: merged ? worker.naming : "verbatim",
      names: record.catalog[kind].map(({ name }) => name),
    })),
  );
  return names.flatMap(({ worker, original, exposed, renamed }) => {
    const found = definitions.get(`${worker} ${original}`);
    if (found === undefined) return [];
    const { source, definition } = found;
    const notes = {
      ...healthNote(source),
      ...(renamed ? { [META_RENAMED]: { worker, name: original } } : {}),
    };
    const shown = exposed === original ? definition : { ...definition, name: exposed };
    return [
      { worker, original, exposed, definition, text: JSON.stringify(annotated(shown, notes)) },
    ];
  });
}

/** URIs are not rewritten. Of two workers that list the same one, the first by name has it on the aggregate. */
function addressed(
  sources: readonly Source[],
  kind: "resources" | "resourceTemplates",
  member: "uri" | "uriTemplate",
): Item[] {
  const items = new Map<string, Item>();
  for (const source of sources) {
    for (const definition of source.record.catalog[kind]) {
      const address = definition[member];
      if (typeof address !== "string" || items.has(address)) continue;
      const text = JSON.stringify(annotated(definition, healthNote(source)));
      items.set(address, {
        worker: source.worker.name,
        original: address,
        exposed: address,
        definition,
        text,
      });
    }
  }
  return [...items.values()];
}

/** Entries of a worker in trouble stay listed, and say so. */
function healthNote({ health }: Source): Record<string, unknown> {
  if (health === undefined || !isFailing(health.state)) return {};
  const { state, lastError, retryAtMs } = health;
  return { [META_HEALTH]: { state, lastError, retryAtMs } };
}

function annotated(definition: CatalogEntry, notes: Record<string, unknown>): CatalogEntry {
  if (Object.keys(notes).length === 0) return definition;
  const meta = isRecord(definition["_meta"]) ? definition["_meta"] : {};
  return { ...definition, _meta: { ...meta, ...notes } };
}
