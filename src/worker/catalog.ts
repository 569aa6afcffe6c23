/** What a worker tells about itself, in the shape of each era. */
import { LATEST_MODERN, META, MODERN_VERSIONS } from "../protocol/index.ts";
import type {
  CatalogEntry,
  JsonSchema,
  ServerCapabilities,
  WorkerCatalog,
} from "../protocol/index.ts";
import type { Worker } from "./contract.ts";

export type Era = "modern" | "legacy";

/** Definitions change only with the worker's version, so they may be kept long; a listener is told of changes anyway. */
const LIST_TTL_MS = 300_000;

/** What others may keep, and how (MCP server/utilities/caching). */
export const LIST_CACHE = { ttlMs: LIST_TTL_MS, cacheScope: "public" } as const;

export function capabilitiesOf(worker: Worker): ServerCapabilities {
  const completes =
    worker.prompts.some((prompt) => prompt.complete !== undefined) ||
    worker.resourceTemplates.some((template) => template.complete !== undefined);
  const hasResources = worker.resources.length + worker.resourceTemplates.length > 0;
  return {
    ...(worker.tools.length > 0 ? { tools: {} } : {}),
    ...(worker.prompts.length > 0 ? { prompts: {} } : {}),
    ...(hasResources ? { resources: {} } : {}),
    ...(completes ? { completions: {} } : {}),
    logging: {},
  };
}

export function discoverOf(worker: Worker): Record<string, unknown> {
  return {
    supportedVersions: [...MODERN_VERSIONS],
    capabilities: capabilitiesOf(worker),
    ...(worker.instructions === undefined ? {} : { instructions: worker.instructions }),
    ...LIST_CACHE,
    _meta: { [META.serverInfo]: worker.info },
  };
}

export function toolsOf(worker: Worker, era: Era): CatalogEntry[] {
  return worker.tools.map(({ definition }) => {
    const { outputSchema } = definition;
    if (era === "modern" || outputSchema === undefined || outputSchema["type"] === "object") {
      return { ...definition };
    }
    return { ...definition, outputSchema: wrapped(outputSchema) };
  });
}

/** Before 2026-07-28 structured content had to be an object; other values travel as `{ result }`. */
function wrapped(schema: JsonSchema): JsonSchema {
  return { type: "object", properties: { result: schema }, required: ["result"] };
}

export function wrapsStructured(worker: Worker, tool: string): boolean {
  const found = worker.tools.find(({ definition }) => definition.name === tool)?.definition;
  return found?.outputSchema !== undefined && found.outputSchema["type"] !== "object";
}

export function promptsOf(worker: Worker): CatalogEntry[] {
  return worker.prompts.map((prompt) => without(prompt, ["get", "complete"]));
}

export function resourcesOf(worker: Worker): CatalogEntry[] {
  return worker.resources.map((resource) => without(resource, ["read", "ttlMs"]));
}

export function templatesOf(worker: Worker): CatalogEntry[] {
  return worker.resourceTemplates.map((template) =>
    without(template, ["read", "complete", "ttlMs"]),
  );
}

/** A definition without what only the worker itself uses. */
function without(spec: { name: string }, keys: readonly string[]): CatalogEntry {
  const kept = Object.entries(spec).filter(([key]) => !keys.includes(key));
  return { ...Object.fromEntries(kept), name: spec.name };
}

/** What ships beside a toolpack, so that its lists are answered before it has ever run. */
export function catalogOf(worker: Worker): WorkerCatalog {
  return {
    serverInfo: worker.info,
    ...(worker.instructions === undefined ? {} : { instructions: worker.instructions }),
    capabilities: { ...capabilitiesOf(worker) },
    protocolVersion: LATEST_MODERN,
    tools: toolsOf(worker, "modern"),
    prompts: promptsOf(worker),
    resources: resourcesOf(worker),
    resourceTemplates: templatesOf(worker),
  };
}
