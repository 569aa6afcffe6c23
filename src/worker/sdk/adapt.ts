/** What an SDK-made server has, in the terms of the kit; see `from-mcp-server.ts`. */
import { META, WIRE, isLogLevel, isRecord } from "../../protocol/index.ts";
import type { CallToolResult, CatalogEntry } from "../../protocol/index.ts";
import type { Question } from "../asking/questions.ts";
import { SILENT } from "../asking/talk.ts";
import type {
  PromptSpec,
  ResourceSpec,
  ResourceTemplateSpec,
  Tool,
  ToolContext,
  ToolDefinition,
  Worker,
} from "../contract.ts";
import { DEFAULT_MAX_CONCURRENT, DEFAULT_TIME_LIMIT_MS } from "../define.ts";
import { RequestError } from "../request-error.ts";
import { connectInside } from "./inner-client.ts";
import type { InnerClient, Json, SdkServer } from "./inner-client.ts";

/** A list with more pages than this has no end. */
const MAX_PAGES = 100;

interface Lists {
  tools: Tool[];
  prompts: PromptSpec[];
  resources: ResourceSpec[];
  resourceTemplates: ResourceTemplateSpec[];
}

export async function adapt(server: SdkServer): Promise<Worker> {
  let isStale = false;
  const client = await connectInside(server, (method) => {
    if (!method.endsWith("/list_changed") || isStale) return;
    isStale = true;
    void refresh();
  });
  let lists = await readLists(client);
  const refresh = async (): Promise<void> => {
    isStale = false;
    lists = await readLists(client).catch(() => lists);
  };
  const info = isRecord(client.hello["serverInfo"]) ? client.hello["serverInfo"] : {};
  const { instructions } = client.hello;
  const name = textOf(info["name"], "worker");
  const version = textOf(info["version"], "0.0.0");
  return {
    name,
    version,
    ...(typeof instructions === "string" ? { instructions } : {}),
    info: { name, version },
    get tools() {
      return lists.tools;
    },
    get prompts() {
      return lists.prompts;
    },
    get resources() {
      return lists.resources;
    },
    get resourceTemplates() {
      return lists.resourceTemplates;
    },
    onStop: () => client.close(),
  };
}

async function readLists(client: InnerClient): Promise<Lists> {
  const offered = client.hello["capabilities"];
  const capabilities = isRecord(offered) ? offered : {};
  const all = (capability: string, method: string, key: string): Promise<CatalogEntry[]> =>
    isRecord(capabilities[capability]) ? readPages(client, method, key) : Promise.resolve([]);
  const completes = isRecord(capabilities["completions"]);
  if (isRecord(capabilities["logging"])) {
    // Everything: what each caller wants to hear is decided by its own level.
    await client.request("logging/setLevel", { level: "debug" }).catch(() => {});
  }
  const [tools, prompts, resources, templates] = await Promise.all([
    all("tools", "tools/list", "tools"),
    all("prompts", "prompts/list", "prompts"),
    all("resources", "resources/list", "resources"),
    all("resources", "resources/templates/list", "resourceTemplates"),
  ]);
  return {
    tools: tools.map((definition) => toolOf(client, definition)),
    prompts: prompts.map((definition) => promptOf(client, definition, completes)),
    resources: resources.map((definition) => resourceOf(client, definition)),
    resourceTemplates: templates.map((one) => templateOf(client, one, completes)),
  };
}

async function readPages(
  client: InnerClient,
  method: string,
  key: string,
): Promise<CatalogEntry[]> {
  const entries: CatalogEntry[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.request(method, cursor === undefined ? {} : { cursor });
    const list: unknown = answer[key];
    for (const one of Array.isArray(list) ? list : []) if (isEntry(one)) entries.push(one);
    cursor = answer["nextCursor"];
    if (cursor === undefined) break;
  }
  return entries;
}

const isEntry = (value: unknown): value is CatalogEntry =>
  isRecord(value) && typeof value["name"] === "string";

/* The SDK's answers are what the protocol says they are, so each is taken as its method's result. */

function toolOf(client: InnerClient, definition: CatalogEntry): Tool {
  const { name } = definition;
  return {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    definition: definition as unknown as ToolDefinition,
    examples: [],
    timeLimitMs: DEFAULT_TIME_LIMIT_MS,
    maxConcurrent: DEFAULT_MAX_CONCURRENT,
    call: async (args, context) => {
      const result = await call(client, ["tools/call", { name, arguments: args }], context);
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      return result as unknown as CallToolResult;
    },
    checkOutput: () => Promise.resolve(undefined),
  };
}

