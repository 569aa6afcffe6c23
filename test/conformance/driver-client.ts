/** A modern client that answers every question: with the defaults of the form, a fixed sentence, one root. */
import {
  HEADER,
  LATEST_MODERN,
  META,
  NAME_PARAM,
  encodeHeaderValue,
  encodeRequest,
  isRecord,
} from "../../src/protocol/index.ts";

export type Json = Record<string, unknown>;

export interface DriverClient {
  /** Rejects when the answer is an error. */
  request(method: string, params?: Json): Promise<Json>;
  /** An error is no reason to stop: some scenarios want to see what comes after. */
  attempt(method: string, params?: Json): Promise<Json>;
}

const MAX_ROUNDS = 5;

const CAPABILITIES = {
  elicitation: { form: {} },
  sampling: {},
  roots: {},
};

export function createDriverClient(url: string): DriverClient {
  let id = 0;
  /** Of the tools last listed: header by argument (SEP-2243). */
  const labels = new Map<string, [argument: string, label: string][]>();
  const post = async (method: string, params: Json): Promise<Json> => {
    id += 1;
    const meta = {
      [META.protocolVersion]: LATEST_MODERN,
      [META.clientCapabilities]: CAPABILITIES,
      [META.clientInfo]: { name: "conformance-driver", version: "1.0.0" },
    };
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headersOf(method, params), ...paramHeaders(labels, params) },
      body: encodeRequest(id, method, { ...params, _meta: meta }),
    });
    const answer = lastMessage(response, await response.text());
    if (isRecord(answer["error"])) {
      throw new Error(`${method}: ${String(answer["error"]["message"])}`);
    }
    const result = answer["result"] as Json;
    if (method === "tools/list") remember(labels, result);
    return result;
  };
  const request = async (method: string, params: Json = {}): Promise<Json> => {
    let result = await post(method, params);
    for (let round = 0; result["resultType"] === "input_required"; round += 1) {
      if (round === MAX_ROUNDS) throw new Error(`${method} asks without end`);
      result = await post(method, { ...params, ...answersTo(result) });
    }
    return result;
  };
  return {
    request,
    attempt: (method, params = {}) =>
      request(method, params).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        return {};
      }),
  };
}

function headersOf(method: string, params: Json): Record<string, string> {
  const named = NAME_PARAM[method];
  const name = named === undefined ? undefined : params[named];
  return {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    [HEADER.protocolVersion]: LATEST_MODERN,
    [HEADER.method]: method,
    ...(typeof name === "string" ? { [HEADER.name]: encodeHeaderValue(name) } : {}),
  };
}

function remember(labels: Map<string, [string, string][]>, result: Json): void {
  for (const tool of (result["tools"] ?? []) as Json[]) {
    const schema = isRecord(tool["inputSchema"]) ? tool["inputSchema"] : {};
    const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
    const found = Object.entries(properties).flatMap(([name, property]): [string, string][] => {
      const label = isRecord(property) ? property["x-mcp-header"] : undefined;
      return typeof label === "string" ? [[name, label]] : [];
    });
    labels.set(String(tool["name"]), found);
  }
}

function paramHeaders(
  labels: Map<string, [string, string][]>,
  { name, arguments: args }: Json,
): Record<string, string> {
  const given = isRecord(args) ? args : {};
  const found = (labels.get(String(name)) ?? []).flatMap(([argument, label]) => {
    const value = given[argument];
    if (value === undefined || value === null) return [];
    return [
      [
        `${HEADER.paramPrefix}${label.toLowerCase()}`,
        encodeHeaderValue(typeof value === "string" ? value : JSON.stringify(value)),
      ],
    ];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

function lastMessage(response: Response, text: string): Json {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) return JSON.parse(text) as Json;
  const data = text
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trim());
  return JSON.parse(data.findLast((line) => line !== "") ?? "{}") as Json;
}

function answersTo(result: Json): Json {
  const asked = (result["inputRequests"] ?? {}) as Record<string, { method: string; params: Json }>;
  const answers = Object.entries(asked).map(([key, { method, params }]) => [
    key,
    answerTo(method, params),
  ]);
  const state = result["requestState"];
  return {
    inputResponses: Object.fromEntries(answers) as Json,
    ...(state === undefined ? {} : { requestState: state }),
  };
}

function answerTo(method: string, params: Json): Json {
  if (method === "roots/list") return { roots: [{ uri: "file:///conformance", name: "root" }] };
  if (method === "sampling/createMessage") {
    const content = { type: "text", text: "An answer." };
    return { role: "assistant", content, model: "driver", stopReason: "endTurn" };
  }
  const schema = isRecord(params["requestedSchema"]) ? params["requestedSchema"] : {};
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const filled = Object.entries(properties).flatMap(([name, property]) => {
    if (!isRecord(property)) return [];
    if (property["default"] !== undefined) return [[name, property["default"]]];
    return property["type"] === "boolean" ? [[name, true]] : [];
  });
  return { action: "accept", content: Object.fromEntries(filled) as Json };
}
