/** Lists and discovery, answered from what is known. */
import { asAbortSignal } from "../call-signal.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { Freshness } from "../../protocol/fleet.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import { metaToolsPage } from "../discovery/meta-tools.ts";
import type { RouterLimits } from "../limits.ts";
import { didYouMean } from "../route/suggest.ts";
import type { Tables } from "../tables.ts";
import { discoverResult } from "./discover.ts";
import { LIST_KINDS, LIST_METHODS, type ListKind } from "./fetch.ts";
import type { FirstContact } from "./first-contact.ts";
import { freshnessOf } from "./freshness.ts";
import { createPages, type Pages } from "./page.ts";
import type { PersonalViews } from "./personal.ts";
import type { Revalidation } from "./revalidate.ts";
import type { View } from "./view.ts";

export interface DeskOptions {
  tables: Tables;
  personal: PersonalViews;
  firstContact: FirstContact;
  revalidation: Revalidation;
  limits: RouterLimits;
  serverInfo: { name: string; version: string; title?: string };
}

export interface CatalogDesk {
  /** Undefined for a method that is neither a list nor discovery. */
  answer(request: McpRequest): Promise<McpOutcome> | McpOutcome | undefined;
  /** Throws `worker_unknown`. */
  view(request: Pick<McpRequest, "endpoint" | "client">): View;
  /** The view, after those workers that nobody has met were asked for their lists. */
  met(request: McpRequest): Promise<View>;
}

const KIND_OF: ReadonlyMap<string, ListKind> = new Map(
  LIST_KINDS.map((kind) => [LIST_METHODS[kind], kind]),
);
/** A list that lacks workers not met yet is worth asking for again soon. */
const PARTIAL_TTL_MS = 1_000;

export function createCatalogDesk(options: DeskOptions): CatalogDesk {
  const pages = createPages();
  const view: CatalogDesk["view"] = (request) => viewOf(options, request);
  const met: CatalogDesk["met"] = async (request) => {
    const known = view(request);
    if (known.unknown.length === 0) return known;
    const strangers = known.unknown.filter(
      ({ name }) => options.tables.catalog(name) === undefined,
    );
    const signal = asAbortSignal(request.signal);
    await options.firstContact.meet(strangers, signal);
    await options.personal.meet(known.unknown, request.client.principal, signal);
    return view(request);
  };
  return {
    view,
    met,
    answer(request) {
      if (request.method === "server/discover") return discover(options, view(request));
      const kind = KIND_OF.get(request.method);
      if (kind === undefined) return undefined;
      return list({ options, pages, kind }, request, () => met(request));
    },
  };
}

function viewOf(
  { personal, tables }: DeskOptions,
  { endpoint, client }: Pick<McpRequest, "endpoint" | "client">,
): View {
  const views = personal.for(client.principal);
  if (endpoint.kind === "aggregate") return views.aggregate();
  const view = views.of(endpoint.worker);
  if (view !== undefined) return view;
  const names = [...tables.workers(), ...tables.toolsets()].map(({ name }) => name);
  const hint = didYouMean(endpoint.worker, names);
  throw new FlotillaError(
    "worker_unknown",
    `There is no worker ${endpoint.worker.slice(0, 100)}.`,
    {
      ...(hint === undefined ? {} : { hint }),
      data: { worker: endpoint.worker },
    },
  );
}

interface Listing {
  options: DeskOptions;
  pages: Pages;
  kind: ListKind;
}

async function list(
  { options, pages, kind }: Listing,
  request: McpRequest,
  met: () => Promise<View>,
): Promise<McpOutcome> {
  const { limits, revalidation, personal } = options;
  if (kind === "tools" && viewOf(options, request).discovery === "progressive")
    return { kind: "result", result: { text: metaToolsPage(limits.listTtlMs) } };
  const view = await met();
  revalidation.look(view.catalogs);
  personal.look(request.client.principal);
  const result = pages.page({
    items: view.lists[kind],
    kind,
    scope: view.name,
    cursor: request.params["cursor"],
    pageEntries: limits.pageEntries,
    pageChars: limits.pageChars,
    freshness: freshnessIn(view, kind, limits.listTtlMs),
  });
  return { kind: "result", result };
}

function freshnessIn(view: View, kind: ListKind, listTtlMs: number): Freshness {
  const freshness = freshnessOf(view.catalogs, kind, listTtlMs);
  return view.unknown.length === 0
    ? freshness
    : { ...freshness, ttlMs: Math.min(freshness.ttlMs, PARTIAL_TTL_MS) };
}

/** Never wakes anything: it is the first thing every client asks. */
function discover({ serverInfo, limits }: DeskOptions, view: View): McpOutcome {
  const ttlMs = view.unknown.length === 0 ? limits.listTtlMs : PARTIAL_TTL_MS;
  return { kind: "result", result: discoverResult({ view, serverInfo, ttlMs }) };
}