type PromptResult = Awaited<ReturnType<PromptSpec["get"]>>;

function promptOf(client: InnerClient, entry: CatalogEntry, completes: boolean): PromptSpec {
  const ref = { type: "ref/prompt", name: entry.name };
  return {
    ...entry,
    get: async (args, context) => {
      const params = { name: entry.name, arguments: args };
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      return (await call(client, ["prompts/get", params], context)) as unknown as PromptResult;
    },
    ...(completes ? { complete: completion(client, ref) } : {}),
  };
}

function resourceOf(client: InnerClient, entry: CatalogEntry): ResourceSpec {
  return {
    ...entry,
    uri: textOf(entry["uri"], ""),
    read: (uri, context) => readResource(client, uri, context),
  };
}

function templateOf(
  client: InnerClient,
  entry: CatalogEntry,
  completes: boolean,
): ResourceTemplateSpec {
  const uriTemplate = textOf(entry["uriTemplate"], "");
  return {
    ...entry,
    uriTemplate,
    read: (_variables, uri, context) => readResource(client, uri, context),
    ...(completes
      ? { complete: completion(client, { type: "ref/resource", uri: uriTemplate }) }
      : {}),
  };
}

type Contents = Exclude<Awaited<ReturnType<ResourceSpec["read"]>>, string | Uint8Array>;

async function readResource(
  client: InnerClient,
  uri: string,
  context: ToolContext,
): Promise<Contents> {
  const { contents } = await call(client, ["resources/read", { uri }], { ...context, ...SILENT });
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return (Array.isArray(contents) ? contents : []) as Contents;
}

function completion(client: InnerClient, ref: Json): NonNullable<PromptSpec["complete"]> {
  return async (name, value, known) => {
    const context = { arguments: known };
    const answer = await client.request("completion/complete", {
      ref,
      argument: { name, value },
      context,
    });
    const found = isRecord(answer["completion"]) ? answer["completion"]["values"] : [];
    return Array.isArray(found) ? found.map(String) : [];
  };
}

/**
 * One call with its progress, logs and questions. Where a question ends the run, because a modern client answers by calling
 * again, the server is told that it got none; what it makes of that is dropped, and the next run finds the answer.
 */
async function call(
  client: InnerClient,
  [method, params]: readonly [method: string, params: Json],
  context: ToolContext,
): Promise<Json> {
  let asked = 0;
  let unanswered: unknown;
  const result = client.request(method, params, {
    signal: context.signal,
    notification(kind, body) {
      if (kind === "notifications/progress") tellProgress(context, body);
      if (kind === "notifications/message") tellLog(context, body);
    },
    async request(kind, body) {
      asked += 1;
      const question = questionOf(kind, body);
      try {
        const answers = await context.ask({ [`question${asked}`]: question });
        const answer = Object.values(answers)[0];
        return isRecord(answer) ? answer : {};
      } catch (error) {
        unanswered ??= error;
        throw error;
      }
    },
  });
  const {
    resultType: _type,
    _meta: meta,
    ...rest
  } = await result.catch((error: unknown): Json => {
    if (unanswered === undefined) throw error;
    return {};
  });
  if (unanswered !== undefined) throw unanswered;
  const { [META.serverInfo]: _info, ...kept } = isRecord(meta) ? meta : {};
  return Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept };
}

function questionOf(method: string, params: Json): Question {
  const isKnown =
    method === "elicitation/create" ||
    method === "sampling/createMessage" ||
    method === "roots/list";
  if (!isKnown) throw new RequestError(WIRE.methodNotFound, `${method} cannot be asked.`);
  const { _meta, ...asked } = params;
  // Forms had no mode before there were pages.
  const isForm = method === "elicitation/create" && asked["mode"] === undefined;
  return { method, params: isForm ? { mode: "form", ...asked } : asked };
}

function tellProgress(context: ToolContext, { progress, total, message }: Json): void {
  if (typeof progress !== "number") return;
  context.progress(
    progress,
    typeof total === "number" ? total : undefined,
    typeof message === "string" ? message : undefined,
  );
}

function tellLog(context: ToolContext, { level, data }: Json): void {
  if (!isLogLevel(level)) return;
  if (isRecord(data)) context.log(level, textOf(data["message"], ""), data);
  else context.log(level, typeof data === "string" ? data : JSON.stringify(data));
}

const textOf = (value: unknown, otherwise: string): string =>
  typeof value === "string" ? value : otherwise;
