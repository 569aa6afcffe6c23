/** The ranker: which tools of a list a few words mean. BM25 over weighted fields, kept equal to the list step by step. */
import MiniSearch from "minisearch";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { Item } from "../catalog/build-view.ts";
import { argumentsOf } from "./signature.ts";
import { splitWords, synonymsOf, termOf } from "./words.ts";

export interface ToolIndex {
  /** Makes the index equal to these tools; only what differs costs anything. */
  sync(items: readonly Item[]): void;
  /** The best first; at most `limit` of those that `admits`. */
  find(query: string, options: { limit: number; admits?: (item: Item) => boolean }): Item[];
}

interface Entry {
  id: string;
  name: string;
  title: string;
  description: string;
  arguments: string;
  worker: string;
}

/** A name is chosen with care; a description mentions much; arguments mention anything. */
const WEIGHTS = { name: 4, title: 2.5, worker: 2, description: 1.2, arguments: 0.5 };
const SYNONYM_WEIGHT = 0.4;
/** A query is a sentence at most. */
const MAX_TERMS = 24;
const MAX_DESCRIPTION = 1_500;
/** Shorter words have too many near ones. */
const MIN_PREFIX = 4;
const MIN_FUZZY = 6;

export function createToolIndex(): ToolIndex {
  const search = new MiniSearch<Entry>({
    fields: Object.keys(WEIGHTS),
    tokenize: splitWords,
    processTerm: termOf,
    searchOptions: { boost: WEIGHTS, combineWith: "OR" },
  });
  let kept = new Map<string, Item>();
  return {
    sync(items) {
      const next = new Map(items.map((item) => [item.exposed, item]));
      for (const [id, item] of kept) {
        const now = next.get(id);
        if (now === undefined) search.discard(id);
        else if (now.text !== item.text || now.worker !== item.worker) search.replace(entryOf(now));
      }
      search.addAll(items.filter((item) => !kept.has(item.exposed)).map(entryOf));
      kept = next;
    },
    find(query, { limit, admits }) {
      const terms = termsOf(query);
      if (terms.size === 0) return [];
      const admitted = (id: unknown): Item | undefined => {
        const item = kept.get(String(id));
        return item !== undefined && (admits?.(item) ?? true) ? item : undefined;
      };
      return search
        .search([...terms.keys()].join(" "), {
          tokenize: (text) => text.split(" "),
          processTerm: (term) => [term, ...(terms.get(term) ?? [])],
          boostTerm: (term) => (terms.has(term) ? 1 : SYNONYM_WEIGHT),
          prefix: (term) => terms.has(term) && term.length >= MIN_PREFIX,
          fuzzy: (term) => (terms.has(term) && term.length >= MIN_FUZZY ? 0.2 : false),
          filter: ({ id }) => admitted(id) !== undefined,
        })
        .map(({ id, score, queryTerms }) => ({
          id: String(id),
          rank: score * covered(queryTerms, terms),
        }))
        .toSorted((a, b) => b.rank - a.rank || (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .flatMap(({ id }) => kept.get(id) ?? []);
    },
  };
}

/** The query's own terms, each with its synonyms. */
function termsOf(query: string): Map<string, readonly string[]> {
  const terms = new Map<string, readonly string[]>();
  let before = "";
  for (const word of splitWords(query)) {
    const term = termOf(word);
    // "pay slip" is also looked for as "payslip", without counting as a word that was missed.
    const joined = before === "" ? [] : [before + (term ?? "")];
    before = term === undefined ? "" : word.toLowerCase();
    if (term !== undefined && terms.size < MAX_TERMS)
      terms.set(term, [...synonymsOf(term), ...joined]);
  }
  return terms;
}

/** A tool that answers the whole query comes before one that says one of its words often. */
function covered(
  matched: readonly string[],
  terms: ReadonlyMap<string, readonly string[]>,
): number {
  let count = 0;
  for (const [term, same] of terms)
    if (matched.includes(term) || same.some((other) => matched.includes(other))) count += 1;
  return 0.4 + (0.6 * count) / terms.size;
}

function entryOf({ exposed, original, worker, definition }: Item): Entry {
  const { title, description, annotations } = definition;
  const shown = textOf(title) ?? (isRecord(annotations) ? textOf(annotations["title"]) : undefined);
  return {
    id: exposed,
    name: original,
    title: shown ?? "",
    description: (textOf(description) ?? "").slice(0, MAX_DESCRIPTION),
    arguments: argumentsOf(definition)
      .map(({ name, note }) => `${name} ${note}`)
      .join(" "),
    worker,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
