/** Makes the lists of a view from the catalogues of its workers. */
import type { CatalogEntry, Definition } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { CatalogRecord, HealthRecord, WorkerRecord } from "../../protocol/records.ts";
import { META_TOOL_NAMES } from "../discovery/meta-tools.ts";
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
  definition: Definition;
  /** The definition as listed, in JSON. */
  text: string;
}

export type Lists = Readonly<Record<ListKind, readonly Item[]>>;

export interface Source {
  worker: WorkerRecord;
  record: CatalogRecord;
  health: HealthRecord | undefined;
}

const META_HEALTH = "dev.flotilla/health";
const META_RENAMED = "dev.flotilla/renamed";

export type NamedKind = "tools" | "prompts";
export type AddressedKind = "resources" | "resourceTemplates" | "skills";
const ADDRESS = { resources: "uri", resourceTemplates: "uriTemplate", skills: "uri" } as const;

/** The definition as listed. Kept by the definition: a fleet of a thousand tools changes a few at a time. */
export type Shown = (definition: Definition, change: Change) => string;
interface Change {
  name?: string;
  notes: Record<string, unknown>;
}

export function createShown(): Shown {
  const kept = new WeakMap<Definition, { key: string; text: string }>();
  return (definition, change) => {
    const key = JSON.stringify(change);
    const known = kept.get(definition);
    if (known?.key === key) return known.text;
    const called = change.name === undefined ? definition : { ...definition, name: change.name };
    const text = JSON.stringify(annotated(called, change.notes));
    kept.set(definition, { key, text });
    return text;
  };
}

/** Workers that are known, and those nobody has met. */
export function sourcesOf(
  workers: readonly WorkerRecord[],
  tables: Tables,
): { sources: Source[]; unknown: WorkerRecord[] } {
  const sources: Source[] = [];
  const unknown: WorkerRecord[] = [];
  for (const worker of workers) {
    const record = tables.catalog(worker.name);
    if (record === undefined) unknown.push(worker);
    else sources.push({ worker, record, health: tables.health(worker.name) });
  }
  return { sources, unknown };
}

export function named(
  sources: readonly Source[],
  kind: NamedKind,
  { merged, shown }: { merged: boolean; shown: Shown },
): Item[] {
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
    // On every joined endpoint, so that a tool has one name on all of them.
    merged && kind === "tools" ? META_TOOL_NAMES : [],
  );
  return names.flatMap(({ worker, original, exposed, renamed }) => {
    const found = definitions.get(`${worker} ${original}`);
    if (found === undefined) return [];
    const { source, definition } = found;
    const notes = {
      ...healthNote(source),
      ...(renamed ? { [META_RENAMED]: { worker, name: original } } : {}),
    };
    const name = exposed === original ? {} : { name: exposed };
    return [{ worker, original, exposed, definition, text: shown(definition, { ...name, notes }) }];
  });
}

/** URIs are not rewritten. Of two workers that list the same one, the first by name has it on joined endpoints. */
export function addressed(sources: readonly Source[], kind: AddressedKind, shown: Shown): Item[] {
  const items = new Map<string, Item>();
  for (const source of sources) {
    for (const definition of source.record.catalog[kind] ?? []) {
      const address = definition[ADDRESS[kind]];
      if (typeof address !== "string" || items.has(address)) continue;
      // Skills are signed for byte by byte; nothing is written into them.
      const notes = kind === "skills" ? {} : healthNote(source);
      items.set(address, {
        worker: source.worker.name,
        original: address,
        exposed: address,
        definition,
        text: shown(definition, { notes }),
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

function annotated(definition: Definition, notes: Definition): Definition {
  if (Object.keys(notes).length === 0) return definition;
  const meta = isRecord(definition["_meta"]) ? definition["_meta"] : {};
  return { ...definition, _meta: { ...meta, ...notes } };
}
