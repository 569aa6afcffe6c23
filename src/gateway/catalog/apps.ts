/** Apps (SEP-1865): tools that name a page to show their results on, and pages that call tools by their own names. */
import type { Definition } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { Item, View } from "./view.ts";

export const APPS_EXTENSION = "io.modelcontextprotocol/ui";

/** The page of a tool, also in the form it had before the extension was final. */
export function uiResourceOf(tool: Definition): string | undefined {
  const meta = tool["_meta"];
  if (!isRecord(meta)) return undefined;
  const { ui } = meta;
  const uri = isRecord(ui) ? ui["resourceUri"] : meta["ui/resourceUri"];
  return typeof uri === "string" ? uri : undefined;
}

/** False for tools that only pages may call: hosts keep them from models, and so do we where hosts cannot see them. */
export function isForModels(tool: Definition): boolean {
  const meta = tool["_meta"];
  const ui = isRecord(meta) ? meta["ui"] : undefined;
  const visibility = isRecord(ui) ? ui["visibility"] : undefined;
  return !Array.isArray(visibility) || visibility.includes("model");
}

/** The worker whose tools name this page, when they are of one worker. */
export function ownerOfPage(view: View, uri: string): string | undefined {
  return onlyOne(view.lists.tools.filter(({ definition }) => uiResourceOf(definition) === uri));
}

/**
 * Pages know their server's own names, not the aggregate's. Such a name is understood when one worker alone of those
 * that show pages has a tool of that name.
 */
export function toolOfPage(view: View, original: string): Item | undefined {
  const showing = new Set<string>();
  for (const { worker, definition } of view.lists.tools)
    if (uiResourceOf(definition) !== undefined) showing.add(worker);
  if (showing.size === 0) return undefined;
  const named = view.lists.tools.filter(
    (item) => item.original === original && showing.has(item.worker),
  );
  return named.length === 1 ? named[0] : undefined;
}

function onlyOne(items: readonly Item[]): string | undefined {
  const workers = new Set(items.map(({ worker }) => worker));
  return workers.size === 1 ? items[0]?.worker : undefined;
}
