/**
 * The one description of flotilla.yaml. `schema/flotilla.schema.json` is written from it (a test keeps them equal),
 * editors complete with it, and the loader checks with it. `x-expect` words what a value should have been.
 */
import {
  DEFAULT_IMAGE_RUN,
  DEFAULT_LIMITS,
  DEFAULT_SCALE,
  DEFAULT_TASK_AFTER_MS,
  WORKER_NAME,
} from "../../protocol/index.ts";
import { LABEL_PATTERN } from "./node-settings.ts";
import { credentialSchema, openApiProperties } from "./openapi-schema.ts";
import { toolsetSchema } from "./toolset-schema.ts";

/** Worker names, as `WorkerSpec.name` demands. */
export const NAME_PATTERN = WORKER_NAME.source;
/** A hundred times what a person configures by hand, and still cheap to check. */
export const MAX_WORKERS = 1000;

export type JsonSchema = { readonly [key: string]: unknown };

const PLACEHOLDER = String.raw`^\$\{[^{}]+\}$`;

const strings = (description: string): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: { type: "string", "x-expect": "text in quotes" },
  maxProperties: 1000,
});

const durationText = (description: string): JsonSchema => ({
  type: "string",
  description: `${description} A number with a unit: 500ms, 30s, 5m, 2h.`,
  pattern: String.raw`^[0-9]+(\.[0-9]+)?(ms|s|m|h)$`,
  "x-expect": "a duration with its unit, such as 500ms, 30s, 5m or 2h",
});

const duration = (description: string, defaultMs: number): JsonSchema => ({
  ...durationText(description),
  default: defaultMs % 60_000 === 0 ? `${defaultMs / 60_000}m` : `${defaultMs / 1000}s`,
});

const whole = (description: string, fallback: number, bounds: [number, number]): JsonSchema => ({
  type: "integer",
  description,
  minimum: bounds[0],
  maximum: bounds[1],
  default: fallback,
});

const size = (description: string, fallback?: string): JsonSchema => ({
  type: "string",
  description: `${description} A number with a unit: 512KB, 16MB.`,
  pattern: String.raw`^[0-9]+(\.[0-9]+)?(B|KB|MB|GB)$`,
  "x-expect": "a size with its unit, such as 512KB or 16MB",
  ...(fallback === undefined ? {} : { default: fallback }),
});

const scale: JsonSchema = {
  type: "object",
  description: "How many drones (running instances) the worker may have.",
  additionalProperties: false,
  properties: {
    min: whole("Drones kept ready even when nobody calls.", DEFAULT_SCALE.minDrones, [0, 1000]),
    max: whole("Drones started at most.", DEFAULT_SCALE.maxDrones, [1, 1000]),
    callsPerDrone: whole(
      "Calls one drone takes at a time before another is started.",
      DEFAULT_SCALE.callsPerDrone,
      [1, 100_000],
    ),
    idle: duration("A drone without a call for so long is retired.", DEFAULT_SCALE.idleMs),
    target: {
      type: "number",
      description: "Share of callsPerDrone that a drone should have on average.",
      default: 1,
      minimum: 0.05,
      maximum: 1,
    },
    warm: whole("Drones kept started beyond what calls need.", 0, [0, 1000]),
    predict: {
      type: "boolean",
      description: "Starts drones before they are needed, from when calls came on earlier days.",
      default: false,
    },
    memory: size("Set aside for each drone; no more are started at a place than fit."),
  },
};

const limits: JsonSchema = {
  type: "object",
  description: "How long and how large things may get.",
  additionalProperties: false,
  properties: {
    startTimeout: duration("From start to first answer.", DEFAULT_LIMITS.startTimeoutMs),
    callTimeout: duration("One call, waking included.", DEFAULT_LIMITS.callTimeoutMs),
    grace: duration("Time to finish calls when asked to stop.", DEFAULT_LIMITS.graceMs),
    maxMessage: size("The largest message in either direction.", "16MB"),
  },
};

const labels = (description: string): JsonSchema => ({
  type: "object",
  description,
  maxProperties: 50,
  propertyNames: { pattern: LABEL_PATTERN },
  additionalProperties: { type: "string", minLength: 1, maxLength: 100 },
});

