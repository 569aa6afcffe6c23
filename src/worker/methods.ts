/** The methods a worker answers. A method that an era lacks is absent from its table; no handler asks for the version. */
import { LATEST_LEGACY, META, WIRE, isRecord, negotiateLegacy } from "../protocol/index.ts";
import type { CatalogEntry, JsonRpcId, ResourceContents } from "../protocol/index.ts";
import { Suspended } from "./asking/talk.ts";
import type { Talk } from "./asking/talk.ts";
import { toBase64 } from "./base64.ts";
import {
  LIST_CACHE,
  capabilitiesOf,
  discoverOf,
  promptsOf,
  resourcesOf,
  templatesOf,
  toolsOf,
  wrapsStructured,
} from "./catalog.ts";
import type { Era } from "./catalog.ts";
import type { ToolContext, Worker } from "./contract.ts";
import { RequestError } from "./request-error.ts";
import type { Runtime } from "./runtime.ts";
import { matchTemplate } from "./uri-template.ts";

export interface MethodCall {
  runtime: Runtime;
  params: Record<string, unknown>;
  era: Era;
  id: JsonRpcId;
  signal: AbortSignal;
  notify: (method: string, params: Record<string, unknown>) => void;
  /** Hands over what ends this listen stream in good order; call the answer when it has ended. */
  listening: (end: () => void) => () => void;
  context: (signal: AbortSignal) => ToolContext;
  /** How this call asks its client. `subject` is what answers are bound to. */
  talk: (subject: unknown) => Promise<Talk>;
}
type Result = Record<string, unknown>;
export type Method = (call: MethodCall) => Result | Promise<Result>;

const shared: [string, Method][] = [
  ["tools/list", list("tools", (worker, era) => toolsOf(worker, era))],
  ["prompts/list", list("prompts", promptsOf)],
  ["resources/list", list("resources", resourcesOf)],
  ["resources/templates/list", list("resourceTemplates", templatesOf)],
  ["tools/call", callTool],
  ["prompts/get", getPrompt],
  ["resources/read", readResource],
  ["completion/complete", complete],
];

const MODERN: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...shared.map(([name, run]): [string, Method] => [name, completed(run)]),
  ["server/discover", completed(({ runtime }) => discoverOf(runtime.worker))],
  ["subscriptions/listen", completed(listen)],
]);
const LEGACY: ReadonlyMap<string, Method> = new Map(
  shared.map(([name, run]): [string, Method] => [name, plain(run)]),
);

export function methodsOf(era: Era): ReadonlyMap<string, Method> {
  return era === "modern" ? MODERN : LEGACY;
}

/** The answer to a legacy client's first request. */
export function initialize(
  worker: Worker,
  params: Record<string, unknown>,
): { version: string; result: Result } {
  const version = negotiateLegacy(params["protocolVersion"] ?? LATEST_LEGACY);
  const result = {
    protocolVersion: version,
    capabilities: capabilitiesOf(worker),
    serverInfo: worker.info,
    ...(worker.instructions === undefined ? {} : { instructions: worker.instructions }),
  };
  return { version, result };
}

function completed(run: Method): Method {
  return async (call) => {
    const result = await run(call);
    const own = isRecord(result["_meta"]) ? result["_meta"] : {};
    const meta = { ...own, [META.serverInfo]: call.runtime.worker.info };
    return { resultType: "complete", ...result, _meta: meta };
  };
}

/** Cache hints are modern; strict legacy clients need not meet them. */
function plain(run: Method): Method {
  return async (call) => {
    const { ttlMs: _ttlMs, cacheScope: _cacheScope, ...result } = await run(call);
    return result;
  };
}

/** Everything fits one page, so any cursor is one we never gave out. */
function list(key: string, entries: (worker: Worker, era: Era) => CatalogEntry[]): Method {
  return ({ runtime, params, era }) => {
    if (params["cursor"] !== undefined) {
      throw new RequestError(WIRE.invalidParams, "The cursor is not one of ours.");
    }
    return { [key]: entries(runtime.worker, era), ...LIST_CACHE };
  };
}

async function callTool(call: MethodCall): Promise<Result> {
  const { runtime, params } = call;
  const name = params["name"];
  const tool = runtime.worker.tools.find(({ definition }) => definition.name === name);
  if (tool === undefined) {
    throw new RequestError(
      WIRE.invalidParams,
      `The tool ${JSON.stringify(name)} is not known here.`,
    );
  }
  const args = params["arguments"] ?? {};
  return conversing(call, async (context) => {
    const result = await runtime.callTool(tool, args, context);
    if (call.era === "modern" || result.structuredContent === undefined) return { ...result };
    if (!wrapsStructured(runtime.worker, tool.definition.name)) return { ...result };
    return { ...result, structuredContent: { result: result.structuredContent } };
  });
}

/** Runs code of the worker's author: after its start, until the client cancels or the drone must stop. */
function within<T>(call: MethodCall, work: (context: ToolContext) => Promise<T>): Promise<T> {
  return call.runtime.track((stop) => work(call.context(AbortSignal.any([call.signal, stop]))));
}

