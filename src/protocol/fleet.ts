/**
 * The fleet as wanted. Every way of writing a configuration (flotilla.yaml, a client's `mcpServers` JSON, the API)
 * is translated into this one form; nothing behind the translation knows which it was.
 */

export interface FleetSpec {
  workers: WorkerSpec[];
  /** Chosen tools under one name. Their names and those of workers never meet: both are `/mcp/<name>`. */
  toolsets?: ToolsetSpec[];
}

/** `/mcp/<name>`: a part of the aggregate, with the aggregate's names. Holds no secret, so it is its own record. */
export interface ToolsetSpec {
  name: string;
  title?: string;
  description?: string;
  /** Names as on the aggregate, with `*` for any run of characters; a leading `!` takes tools out again. */
  tools: string[];
  /** Workers that belong to it with all they offer. */
  workers: string[];
  discovery: Discovery;
}

/** `full`: every tool is listed. `progressive`: three meta-tools are, through which the others are found and called. */
export type Discovery = "full" | "progressive";

/** One named MCP server. Names match `^[a-z0-9][a-z0-9-]{0,62}$`. */
export interface WorkerSpec {
  name: string;
  /** Changes whenever anything that a running drone depends on changes (content hash). */
  revision: string;
  run: RunSpec;
  /** Where the worker was described; shown to people, never decisive. */
  origin: "config" | "toolpack" | "import" | "api" | "builtin";
  naming: ToolNaming;
  scale: ScaleSpec;
  limits: LimitSpec;
  calls?: CallSpec;
  /** Where its drones may run, in a fleet of several machines. */
  place?: PlaceSpec;
  /** One line for people, without secrets: "npx -y @acme/server", "https://host/mcp". */
  summary: string;
  /** Definitions that shipped with the worker, so that lists are answered before the first start. */
  catalog?: WorkerCatalog;
}

/** Labels are what nodes say of themselves: `region`, `zone`, `node`, or any other. */
export interface PlaceSpec {
  /** Only on nodes that have all of these. */
  require?: Readonly<Record<string, string>>;
  /** Rather on nodes that have more of these: near the callers, near the data. */
  prefer?: Readonly<Record<string, string>>;
  /** The label over whose values drones are spread evenly. Default: over nodes. */
  spread?: string;
}

/** `verbatim`: names are fleet-unique as they are; `prefixed`: `<worker>_` goes in front on the aggregate endpoint. */
export type ToolNaming = "verbatim" | "prefixed";

export type RunSpec =
  /** A program speaking MCP on stdin/stdout. Never passed through a shell. */
  | { kind: "command"; command: string; args: string[]; env: Record<string, string>; cwd?: string }
  /** A JavaScript module that serves on its own when loaded (worker kit): as a process or as a thread. */
  | { kind: "module"; entry: string; env: Record<string, string>; launcher: "process" | "thread" }
  /** A server that runs elsewhere. `auto`: Streamable HTTP first, then the 2024-11-05 HTTP+SSE transport. */
  | {
      kind: "remote";
      url: string;
      headers: Record<string, string>;
      transport: "streamable-http" | "sse" | "auto";
    }
  | ImageRun
  /** Served inside the gateway's own process (the coordinator's tools). */
  | { kind: "builtin" };

/** A container image that speaks MCP on stdin/stdout or, with `http`, over Streamable HTTP. */
export interface ImageRun {
  kind: "image";
  image: string;
  /** In place of the image's own command. */
  args: string[];
  env: Record<string, string>;
  /** Absent: stdin and stdout. */
  http?: { port: number; path: string };
  /** When the image is fetched from its registry. */
  pull: "missing" | "always" | "never";
  /** `none`, `bridge`, or a network of that name. */
  network: string;
  user?: string;
  mounts: { source: string; target: string; readOnly: boolean }[];
  /** The root file system can be written to. */
  writable: boolean;
  limits: { memoryBytes: number; cpus: number; pids: number };
}

