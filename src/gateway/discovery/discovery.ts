/**
 * Progressive discovery: a client that lists three tools reaches a thousand. `find_tools` and `describe_tool` are
 * answered here; `call_tool` becomes the call it names and goes on as if the client had made it.
 */
import type { Clock } from "../../protocol/clock.ts";
import { isRecord, type RawObject } from "../../protocol/jsonrpc.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpRequest } from "../call.ts";
import { isForModels } from "../catalog/apps.ts";
import type { Item, View } from "../catalog/view.ts";
import { isFailing } from "../place/unavailable.ts";
import { didYouMean } from "../route/suggest.ts";
import type { Tables } from "../tables.ts";
import {
  CALL_TOOL,
  DEFAULT_FOUND,
  DESCRIBE_TOOL,
  FIND_TOOLS,
  MAX_FOUND,
  META_TOOL_NAMES,
} from "./meta-tools.ts";
import { signatureOf, summaryOf } from "./signature.ts";
import type { ToolIndex } from "./tool-index.ts";

export interface DiscoveryOptions {
  tables: Pick<Tables, "health">;
  clock: Clock;
  telemetry: Telemetry;
}

export type Discovered =
  | { kind: "answer"; result: RawObject }
  /** The request to handle instead. */
  | { kind: "call"; request: McpRequest };

export interface ToolDiscovery {
  /** `whole`: all that the index holds; `view`: what the endpoint may show, a part of it. */
  handle(request: McpRequest, view: View, whole: View): Promise<Discovered>;
}

/** Whether a request means one of the meta-tools. */
export function isMetaCall(view: View, { method, params }: McpRequest): boolean {
  return (
    view.discovery === "progressive" &&
    method === "tools/call" &&
    META_TOOL_NAMES.includes(textOf(params["name"]))
  );
}

export function createDiscovery(options: DiscoveryOptions): ToolDiscovery {
  const index = lazyIndex();
  return {
    async handle(request, view, whole) {
      const { telemetry, clock } = options;
      const name = textOf(request.params["name"]);
      const given = request.params["arguments"];
      const args = isRecord(given) ? given : {};
      if (name === CALL_TOOL) return callNamed(request, args, view);
      if (name === DESCRIBE_TOOL) return describe(args, view);
      const startMs = clock.monotonicMs();
      const ready = await index();
      ready.sync(whole.lists.tools);
      const answer = find(ready, args, { view, tables: options.tables });
      telemetry.meter.observe("find_tools_ms", clock.monotonicMs() - startMs);
      return answer;
    },
  };
}

/** Loaded and filled by the first search: most fleets never pay for it. */
function lazyIndex(): () => Promise<ToolIndex> {
  let index: Promise<ToolIndex> | undefined;
  return () =>
    (index ??= import("./tool-index.ts").then(({ createToolIndex }) => createToolIndex()));
}

interface Finding {
  view: View;
  tables: Pick<Tables, "health">;
}

function find(
  index: ToolIndex,
  args: Record<string, unknown>,
  { view, tables }: Finding,
): Discovered {
  const { query } = args;
  const worker = args["worker"] === undefined ? undefined : textOf(args["worker"]);
  if (typeof query !== "string" || query.trim() === "")
    return wrong(`${FIND_TOOLS} needs a query: what has to be done, in a few words.`);
  const limit = limitOf(args["limit"]);
  if (limit === undefined) return wrong(`limit must be a whole number from 1 to ${MAX_FOUND}.`);
  const workers = [...new Set(view.lists.tools.map((item) => item.worker))];
  if (worker !== undefined && !workers.includes(worker)) {
    const hint = didYouMean(worker, workers) ?? `Servers: ${namesOf(workers)}.`;
    return wrong(`No server here is called ${worker.slice(0, 100)}. ${hint}`);
  }
  const admits = (item: Item): boolean =>
    (worker === undefined || item.worker === worker) &&
    isForModels(item.definition) &&
    view.find("tools", item.exposed) !== undefined;
  const found = index.find(query, { limit, admits });
  if (found.length === 0)
    return said(`No tool matches. Try other words. Servers: ${namesOf(workers)}.`);
  return said(found.map((item) => lineOf(item, tables)).join("\n"));
}

function limitOf(value: unknown): number | undefined {
  if (value === undefined) return DEFAULT_FOUND;
  return typeof value === "number" && Number.isInteger(value) && value >= 1
    ? Math.min(value, MAX_FOUND)
    : undefined;
}

function lineOf({ exposed, definition, worker }: Item, tables: Pick<Tables, "health">): string {
  const summary = summaryOf(definition);
  const health = tables.health(worker);
  const trouble = health !== undefined && isFailing(health.state) ? ` [${health.state}]` : "";
  const what = summary === "" ? "" : ` — ${summary}`;
  return `${signatureOf(exposed, definition)}${what}${trouble}`;
}

function describe(args: Record<string, unknown>, view: View): Discovered {
  const item = named(args, view);
  return typeof item === "string" ? wrong(item) : said(item.text);
}

function callNamed(request: McpRequest, args: Record<string, unknown>, view: View): Discovered {
  const item = named(args, view);
  if (typeof item === "string") return wrong(item);
  const given = args["arguments"];
  if (given !== undefined && !isRecord(given))
    return wrong(`arguments must be an object, as the input schema of ${item.exposed} says.`);
  const params = { ...request.params, name: item.exposed, arguments: given ?? {} };
  return { kind: "call", request: { ...request, params } };
}

/** The tool that was named, or what to tell a model that named none. */
function named({ name }: Record<string, unknown>, view: View): Item | string {
  if (typeof name !== "string" || name === "")
    return `Give the name of a tool, from ${FIND_TOOLS}.`;
  const item = view.find("tools", name);
  if (item !== undefined && isForModels(item.definition)) return item;
  const hint = didYouMean(
    name,
    view.lists.tools.map(({ exposed }) => exposed),
  );
  return `There is no tool ${name.slice(0, 200)}. ${hint ?? `Search with ${FIND_TOOLS}.`}`;
}

function namesOf(workers: readonly string[]): string {
  const shown = workers.slice(0, 30).join(", ");
  return workers.length > 30 ? `${shown}, …` : shown;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const said = (text: string): Discovered => ({
  kind: "answer",
  result: { text: JSON.stringify({ resultType: "complete", content: [{ type: "text", text }] }) },
});

/** Told as the tool's own failure: models read those and mend their call (server/tools, error handling). */
const wrong = (text: string): Discovered => ({
  kind: "answer",
  result: {
    text: JSON.stringify({
      resultType: "complete",
      content: [{ type: "text", text }],
      isError: true,
    }),
  },
});
