/** Reads all that a worker offers: every page of every list, bounded. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { CatalogEntry, WorkerCatalog } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import { headersAreValid } from "../upstream/modern/headers.ts";

/** A worker beyond these is broken or hostile; what was read up to them is kept. */
const MAX_PAGES = 100;
const MAX_ENTRIES = 10_000;
/** Characters of all definitions together; a record holds 4 MiB. */
const MAX_CHARS = 3_500_000;

export type ListKind = "tools" | "prompts" | "resources" | "resourceTemplates";

const LIST_METHODS: Record<ListKind, string> = {
  tools: "tools/list",
  prompts: "prompts/list",
  resources: "resources/list",
  resourceTemplates: "resources/templates/list",
};

/** Which capability announces the list. */
const CAPABILITY: Record<ListKind, string> = {
  tools: "tools",
  prompts: "prompts",
  resources: "resources",
  resourceTemplates: "resources",
};

export async function fetchCatalog(
  client: UpstreamClient,
  signal: AbortSignal,
): Promise<WorkerCatalog> {
  const budget = { chars: MAX_CHARS };
  const read = (kind: ListKind): Promise<CatalogEntry[]> =>
    CAPABILITY[kind] in client.hello.capabilities
      ? fetchList({ client, kind, signal, budget })
      : Promise.resolve([]);
  const tools = await read("tools");
  const [prompts, resources, resourceTemplates] = await Promise.all([
    read("prompts"),
    read("resources"),
    read("resourceTemplates"),
  ]);
  const { serverInfo, capabilities, protocolVersion, instructions } = client.hello;
  return {
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
    capabilities,
    protocolVersion,
    tools:
      client.transport === "http" && client.hello.era === "modern"
        ? tools.filter(hasValidHeaders)
        : tools,
    prompts,
    resources,
    resourceTemplates,
  };
}

interface Fetching {
  client: UpstreamClient;
  kind: ListKind;
  signal: AbortSignal;
  budget: { chars: number };
}

async function fetchList(fetching: Fetching): Promise<CatalogEntry[]> {
  const { kind, budget } = fetching;
  const entries: CatalogEntry[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await fetchPage(fetching, cursor);
    const listed = result?.[kind];
    if (result === undefined || !Array.isArray(listed)) return entries;
    for (const item of listed) {
      const entry = entryOf(item, kind);
      if (entry === undefined) continue;
      budget.chars -= JSON.stringify(entry).length;
      if (budget.chars < 0 || entries.length >= MAX_ENTRIES) return entries;
      entries.push(entry);
    }
    cursor = typeof result["nextCursor"] === "string" ? result["nextCursor"] : undefined;
    // A cursor that comes again would turn for ever.
    if (cursor === undefined || seen.has(cursor)) return entries;
    seen.add(cursor);
  }
  return entries;
}

async function fetchPage(
  { client, kind, signal }: Fetching,
  cursor: string | undefined,
): Promise<Record<string, unknown> | undefined> {
  const answer = await client.call({
    method: LIST_METHODS[kind],
    params: cursor === undefined ? {} : { cursor },
    client: { principal: "flotilla", capabilities: {} },
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

function entryOf(item: unknown, kind: ListKind): CatalogEntry | undefined {
  if (!isRecord(item)) return undefined;
  const address =
    kind === "resources" ? "uri" : kind === "resourceTemplates" ? "uriTemplate" : "name";
  if (typeof item[address] !== "string" || item[address] === "") return undefined;
  const name = typeof item["name"] === "string" ? item["name"] : item[address];
  return typeof name === "string" ? { ...item, name } : undefined;
}

function hasValidHeaders(tool: CatalogEntry): boolean {
  return headersAreValid(tool["inputSchema"]);
}