const place: JsonSchema = {
  type: "object",
  description:
    "Where drones run, in a fleet of several machines. Labels are what nodes start with.",
  additionalProperties: false,
  properties: {
    require: labels("Only on nodes with all of these labels."),
    prefer: labels("Rather on nodes with more of these labels."),
    spread: {
      type: "string",
      pattern: LABEL_PATTERN,
      default: "node",
      "x-expect": "a label's name",
      description: "The label over whose values drones are spread evenly.",
    },
  },
};

const calls: JsonSchema = {
  type: "object",
  description: "What may be done with calls beyond passing them on.",
  additionalProperties: false,
  properties: {
    hedgeAfter: durationText(
      "A read-only call that takes longer is made on a second drone as well.",
    ),
    tasks: {
      enum: ["auto", "never"],
      default: "auto",
      description: "auto makes a call that takes long a task, for clients that know tasks.",
    },
    taskAfter: duration("How long is long.", DEFAULT_TASK_AFTER_MS),
    cache: {
      type: "object",
      description: "How long answers of a tool are kept, by its own name.",
      maxProperties: 1000,
      additionalProperties: durationText("How long, for example 30s."),
    },
  },
};

const container: JsonSchema = {
  type: "object",
  description:
    "How the image's containers run. By default with little: no rights, a read-only root.",
  additionalProperties: false,
  properties: {
    port: {
      type: "integer",
      minimum: 1,
      maximum: 65_535,
      description: "It speaks Streamable HTTP at this port. Without it: stdin and stdout.",
    },
    path: {
      type: "string",
      pattern: "^/[!-~]*$",
      maxLength: 1000,
      default: "/mcp",
      "x-expect": "a path such as /mcp",
      description: "Where it speaks HTTP.",
    },
    pull: {
      enum: ["missing", "always", "never"],
      default: DEFAULT_IMAGE_RUN.pull,
      description: "When the image is fetched from its registry.",
    },
    memory: size("Beyond it the container is ended.", "512MB"),
    cpus: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 256,
      default: DEFAULT_IMAGE_RUN.limits.cpus,
      description: "Processors it may keep busy.",
    },
    pids: whole("Processes and threads at most.", DEFAULT_IMAGE_RUN.limits.pids, [8, 100_000]),
    network: {
      type: "string",
      pattern: "^[a-zA-Z0-9][a-zA-Z0-9_.-]*$",
      maxLength: 200,
      default: DEFAULT_IMAGE_RUN.network,
      "x-expect": "none, bridge, or the name of a network",
      description: "none, bridge, or the name of a network.",
    },
    user: { type: "string", maxLength: 200, description: "Default: the image's own." },
    writable: { type: "boolean", default: false, description: "The root can be written to." },
    mounts: {
      type: "array",
      maxItems: 50,
      items: {
        type: "string",
        pattern: "^[^:]+:/[^:]*(:ro|:rw)?$",
        maxLength: 4096,
        "x-expect": "a mount such as ./data:/data, with :rw to let it write",
      },
      description: "Folders of this machine, ./data:/data; with :rw it may write there.",
    },
  },
};

