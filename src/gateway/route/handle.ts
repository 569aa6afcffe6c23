/** One request of the front: lists and discovery from the catalogue, everything else to its worker. */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { CallEvents } from "../call-events.ts";
import { discoverResult } from "../catalog/discover.ts";
import type { FirstContact } from "../catalog/first-contact.ts";
import type { ListKind } from "../catalog/fetch.ts";
import { pageOf } from "../catalog/page.ts";
import type { View, Views } from "../catalog/view.ts";
import type { RouterLimits } from "../limits.ts";
import type { Tables } from "../tables.ts";
import { createAccount, type Accounted } from "./account.ts";
import type { Forward, Target } from "./forward.ts";
import { failure } from "./outcome.ts";
import { resolve } from "./resolve.ts";
import { didYouMean } from "./suggest.ts";

export interface HandleOptions {
  tables: Tables;
  views: Views;
  forward: Forward;
  firstContact: FirstContact;
  events: CallEvents;
  clock: Clock;
  telemetry: Telemetry;
  limits: RouterLimits;
  serverInfo: { name: string; version: string; title?: string };
}

interface Handling extends HandleOptions {
  account(accounted: Accounted): void;
}

const LISTS = new Map<string, ListKind>([
  ["tools/list", "tools"],
  ["prompts/list", "prompts"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resourceTemplates"],
]);
const CALLS = new Set(["tools/call", "prompts/get", "resources/read", "completion/complete"]);
/** A list that lacks workers not met yet is worth asking for again soon. */
const PARTIAL_TTL_MS = 1_000;

export function createHandle(given: HandleOptions): (request: McpRequest) => Promise<McpOutcome> {
  const options: Handling = { ...given, account: createAccount(given) };
  return async (request) => {
    try {
      const kind = LISTS.get(request.method);
      if (kind !== undefined) return await list(options, request, kind);
      if (CALLS.has(request.method)) return await call(options, request);
      if (request.method === "server/discover") return discover(options, request);
      const message = `Unknown method ${request.method.slice(0, 100)}.`;
      return { kind: "error", error: { code: WIRE.methodNotFound, message }, httpStatus: 404 };
    } catch (error) {
      const failed = failure(error);
      if (failed.cause?.code === "internal") {
        options.telemetry.log.error("handling a request failed", {
          method: request.method,
          reason: String(error),
        });
      }
      return failed;
    }
  };
}

function viewOf({ views, tables }: HandleOptions, { endpoint }: McpRequest): View {
  if (endpoint.kind === "aggregate") return views.aggregate();
  const view = views.of(endpoint.worker);
  if (view !== undefined) return view;
  const hint = didYouMean(
    endpoint.worker,
    tables.workers().map(({ name }) => name),
  );
  throw new FlotillaError(
    "worker_unknown",
    `There is no worker ${endpoint.worker.slice(0, 100)}.`,
    {
      ...(hint === undefined ? {} : { hint }),
      data: { worker: endpoint.worker },
    },
  );
}

/** The view, after those workers that nobody has met were asked for their lists. */
async function metView(options: HandleOptions, request: McpRequest): Promise<View> {
  const view = viewOf(options, request);
  if (view.unknown.length === 0) return view;
  await options.firstContact.meet(view.unknown, request.signal);
  return viewOf(options, request);
}

async function list(
  options: HandleOptions,
  request: McpRequest,
  kind: ListKind,
): Promise<McpOutcome> {
  const view = await metView(options, request);
  const { pageEntries, pageChars, listTtlMs } = options.limits;
  const result = pageOf({
    view,
    kind,
    scope: scopeOf(request),
    cursor: request.params["cursor"],
    pageEntries,
    pageChars,
    ttlMs: view.unknown.length === 0 ? listTtlMs : PARTIAL_TTL_MS,
  });
  return { kind: "result", result };
}

function scopeOf({ endpoint }: McpRequest): string {
  return endpoint.kind === "aggregate" ? "" : endpoint.worker;
}

/** Never wakes anything: it is the first thing every client asks. */
function discover(options: HandleOptions, request: McpRequest): McpOutcome {
  const view = viewOf(options, request);
  const { serverInfo, limits } = options;
  const result = discoverResult({
    view,
    serverInfo,
    merged: request.endpoint.kind === "aggregate",
    ttlMs: view.unknown.length === 0 ? limits.listTtlMs : PARTIAL_TTL_MS,
  });
  return { kind: "result", result };
}

async function call(options: Handling, request: McpRequest): Promise<McpOutcome> {
  const startMs = options.clock.monotonicMs();
  const found = targetOf(options, request);
  const target = found instanceof Promise ? await found : found;
  const forwarded = await options.forward(request, target);
  const durationMs = options.clock.monotonicMs() - startMs;
  options.account({ request, target, forwarded, durationMs });
  return forwarded.outcome;
}

/** At once when somebody known has it, as nearly always. */
function targetOf(options: HandleOptions, request: McpRequest): Target | Promise<Target> {
  const { endpoint } = request;
  const { tables } = options;
  return (
    resolve(request, { endpoint, tables, view: viewOf(options, request) }) ??
    targetAmongNew(options, request)
  );
}

/** Nobody known has it, but not everybody is known. */
async function targetAmongNew(options: HandleOptions, request: McpRequest): Promise<Target> {
  const view = await metView(options, request);
  const { endpoint } = request;
  const met = resolve(request, { endpoint, tables: options.tables, view });
  if (met !== undefined) return met;
  const missing = view.unknown.map(({ name }) => name).slice(0, 5);
  throw new FlotillaError(
    "worker_unavailable",
    `Nothing known by that name, and ${missing.join(", ")} did not answer.`,
    {
      retryable: true,
      retryAfterMs: 5_000,
    },
  );
}
