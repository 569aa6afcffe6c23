/** A worker with one tool for each thing that HTTP has to carry, and requests for it. */
import { HEADER, LATEST_MODERN, META, isRecord } from "../../../protocol/index.ts";
import { form } from "../../asking/questions.ts";
import type { Worker } from "../../contract.ts";
import { defineTool, defineWorker } from "../../define.ts";

export interface Sample {
  worker: Worker;
  /** Lets the tool `wait` answer. */
  go(): void;
  started: Promise<void>;
  /** How `wait` was told to stop. */
  aborted: Promise<string>;
  stopped: Promise<void>;
}

export function sample(): Sample {
  const go = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<string>();
  const wait = defineTool({
    name: "wait",
    description: "Waits to be let go.",
    input: { type: "object" },
    async run(_input, { signal, log }) {
      log("info", "waiting");
      signal.addEventListener("abort", () => aborted.resolve(String(signal.reason)));
      started.resolve();
      await go.promise;
      return "went";
    },
  });
  const worker = defineWorker({
    name: "sample",
    version: "1.0.0",
    tools: [echo, steps, ask, wait],
    onStop: () => stopped.resolve(),
  });
  return {
    worker,
    go: () => go.resolve(),
    started: started.promise,
    aborted: aborted.promise,
    stopped: stopped.promise,
  };
}

const echo = defineTool<{ text: string; region?: string }>({
  name: "echo",
  description: "Says it back.",
  input: {
    type: "object",
    properties: {
      text: { type: "string" },
      region: { type: "string", "x-mcp-header": "Region" },
    },
    required: ["text"],
  },
  run: ({ text }) => text,
});

const steps = defineTool({
  name: "steps",
  description: "Reports progress.",
  input: { type: "object" },
  run(_input, { progress }) {
    progress(1, 2, "é");
    return "done";
  },
});

const ask = defineTool({
  name: "ask",
  description: "Asks for a word.",
  input: { type: "object" },
  async run(_input, context) {
    const { word } = await context.ask({ word: form("A word?", { properties: {} }) });
    return word.action;
  },
});

export const meta = {
  [META.protocolVersion]: LATEST_MODERN,
  [META.clientCapabilities]: { elicitation: { form: {} } },
};
export const plainHeaders = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

export function call(name: string, args: object = {}, more: object = {}): object {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: args, _meta: { ...meta, ...more } },
  };
}

export function modernHeaders(body: object): Record<string, string> {
  const method = "method" in body ? String(body.method) : "";
  const params = "params" in body && isRecord(body.params) ? body.params : {};
  const name = params["name"];
  return {
    ...plainHeaders,
    [HEADER.protocolVersion]: LATEST_MODERN,
    [HEADER.method]: method,
    ...(typeof name === "string" ? { [HEADER.name]: name } : {}),
  };
}

/** The messages of an event stream. */
export async function events(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1] ?? ""));
}
