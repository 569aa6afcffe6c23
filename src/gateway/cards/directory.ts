/** Every endpoint of this gateway and what may be said of it to anyone who asks. */
import { PROGRESSIVE } from "../../protocol/names.ts";
import { infoOf, instructionsOf } from "../catalog/discover.ts";
import type { View, Views } from "../catalog/view.ts";
import type { Tables } from "../tables.ts";

export interface DirectoryEntry {
  /** What follows `/mcp/`; empty for the aggregate. */
  endpoint: string;
  name: string;
  title: string;
  version: string;
  /** One line. Never how a worker is started or where it runs: that is nobody else's concern. */
  description: string;
  updatedAtMs: number;
}

export interface DirectoryOptions {
  tables: Tables;
  views: Views;
  serverInfo: { name: string; version: string; title?: string };
  /** When this gateway began: the age of what has no other. */
  startedAtMs: number;
}

/** Both bounds are those of the card's and the registry's schemas. */
const MAX_DESCRIPTION = 100;
const MAX_TITLE = 100;

/** The aggregate first, then workers and toolsets by name. Wakes nothing. */
export function createDirectory(options: DirectoryOptions): () => DirectoryEntry[] {
  const { tables, views } = options;
  return () => {
    const names = [...tables.workers(), ...tables.toolsets()].map(({ name }) => name);
    const named = [...names, PROGRESSIVE].flatMap((name) => views.of(name) ?? []);
    return [views.aggregate(), ...named].map((view) => entryOf(view, options));
  };
}

function entryOf(view: View, { serverInfo, startedAtMs }: DirectoryOptions): DirectoryEntry {
  const info = infoOf(view, serverInfo);
  const fetched = view.catalogs.map(({ fetchedAtMs }) => fetchedAtMs);
  return {
    endpoint: view.name,
    name: view.name === "" ? serverInfo.name : view.name,
    title: clip(info.title ?? info.name, MAX_TITLE),
    version: info.version === "" ? "0" : info.version,
    description: clip(describe(view), MAX_DESCRIPTION),
    updatedAtMs: Math.max(startedAtMs, ...fetched),
  };
}

function describe(view: View): string {
  const { single, name, workers, toolset, discovery } = view;
  const said = single === undefined ? toolset?.description : instructionsOf(view);
  const line = firstLine(said ?? "");
  if (line !== "") return line;
  if (single !== undefined) return `The MCP server ${single}.`;
  const tools = discovery === "progressive" ? "found when needed" : "in one list";
  if (name === "" || name === PROGRESSIVE) return `${workers.length} MCP servers, tools ${tools}.`;
  return `Chosen tools of ${workers.length} MCP servers.`;
}

function firstLine(text: string): string {
  const line = text.trim().split("\n", 1)[0]?.trim() ?? "";
  const end = line.search(/[.!?](?:\s|$)/);
  return end < 0 ? line : line.slice(0, end + 1);
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
