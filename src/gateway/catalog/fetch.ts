/** Reads all that a worker offers: every page of every list, bounded. */
import { FlotillaError } from "../../protocol/errors.ts";
import type {
  CatalogEntry,
  CatalogList,
  Definition,
  Freshness,
  WorkerCatalog,
} from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import { headersAreValid } from "../upstream/modern/headers.ts";
import { extensionOf, PASSED_EXTENSIONS, SKILLS_EXTENSION } from "./extensions.ts";
import { pageFreshness } from "./freshness.ts";

/** A worker beyond these is broken or hostile; what was read up to them is kept. */
const MAX_PAGES = 100;
const MAX_ENTRIES = 10_000;
/** Characters of all definitions together; a record holds 4 MiB. */
const MAX_CHARS = 3_500_000;

export type ListKind = CatalogList;

/** In a fixed order: cursors name a kind by its place. */
export const LIST_KINDS: readonly ListKind[] = [
  "tools",
  "prompts",
  "resources",
  "resourceTemplates",
  "skills",
];

export const LIST_METHODS: Readonly<Record<ListKind, string>> = {
  tools: "tools/list",
  prompts: "prompts/list",
  resources: "resources/list",
  resourceTemplates: "resources/templates/list",
  skills: "skills/list",
};

/** Which capability announces the list; of skills an extension does. */
const CAPABILITY: Readonly<Record<Exclude<ListKind, "skills">, string>> = {
  tools: "tools",
  prompts: "prompts",
  resources: "resources",
  resourceTemplates: "resources",
};

/** A catalogue is read for every client that may come, so it is asked for as by one that knows what we pass on. */
const OUR_CAPABILITIES = {
  extensions: Object.fromEntries(PASSED_EXTENSIONS.map((id) => [id, {}])),
};

export interface FetchedCatalog {
  catalog: WorkerCatalog;
  /** Tools left out because of their `x-mcp-header` marks, by name. */
  leftOut: string[];
}

export interface FetchOptions {
  client: UpstreamClient;
  signal: AbortSignal;
  /** For whom; the fleet itself unless the worker's lists differ between callers. */
  principal?: string;
}

export async function fetchCatalog(options: FetchOptions): Promise<FetchedCatalog> {
  const { client } = options;
  const budget = { chars: MAX_CHARS };
  const read = (kind: ListKind): Promise<FetchedList> =>
    announces(client, kind)
      ? fetchList({ ...options, kind, budget })
      : Promise.resolve({ entries: [] });
  const tools = await read("tools");
  const [prompts, resources, resourceTemplates, skills] = await Promise.all([
    read("prompts"),
    read("resources"),
    read("resourceTemplates"),
    read("skills"),
  ]);
  const lists = { tools, prompts, resources, resourceTemplates, skills };
  // basic/transports/streamable-http, custom headers: only HTTP clients must leave such tools out.
  const checked = client.transport === "http" && client.hello.era === "modern";
  const all = named(tools.entries, "tools");
  const kept = checked ? all.filter(hasValidHeaders) : all;
  const { serverInfo, capabilities, protocolVersion, instructions } = client.hello;
  const freshness = freshnessIn(lists);
  const catalog = {
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
    capabilities,
    protocolVersion,
    tools: kept,
    prompts: named(prompts.entries, "prompts"),
    resources: named(resources.entries, "resources"),
    resourceTemplates: named(resourceTemplates.entries, "resourceTemplates"),
    ...(announces(client, "skills") ? { skills: skills.entries } : {}),
    ...(freshness === undefined ? {} : { freshness }),
  };
  const leftOut = all.filter((tool) => !kept.includes(tool)).map(({ name }) => name);
  return { catalog, leftOut };
}

function announces({ hello: { capabilities } }: UpstreamClient, kind: ListKind): boolean {
  return kind === "skills"
    ? extensionOf(capabilities, SKILLS_EXTENSION) !== undefined
    : CAPABILITY[kind] in capabilities;
}

function freshnessIn(lists: Record<ListKind, FetchedList>): WorkerCatalog["freshness"] {
  const said: NonNullable<WorkerCatalog["freshness"]> = {};
  for (const kind of LIST_KINDS) {
    const { freshness } = lists[kind];
    if (freshness !== undefined) said[kind] = freshness;
  }
  return Object.keys(said).length === 0 ? undefined : said;
}

interface FetchedList {
  entries: Definition[];
  freshness?: Freshness;
}

interface Fetching extends FetchOptions {
  kind: ListKind;
  budget: { chars: number };
}

async function fetchList(fetching: Fetching): Promise<FetchedList> {
  const pages: Record<string, unknown>[] = [];
  const entries: Definition[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await fetchPage(fetching, cursor);
    const listed = result?.[fetching.kind];
    if (result === undefined || !Array.isArray(listed)) break;
    pages.push({ ttlMs: result["ttlMs"], cacheScope: result["cacheScope"] });
    if (!take(listed, entries, fetching)) break;
    cursor = typeof result["nextCursor"] === "string" ? result["nextCursor"] : undefined;
    // A cursor that comes again would turn for ever.
    if (cursor === undefined || seen.has(cursor)) break;
    seen.add(cursor);
  }
  const freshness = pageFreshness(pages);
  return freshness === undefined ? { entries } : { entries, freshness };
}

/** False when there is no room for more. */
function take(
  listed: readonly unknown[],
  entries: Definition[],
  { kind, budget }: Fetching,
): boolean {
  for (const item of listed) {
    const entry = entryOf(item, kind);
    if (entry === undefined) continue;
    budget.chars -= JSON.stringify(entry).length;
    if (budget.chars < 0 || entries.length >= MAX_ENTRIES) return false;
    entries.push(entry);
  }
  return true;
}

async function fetchPage(
  { client, kind, signal, principal = "flotilla" }: Fetching,
  cursor: string | undefined,
): Promise<Record<string, unknown> | undefined> {
  const answer = await client.call({
    method: LIST_METHODS[kind],
    params: cursor === undefined ? {} : { cursor },
    client: { principal, capabilities: OUR_CAPABILITIES },
    wantsProgress: false,
    signal,
    notify: () => undefined,
  });
  if (answer.kind === "error") {
    // Templates came later than resources: a worker may announce the one and not know the other.
    if (answer.error.code === WIRE.methodNotFound) return undefined;
    throw new FlotillaError(
      "drone_protocol",
      `The worker failed to list ${kind}: ${answer.error.message.slice(0, 200)}`,
    );
  }
  const result: unknown = JSON.parse(answer.result.text);
  return isRecord(result) ? result : undefined;
}

const ADDRESS: Readonly<Record<ListKind, string>> = {
  tools: "name",
  prompts: "name",
  resources: "uri",
  resourceTemplates: "uriTemplate",
  skills: "uri",
};

function entryOf(item: unknown, kind: ListKind): Definition | undefined {
  if (!isRecord(item)) return undefined;
  const address = ADDRESS[kind];
  if (typeof item[address] !== "string" || item[address] === "") return undefined;
  return item;
}

/** Every list but that of skills promises names; what comes without one is called by its address. */
function named(entries: readonly Definition[], kind: ListKind): CatalogEntry[] {
  return entries.map((entry) => {
    const name = entry["name"] ?? entry[ADDRESS[kind]];
    return { ...entry, name: typeof name === "string" ? name : "" };
  });
}

function hasValidHeaders(tool: CatalogEntry): boolean {
  return headersAreValid(tool["inputSchema"]);
}
