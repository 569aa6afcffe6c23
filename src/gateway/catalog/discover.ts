/** What `server/discover` answers: the capabilities of the fleet or of one worker, as far as this gateway relays them. */
import type { WorkerCatalog } from "../../protocol/fleet.ts";
import { isRecord, type RawObject } from "../../protocol/jsonrpc.ts";
import type { ServerCapabilities } from "../../protocol/mcp.ts";
import { META, TASKS_EXTENSION } from "../../protocol/meta.ts";
import { MODERN_VERSIONS } from "../../protocol/versions.ts";
import { CALL_TOOL, DESCRIBE_TOOL, FIND_TOOLS } from "../discovery/meta-tools.ts";
import { joinedExtensions } from "./extensions.ts";
import type { View } from "./view.ts";

type ServerInfo = WorkerCatalog["serverInfo"];

export interface DiscoverOptions {
  view: View;
  /** Shown for the aggregate. */
  serverInfo: ServerInfo;
  ttlMs: number;
}

/** All instructions together, and one worker's share of them: a model reads them at the start of every session. */
const MAX_MERGED_CHARS = 4_000;
const MAX_SHARE_CHARS = 300;

export function discoverResult(options: DiscoverOptions): RawObject {
  const { view, ttlMs } = options;
  const instructions = instructionsOf(view);
  const serverInfo = infoOf(view, options.serverInfo);
  const result = {
    resultType: "complete",
    supportedVersions: MODERN_VERSIONS,
    capabilities: capabilitiesOf(view),
    ...(instructions === undefined ? {} : { instructions }),
    ttlMs,
    cacheScope: "public",
    _meta: { [META.serverInfo]: serverInfo },
  };
  return { text: JSON.stringify(result) };
}

export function instructionsOf(view: View): string | undefined {
  return view.single === undefined
    ? joinedInstructions(view)
    : view.catalogs[0]?.catalog.instructions;
}

/** Who an endpoint says it is: the worker itself at its own, this fleet at those that join several. */
export function infoOf(view: View, own: ServerInfo): ServerInfo {
  const worker = view.single === undefined ? undefined : view.catalogs[0]?.catalog.serverInfo;
  if (worker !== undefined) return worker;
  if (view.name === "") return own;
  const title = view.toolset?.title;
  return { name: view.name, version: own.version, ...(title === undefined ? {} : { title }) };
}

/**
 * A worker nobody has met may offer anything, and a client that is told "no tools" never asks again: so what is
 * unknown counts as offered. Of extensions those are told that are passed on; experiments are not.
 */
function capabilitiesOf(view: View): ServerCapabilities {
  const all = view.catalogs.map(({ catalog }) => catalog.capabilities);
  const isUnknown = view.unknown.length > 0;
  const some = (name: string): boolean => all.some((one) => name in one);
  const listed = { listChanged: true };
  // Where no worker makes tasks, the gateway does, unless it was told not to.
  const makesTasks = view.workers.some(({ calls }) => calls?.tasks !== "never");
  const own = makesTasks ? [{ extensions: { [TASKS_EXTENSION]: {} } }] : [];
  const extensions = joinedExtensions([...all, ...own]);
  const subscribes =
    isUnknown ||
    all.some((one) => isRecord(one["resources"]) && one["resources"]["subscribe"] === true);
  return {
    ...(isUnknown || some("tools") ? { tools: listed } : {}),
    ...(isUnknown || some("prompts") ? { prompts: listed } : {}),
    ...(isUnknown || some("resources")
      ? { resources: { ...listed, ...(subscribes ? { subscribe: true } : {}) } }
      : {}),
    ...(isUnknown || some("completions") ? { completions: {} } : {}),
    ...(isUnknown || some("logging") ? { logging: {} } : {}),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

function joinedInstructions(view: View): string | undefined {
  if (view.workers.length === 0 && view.toolset === undefined) return undefined;
  const parts = [headline(view)];
  let left = MAX_MERGED_CHARS - (parts[0]?.length ?? 0);
  for (const { worker, catalog } of view.catalogs) {
    if (catalog.instructions === undefined || catalog.instructions === "") continue;
    const share = `${worker}: ${clip(catalog.instructions.trim(), MAX_SHARE_CHARS)}`;
    left -= share.length;
    if (left < 0) break;
    parts.push(share);
  }
  return parts.join("\n");
}

function headline({ workers, toolset, discovery }: View): string {
  const prefixed = workers.filter(({ naming }) => naming === "prefixed").map(({ name }) => name);
  const belong =
    prefixed.length === 0
      ? ""
      : ` Names that begin with ${shortList(prefixed)} belong to the server named so.`;
  const joins = `This endpoint joins ${workers.length} MCP servers.${belong}`;
  if (discovery === "progressive") {
    const names = clip(workers.map(({ name }) => name).join(", "), MAX_SHARE_CHARS);
    const how = `Search with ${FIND_TOOLS}, then run with ${CALL_TOOL}; ${DESCRIBE_TOOL} has the full schema.`;
    return `${describedBy(toolset)}${joins} Servers: ${names}. ${how}`;
  }
  return `${describedBy(toolset)}${joins}`;
}

function describedBy(toolset: View["toolset"]): string {
  return toolset?.description === undefined ? "" : `${toolset.description} `;
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `${name}_`);
  return names.length > 5 ? `${shown.join(", ")}, …` : shown.join(", ");
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