export const DEFAULT_IMAGE_RUN = {
  args: [],
  env: {},
  pull: "missing",
  network: "bridge",
  mounts: [],
  writable: false,
  limits: { memoryBytes: 512 * 1024 * 1024, cpus: 1, pids: 256 },
} as const satisfies Partial<ImageRun>;

export interface ScaleSpec {
  minDrones: number;
  maxDrones: number;
  /** Calls one drone takes at a time before another is wanted. */
  callsPerDrone: number;
  /** A drone without a call for so long is retired, down to `minDrones`. */
  idleMs: number;
  /** Share of `callsPerDrone` that a drone should have on average, in (0, 1]. Absent: 1. */
  targetUtilisation?: number;
  /** Drones kept started beyond what calls need, within `maxDrones`. Absent: none. */
  warmDrones?: number;
  /** Starts drones before they are needed, from what earlier days and weeks were like. Absent: not. */
  predict?: boolean;
  /** Set aside for each drone where it runs; no more are started there than fit. Absent: not counted. */
  memoryBytes?: number;
}

export interface LimitSpec {
  /** From spawn to the answer of the first handshake. */
  startTimeoutMs: number;
  /** One call, waking included. */
  callTimeoutMs: number;
  /** Time a drone gets to finish its calls when asked to stop, and again between TERM and KILL. */
  graceMs: number;
  maxMessageBytes: number;
}

export const DEFAULT_SCALE: ScaleSpec = {
  minDrones: 0,
  maxDrones: 1,
  callsPerDrone: 64,
  idleMs: 300_000,
};

export const DEFAULT_LIMITS: LimitSpec = {
  startTimeoutMs: 30_000,
  callTimeoutMs: 60_000,
  graceMs: 5_000,
  maxMessageBytes: 16 * 1024 * 1024,
};

/** What the gateway may do with a worker's calls beyond passing them on. */
export interface CallSpec {
  /** A read-only call without an answer after so long is made on a second drone as well. Absent: never. */
  hedgeAfterMs?: number;
  /** `auto`: a call that takes long becomes a task, for clients that declared the Tasks extension. The default. */
  tasks?: "auto" | "never";
  /** How long is long. */
  taskAfterMs?: number;
  /** Tools, by their own names, whose answers may be kept; a tool may also say so itself. */
  cache?: Record<string, CacheRule>;
}

/** Most calls are over by then, and no client has lost patience. */
export const DEFAULT_TASK_AFTER_MS = 10_000;

export interface CacheRule {
  ttlMs: number;
  /** `public`: the same for everybody. Without it answers are kept for each principal alone. */
  scope?: "private" | "public";
}

/** What a worker offers, as it told it. Definitions are kept as they came: no field is added, dropped or reordered. */
export interface WorkerCatalog {
  serverInfo: { name: string; version: string; title?: string };
  instructions?: string;
  /** The worker's own `capabilities` object. */
  capabilities: Record<string, unknown>;
  /** The newest protocol version the worker speaks, e.g. "2026-07-28". */
  protocolVersion: string;
  tools: CatalogEntry[];
  prompts: CatalogEntry[];
  resources: CatalogEntry[];
  resourceTemplates: CatalogEntry[];
  /** Of the Skills extension; absent unless the worker declares it. Entries have a URI and need no name. */
  skills?: Definition[];
  /** What the worker said of each list's keeping (server/utilities/caching); absent for eras that say nothing. */
  freshness?: Partial<Record<CatalogList, Freshness>>;
}

/** The lists of a catalogue, as its members are called. */
export type CatalogList = "tools" | "prompts" | "resources" | "resourceTemplates" | "skills";

export interface Freshness {
  ttlMs: number;
  /** `private`: made for whoever asked, and not to be shown to anyone else. */
  cacheScope: "public" | "private";
}

/** Whatever a worker lists, in its own words. */
export type Definition = Record<string, unknown>;

/** A tool, prompt, resource or template definition in the protocol's own shape. */
export type CatalogEntry = { name: string } & Definition;
