/** What a worker is made of. Written once by its author; every host (pipe, thread, HTTP, test) runs the same value. */
import type {
  CallToolResult,
  ContentBlock,
  GetPromptResult,
  Implementation,
  JsonSchema,
  LogLevel,
  PromptDefinition,
  ResourceContents,
  ToolAnnotations,
  ToolDefinition,
} from "../protocol/index.ts";
import type { Asking } from "./asking/talk.ts";

/** https://standardschema.dev, version 1, with the JSON Schema hook that newer libraries offer. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardOutcome<Output> | Promise<StandardOutcome<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { target: "draft-2020-12" }) => JsonSchema;
      readonly output: (options: { target: "draft-2020-12" }) => JsonSchema;
    };
  };
}
export type StandardOutcome<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export interface ToolContext extends Asking {
  /** The call in logs and records. */
  readonly callId: string;
  /** W3C Trace Context of the caller's span, where it sent one: hand it on to what you call. */
  readonly traceparent?: string;
  /** Aborted when the client cancels, the time limit is over, or the drone must stop now. */
  readonly signal: AbortSignal;
  /** Sent only when the client asked for it. Values that do not grow are dropped, as the protocol demands. */
  readonly progress: (done: number, total?: number, message?: string) => void;
  /** A log line for the client, sent only when it opted in to this level. Never put a secret in it. */
  readonly log: (level: LogLevel, message: string, data?: Record<string, unknown>) => void;
}

/** A bare string is the text of the answer. */
export type ToolOutcome = string | CallToolResult;

export interface ToolExample {
  title: string;
  arguments: Record<string, unknown>;
}

export interface ToolSpec<Input> {
  name: string;
  title?: string;
  /** For the model that chooses: what it does, on what, and when to use it. */
  description: string;
  /** JSON Schema with `type: "object"`, or any Standard Schema whose library can give its JSON Schema. */
  input: JsonSchema | StandardSchema<unknown, Input>;
  /** Schema of `structuredContent`. Results are checked against it in development and tests. */
  output?: JsonSchema | StandardSchema;
  annotations?: ToolAnnotations;
  icons?: readonly { src: string; mimeType?: string; sizes?: string[] }[];
  /** Worked examples, kept as data: documentation shows them and tests run them. */
  examples?: readonly ToolExample[];
  /** The call's signal aborts and the client is told when it takes longer. Default 60,000. */
  timeLimitMs?: number;
  /** Calls running at a time; others wait their turn, first come first served. Default 16. */
  maxConcurrent?: number;
  run(input: Input, context: ToolContext): ToolOutcome | Promise<ToolOutcome>;
}

/** A tool whose input type is closed over: what hosts handle. */
export interface Tool {
  readonly definition: ToolDefinition;
  readonly examples: readonly ToolExample[];
  readonly timeLimitMs: number;
  readonly maxConcurrent: number;
  /** Rejects with `InputError` when the arguments do not fit the schema, before anything ran. */
  call(args: unknown, context: ToolContext): Promise<CallToolResult>;
  /** What is wrong with a structured result; undefined when nothing is, or there is no output schema. */
  checkOutput(value: unknown): Promise<string | undefined>;
}

export interface PromptSpec extends PromptDefinition {
  get(
    args: Record<string, string>,
    context: ToolContext,
  ): GetPromptResult | Promise<GetPromptResult>;
  /** Candidates for an argument; `value` is what was typed so far. Cut to 100 by the host. */
  complete?(
    argument: string,
    value: string,
    context: Record<string, string>,
  ): string[] | Promise<string[]>;
}

interface ResourceBase {
  name: string;
  title?: string;
  description?: string;
  mimeType?: string;
  /** How long others may keep a copy. Default 0: not at all. */
  ttlMs?: number;
  _meta?: Record<string, unknown>;
}
type Read = ResourceContents[] | string | Uint8Array;

export interface ResourceSpec extends ResourceBase {
  uri: string;
  size?: number;
  read(uri: string, context: ToolContext): Read | Promise<Read>;
}
export interface ResourceTemplateSpec extends ResourceBase {
  /** `{name}` matches one path segment, `{+name}` the rest (RFC 6570 levels 1 and 2). */
  uriTemplate: string;
  /** `undefined`: no such resource. */
  read(
    variables: Record<string, string>,
    uri: string,
    context: ToolContext,
  ): Read | undefined | Promise<Read | undefined>;
  complete?(
    variable: string,
    value: string,
    context: Record<string, string>,
  ): string[] | Promise<string[]>;
}

export interface WorkerSpec {
  name: string;
  version: string;
  title?: string;
  /** How the tools belong together; shown to the model once. */
  instructions?: string;
  tools?: readonly Tool[];
  prompts?: readonly PromptSpec[];
  resources?: readonly ResourceSpec[];
  resourceTemplates?: readonly ResourceTemplateSpec[];
  /** Runs once, before the first call (lists do not wait for it). A rejection fails that call, and the next tries again. */
  onStart?(): void | Promise<void>;
  /** Loads what is heavy, when the host wants the first call to be quick. Optional to call; errors are logged only. */
  onWarm?(): void | Promise<void>;
  /** Runs once, after the last call has ended. */
  onStop?(): void | Promise<void>;
}

export interface Worker extends WorkerSpec {
  readonly tools: readonly Tool[];
  readonly prompts: readonly PromptSpec[];
  readonly resources: readonly ResourceSpec[];
  readonly resourceTemplates: readonly ResourceTemplateSpec[];
  readonly info: Implementation;
}

export type { CallToolResult, ContentBlock, JsonSchema, LogLevel, ToolAnnotations, ToolDefinition };
