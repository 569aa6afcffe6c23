/** What a tool may ask of its client (MCP client/elicitation, client/sampling, client/roots), and what an answer looks like. */
import { isRecord } from "../../protocol/index.ts";
import type { JsonSchema } from "../../protocol/index.ts";
import { check, isSimple } from "../schema-check.ts";

export type QuestionMethod = "elicitation/create" | "sampling/createMessage" | "roots/list";

/** `A` is the answer's type and exists for the compiler alone. */
export interface Question<A = unknown> {
  readonly method: QuestionMethod;
  readonly params: Record<string, unknown>;
  readonly "~answer"?: A;
}
export type Questions = Readonly<Record<string, Question>>;
export type AnswersTo<Q extends Questions> = {
  [K in keyof Q]: Q[K] extends Question<infer A> ? A : never;
};

/** Only an accepted form has content; a person may also decline, or close the form without a decision. */
export type FormAnswer =
  | { action: "accept"; content: Record<string, unknown> }
  | { action: "decline" | "cancel"; content?: undefined };
export interface PageAnswer {
  action: "accept" | "decline" | "cancel";
}
export interface SampleAnswer {
  role: "assistant" | "user";
  content: unknown;
  model?: string;
  stopReason?: string;
}
export interface RootsAnswer {
  roots: { uri: string; name?: string }[];
}

/** A form for the person at the client. `schema`: an object of plain properties (text, number, boolean, choice). Never ask for a secret. */
export function form(message: string, schema: JsonSchema): Question<FormAnswer> {
  return {
    method: "elicitation/create",
    params: { mode: "form", message, requestedSchema: { type: "object", ...schema } },
  };
}

/** A page that the person opens: for sign-in, payment, secrets. "accept" says that they agreed to open it, not that they are done. */
export function page(message: string, url: string): Question<PageAnswer> {
  return { method: "elicitation/create", params: { mode: "url", message, url } };
}

/** A completion by the client's own model. `params` as in `sampling/createMessage`. */
export function sample(params: {
  messages: readonly { role: "user" | "assistant"; content: unknown }[];
  maxTokens: number;
  [key: string]: unknown;
}): Question<SampleAnswer> {
  return { method: "sampling/createMessage", params };
}

/** The folders that the client works in. */
export function roots(): Question<RootsAnswer> {
  return { method: "roots/list", params: {} };
}

/** The client capability that a question needs, in the form that goes into `data.requiredCapabilities`. */
export function needOf({ method, params }: Question): Record<string, unknown> {
  if (method === "roots/list") return { roots: {} };
  if (method === "sampling/createMessage") {
    return { sampling: params["tools"] === undefined ? {} : { tools: {} } };
  }
  return { elicitation: params["mode"] === "url" ? { url: {} } : { form: {} } };
}

/** In words: "elicitation.url". */
export function needName(question: Question): string {
  const [name = "", inner] = Object.entries(needOf(question))[0] ?? [];
  const [mode] = Object.keys(isRecord(inner) ? inner : {});
  return mode === undefined ? name : `${name}.${mode}`;
}

export function declares(capabilities: Record<string, unknown>, question: Question): boolean {
  const [name = "", inner] = Object.entries(needOf(question))[0] ?? [];
  const declared = capabilities[name];
  if (!isRecord(declared)) return false;
  const [mode] = Object.keys(isRecord(inner) ? inner : {});
  // A bare `elicitation: {}` is how forms were declared before there were pages.
  return (
    mode === undefined ||
    isRecord(declared[mode]) ||
    (mode === "form" && !isRecord(declared["url"]))
  );
}

/** True for an answer that can be handed to the tool; anything else is as good as none. */
export function isAnswer({ method, params }: Question, value: unknown): value is object {
  if (!isRecord(value)) return false;
  if (method === "roots/list") return Array.isArray(value["roots"]);
  if (method === "sampling/createMessage") {
    return typeof value["role"] === "string" && value["content"] !== undefined;
  }
  const { action, content } = value;
  if (action !== "accept") return action === "decline" || action === "cancel";
  const schema = params["requestedSchema"];
  if (params["mode"] === "url" || !isRecord(schema)) return true;
  if (!isRecord(content)) return false;
  return !isSimple(schema) || check(schema, content).length === 0;
}