const worker: JsonSchema = {
  type: "object",
  description: "One MCP server: a command, an image, a URL, an OpenAPI document or a toolpack.",
  additionalProperties: false,
  oneOf: ["command", "image", "url", "openapi", "toolpack"].map((kind) => ({ required: [kind] })),
  "x-expect-one": "exactly one of command, image, url, openapi or toolpack",
  dependentRequired: {
    container: ["image"],
    cwd: ["command"],
    transport: ["url"],
    baseUrl: ["openapi"],
    auth: ["openapi"],
    operations: ["openapi"],
  },
  properties: {
    command: {
      type: "string",
      minLength: 1,
      maxLength: 4096,
      "x-expect": "a program to run, such as npx",
      description: "The program to start. It speaks MCP on stdin and stdout; no shell is involved.",
    },
    args: {
      type: "array",
      items: { type: "string", "x-expect": "text in quotes" },
      maxItems: 1000,
      description: "Its arguments, one item each.",
    },
    image: {
      type: "string",
      minLength: 1,
      maxLength: 500,
      pattern: String.raw`^[^\s-][^\s]*$`,
      "x-expect": "an image such as ghcr.io/acme/server:1.2",
      description: "A container image, run by Docker.",
    },
    container: { $ref: "#/$defs/container" },
    env: strings("Environment of the drone, added to a small safe set. Use ${NAME} for secrets."),
    cwd: { type: "string", description: "Working folder, relative to this file." },
    url: {
      type: "string",
      pattern: String.raw`^(https?://|\$\{)`,
      maxLength: 8192,
      "x-expect": "a URL starting with http:// or https://",
      description: "An MCP server that already runs elsewhere.",
    },
    headers: strings("Sent with every request to the URL or API. Use ${NAME} for secrets."),
    transport: {
      enum: ["auto", "streamable-http", "sse"],
      default: "auto",
      description: "auto tries Streamable HTTP first, then the older HTTP+SSE.",
    },
    ...openApiProperties,
    toolpack: {
      type: "string",
      pattern: NAME_PATTERN,
      "x-expect": "the name of an installed toolpack, such as database",
      description: "A toolpack under this worker's name.",
    },
    naming: {
      enum: ["prefixed", "verbatim"],
      description: "Whether tools are listed as <worker>_<tool> (default) or as they are.",
    },
    scale: { $ref: "#/$defs/scale" },
    limits: { $ref: "#/$defs/limits" },
    place: { $ref: "#/$defs/place" },
    calls: { $ref: "#/$defs/calls" },
  },
};

const clientServers = (description: string): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: { type: "object" },
  maxProperties: MAX_WORKERS,
});

/** Draft 2020-12. Frozen by use: nobody writes to it. */
export const configurationSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Flotilla configuration (flotilla.yaml)",
  description:
    "A fleet of MCP servers behind one endpoint. Every value may use ${NAME} or ${NAME:-default}.",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { type: "string", description: "Lets editors complete a JSON configuration." },
    workers: {
      type: "object",
      description: "The MCP servers of the fleet, by name.",
      maxProperties: MAX_WORKERS,
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: { $ref: "#/$defs/worker" },
    },
    toolsets: {
      type: "object",
      description: "Chosen tools of several servers under one endpoint, /mcp/<name>.",
      maxProperties: MAX_WORKERS,
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: { $ref: "#/$defs/toolset" },
    },
    mcpServers: clientServers("Servers as MCP clients write them; pasted in unchanged."),
    toolpacks: {
      description: "Which installed toolpacks join: all (default), none, or a list of names.",
      type: ["string", "array"],
      pattern: "^(all|none)$",
      items: { type: "string", pattern: NAME_PATTERN, "x-expect": "a toolpack's name" },
      "x-expect": "all, none, or a list of toolpack names",
      maxItems: MAX_WORKERS,
      default: "all",
    },
    workspace: {
      description: "Folders that toolpacks may read by path, relative to this file. Default: none.",
      type: ["string", "array"],
      minLength: 1,
      items: { type: "string", minLength: 1 },
      "x-expect": "a folder, or a list of folders",
      maxItems: 20,
    },
    network: {
      type: "boolean",
      default: false,
      description: "Toolpacks may ask others over the network: advisories, registries.",
    },
    host: {
      type: "string",
      minLength: 1,
      maxLength: 255,
      default: "127.0.0.1",
      description: "The address to listen on.",
    },
    port: {
      type: ["integer", "string"],
      minimum: 0,
      maximum: 65_535,
      pattern: PLACEHOLDER,
      default: 7420,
      "x-expect": "a port number from 0 to 65535 (0 picks a free one)",
      description: "The port to listen on; 0 picks a free one.",
    },
    state: {
      type: "string",
      minLength: 1,
      description: "Folder for what Flotilla remembers, relative to this file.",
    },
    store: {
      type: "string",
      minLength: 1,
      "x-expect": "an address such as redis://10.0.0.5:6379",
      description: "A Redis that machines share, which makes them one fleet. Default: none.",
    },
  },
  $defs: {
    worker,
    container,
    credential: credentialSchema,
    scale,
    limits,
    place,
    calls,
    toolset: toolsetSchema,
  },
};