/** The same for code that may ask the client something before it answers. */
async function conversing(
  call: MethodCall,
  work: (context: ToolContext) => Promise<Result>,
): Promise<Result> {
  const { name, arguments: args, uri } = call.params;
  const { required, ...asking } = await call.talk({ name, arguments: args, uri });
  try {
    const result = await within(call, (context) => work({ ...context, ...asking }));
    // Also when the author's code caught the suspension: its answer was made without the client's.
    return (await required()) ?? result;
  } catch (error) {
    if (!(error instanceof Suspended)) throw error;
    return (await required()) ?? {};
  }
}

async function getPrompt(call: MethodCall): Promise<Result> {
  const { runtime, params } = call;
  const prompt = runtime.worker.prompts.find(({ name }) => name === params["name"]);
  if (prompt === undefined) {
    throw new RequestError(
      WIRE.invalidParams,
      `The prompt ${JSON.stringify(params["name"])} is not known here.`,
    );
  }
  const given = strings(params["arguments"], "arguments");
  for (const argument of prompt.arguments ?? []) {
    if (argument.required === true && given[argument.name] === undefined) {
      throw new RequestError(
        WIRE.invalidParams,
        `The prompt ${prompt.name} needs the argument "${argument.name}".`,
      );
    }
  }
  return conversing(call, async (context) => ({ ...(await prompt.get(given, context)) }));
}

async function readResource(call: MethodCall): Promise<Result> {
  const { params, runtime } = call;
  const uri = params["uri"];
  if (typeof uri !== "string")
    throw new RequestError(WIRE.invalidParams, "The uri must be a string.");
  const fixed = runtime.worker.resources.find((resource) => resource.uri === uri);
  if (fixed !== undefined) {
    const read = await within(call, async (context) => fixed.read(uri, context));
    return {
      contents: contentsOf(uri, fixed.mimeType, read),
      ttlMs: fixed.ttlMs ?? 0,
      cacheScope: "private",
    };
  }
  for (const template of runtime.worker.resourceTemplates) {
    const variables = matchTemplate(template.uriTemplate, uri);
    if (variables === undefined) continue;
    const read = await within(call, async (context) => template.read(variables, uri, context));
    if (read === undefined) continue;
    return {
      contents: contentsOf(uri, template.mimeType, read),
      ttlMs: template.ttlMs ?? 0,
      cacheScope: "private",
    };
  }
  const code = call.era === "modern" ? WIRE.invalidParams : WIRE.resourceNotFound;
  throw new RequestError(code, `The resource ${uri} is not known here.`, { uri });
}

function contentsOf(
  uri: string,
  mimeType: string | undefined,
  read: ResourceContents[] | string | Uint8Array,
): ResourceContents[] {
  if (Array.isArray(read)) return read;
  const type = mimeType === undefined ? {} : { mimeType };
  return [
    typeof read === "string"
      ? { uri, ...type, text: read }
      : { uri, ...type, blob: toBase64(read) },
  ];
}

/** The protocol's own limit for one answer. */
const MAX_COMPLETIONS = 100;

async function complete(call: MethodCall): Promise<Result> {
  const { params } = call;
  const reference = isRecord(params["ref"]) ? params["ref"] : {};
  const argument = isRecord(params["argument"]) ? params["argument"] : {};
  const { name, value } = argument;
  if (typeof name !== "string" || typeof value !== "string") {
    throw new RequestError(WIRE.invalidParams, "The argument needs a name and a value.");
  }
  const context = isRecord(params["context"])
    ? strings(params["context"]["arguments"], "context.arguments")
    : {};
  const ask = completer(call.runtime.worker, reference);
  const all = await within(call, async () => ask?.(name, value, context) ?? []);
  const values = all.slice(0, MAX_COMPLETIONS);
  return { completion: { values, total: all.length, hasMore: all.length > values.length } };
}

function completer(
  worker: Worker,
  reference: Record<string, unknown>,
): Worker["prompts"][number]["complete"] {
  if (reference["type"] === "ref/prompt") {
    const prompt = worker.prompts.find(({ name }) => name === reference["name"]);
    if (prompt !== undefined) return prompt.complete?.bind(prompt);
  } else if (reference["type"] === "ref/resource") {
    const template = worker.resourceTemplates.find(
      ({ uriTemplate }) => uriTemplate === reference["uri"],
    );
    if (template !== undefined) return template.complete?.bind(template);
  }
  throw new RequestError(
    WIRE.invalidParams,
    "The ref names no prompt or resource template of this worker.",
  );
}

/** A worker's definitions never change while it runs, so the stream is honest but quiet (MCP basic/patterns/subscriptions). */
async function listen({ id, signal, notify, listening }: MethodCall): Promise<Result> {
  const meta = { [META.subscriptionId]: id };
  notify("notifications/subscriptions/acknowledged", { notifications: {}, _meta: meta });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const forget = listening(end);
  signal.addEventListener("abort", () => end(), { once: true });
  await ended;
  forget();
  return { _meta: meta };
}

function strings(value: unknown, what: string): Record<string, string> {
  if (value === undefined) return {};
  const all: Record<string, string> = {};
  if (!isRecord(value)) throw new RequestError(WIRE.invalidParams, `${what} must be an object.`);
  for (const [key, one] of Object.entries(value)) {
    if (typeof one !== "string") {
      throw new RequestError(WIRE.invalidParams, `${what}.${key} must be a string.`);
    }
    all[key] = one;
  }
  return all;
}
