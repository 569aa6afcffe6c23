/** A worker as read from some file, before placeholders are filled in: the one form all dialects are brought to. */
import type { PlaceSpec, ToolNaming } from "../../protocol/index.ts";
import type { Path, Problem } from "./problems.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { OpenApiEntry } from "./openapi-entry.ts";

export type Transport = "streamable-http" | "sse" | "auto";

export type RawRun =
  | {
      kind: "command";
      command: string;
      args: string[];
      env: Record<string, string>;
      cwd?: string;
      /** A file of NAME=value lines that editors read for a server; `env` wins over it. */
      envFile?: string;
    }
  | { kind: "url"; url: string; headers: Record<string, string>; transport: Transport }
  | {
      kind: "image";
      image: string;
      args: string[];
      env: Record<string, string>;
      container: ContainerEntry;
    }
  | {
      kind: "openapi";
      /** A file or a URL. */
      document: string;
      baseUrl?: string;
      headers: Record<string, string>;
      auth: NonNullable<OpenApiEntry["auth"]>;
      operations: NonNullable<OpenApiEntry["operations"]>;
      env: Record<string, string>;
    }
  | { kind: "toolpack"; toolpack: string; env: Record<string, string> };

export interface WorkerDraft {
  name: string;
  /** Where it stands in the file, for problems. */
  path: Path;
  origin: "config" | "import";
  run: RawRun;
  naming?: ToolNaming;
  scale?: {
    min?: number;
    max?: number;
    callsPerDrone?: number;
    idle?: string;
    target?: number;
    warm?: number;
    predict?: boolean;
    memory?: string;
  };
  limits?: { startTimeout?: string; callTimeout?: string; grace?: string; maxMessage?: string };
  place?: PlaceSpec;
  calls?: {
    hedgeAfter?: string;
    tasks?: "auto" | "never";
    taskAfter?: string;
    cache?: Record<string, string>;
  };
}

/** What a dialect makes of a file. Problems stop the load; warnings are shown and the fleet starts. */
export interface Drafts {
  drafts: WorkerDraft[];
  problems: Problem[];
  warnings: Problem[];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
