/** The shape of flotilla.yaml, once the schema has vouched for it. */
import type { ContainerEntry } from "./container-entry.ts";
import type { WorkerDraft } from "./draft.ts";
import type { OpenApiEntry } from "./openapi-entry.ts";

export interface FlotillaFile {
  workers?: Record<string, WorkerEntry>;
  toolsets?: Record<string, ToolsetEntry>;
  mcpServers?: Record<string, unknown>;
  toolpacks?: string | string[];
  host?: string;
  port?: number | string;
  state?: string;
  store?: string;
  workspace?: string | string[];
  network?: boolean;
}

export type WorkerEntry = {
  command?: string;
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  url?: string;
  headers?: Record<string, string>;
  transport?: "streamable-http" | "sse" | "auto";
  toolpack?: string;
  image?: string;
  container?: ContainerEntry;
  openapi?: string;
} & OpenApiEntry &
  Pick<WorkerDraft, "naming" | "scale" | "limits" | "place" | "calls">;

export interface ToolsetEntry {
  title?: string;
  description?: string;
  tools?: string[];
  workers?: string[];
  discovery?: "full" | "progressive";
}
