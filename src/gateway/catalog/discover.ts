/** What `server/discover` answers: the capabilities of the fleet or of one worker, as far as this gateway relays them. */
import { isRecord, type RawObject } from "../../protocol/jsonrpc.ts";
import type { ServerCapabilities } from "../../protocol/mcp.ts";
import { META } from "../../protocol/meta.ts";
import { MODERN_VERSIONS } from "../../protocol/versions.ts";
import type { View } from "./view.ts";

export interface DiscoverOptions {
  view: View;
  /** Shown for the aggregate. */
  serverInfo: { name: string; version: string; title?: string };
  merged: boolean;
  ttlMs: number;
}

/** All instructions together, and one worker's share of them: a model reads them at the start of every session. */
const MAX_MERGED_CHARS = 4_000;
const MAX_SHARE_CHARS = 300;

export function discoverResult(options: DiscoverOptions): RawObject {
  const { view, merged, ttlMs } = options;
  const single = merged ? undefined : view.catalogs[0]?.catalog;
  const instructions = merged ? mergedInstructions(view) : single?.instructions;
  const serverInfo = single?.serverInfo ?? (merged ? options.serverInfo : nameless(view, options));
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

function nameless(view: View, { serverInfo }: DiscoverOptions): DiscoverOptions["serverInfo"] {
  return { name: view.workers[0]?.name ?? serverInfo.name, version: serverInfo.version };
}

/**
 * A worker nobody has met may offer anything, and a client that is told "no tools" never asks again: so what is
 * unknown counts as offered. Extensions and experiments are left out, because they are not relayed.
 */
function capabilitiesOf(view: View): ServerCapabilities {
  const all = view.catalogs.map(({ catalog }) => catalog.capabilities);
  const isUnknown = view.unknown.length > 0;
  const some = (name: string): boolean => all.some((one) => name in one);
  const listed = { listChanged: true };
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
  };
}

function mergedInstructions(view: View): string | undefined {
  if (view.workers.length === 0) return undefined;
  const prefixed = view.workers
    .filter(({ naming }) => naming === "prefixed")
    .map(({ name }) => name);
  const parts = [
    `This endpoint joins ${view.workers.length} MCP servers.` +
      (prefixed.length === 0
        ? ""
        : ` Names that begin with ${shortList(prefixed)} belong to the server named so.`),
  ];
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

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `${name}_`);
  return names.length > 5 ? `${shown.join(", ")}, …` : shown.join(", ");
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
