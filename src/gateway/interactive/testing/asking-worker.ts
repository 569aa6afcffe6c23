/** A worker of either era whose tool asks in rounds, all questions of a round at once, and then tells every answer. */
import { fakeWorker, type FakeWorker } from "../../testing/fake-worker.ts";
import type { Question } from "../questions.ts";

export type Rounds = readonly Readonly<Record<string, Question>>[];

export interface AskingWorker extends FakeWorker {
  /** Calls of the tool; for the modern era every retry is one. */
  readonly calls: Record<string, unknown>[];
}

export const FORM: Question = {
  method: "elicitation/create",
  params: {
    message: "Who are you?",
    requestedSchema: { type: "object", properties: { name: { type: "string" } } },
  },
};
export const PAGE: Question = {
  method: "elicitation/create",
  params: { mode: "url", message: "Sign in.", url: "https://example.com/in" },
};
export const SAMPLING: Question = {
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text: "Hi" } }], maxTokens: 5 },
};
export const SAMPLING_TOOLS: Question = {
  method: "sampling/createMessage",
  params: { ...SAMPLING.params, tools: [{ name: "t", inputSchema: { type: "object" } }] },
};
export const ROOTS: Question = { method: "roots/list", params: {} };

const TOOLS = ["ask", "other"].map((name) => ({ name, inputSchema: { type: "object" } }));
const RESOURCE = { name: "ask", uri: "test://ask" };
export const OFFERED = { tools: TOOLS, prompts: [{ name: "ask" }], resources: [RESOURCE] };
/** What the worker offers, by the method that lists it. */
const LISTS: Record<string, unknown> = {
  "tools/list": { tools: OFFERED.tools },
  "prompts/list": { prompts: OFFERED.prompts },
  "resources/list": { resources: OFFERED.resources },
};

interface Made {
  era: "modern" | "legacy";
  rounds: Rounds;
  finish: (heard: unknown[]) => unknown;
  mark: string;
}

/** `finish` is what a legacy tool makes of all answers; by default it tells them. */
export function askingWorker(
  era: "modern" | "legacy",
  rounds: Rounds,
  finish: (heard: unknown[]) => unknown = told,
): AskingWorker {
  return make({ era, rounds, finish, mark: "" });
}

/** A modern worker whose states all begin with `mark`. */
export function markingWorker(rounds: Rounds, mark: string): AskingWorker {
  return make({ era: "modern", rounds, finish: told, mark });
}

function make({ era, rounds, finish, mark }: Made): AskingWorker {
  const calls: Record<string, unknown>[] = [];
  const worker = fakeWorker({
    era,
    capabilities: { tools: {}, prompts: {}, resources: {} },
    on({ method, params }) {
      if (method in LISTS) return LISTS[method];
      if (!["tools/call", "prompts/get", "resources/read"].includes(method)) return undefined;
      calls.push(params);
      return era === "modern"
        ? modernTurn(rounds, params, mark)
        : legacyTurn(rounds, worker).then(finish);
    },
  });
  return { ...worker, calls };
}

const told = (answers: unknown): { content: unknown[] } => ({
  content: [{ type: "text", text: JSON.stringify(answers) }],
});

/** Everything it knows is in the state, as the era wants it. */
function modernTurn(rounds: Rounds, params: Record<string, unknown>, mark: string): unknown {
  const { requestState, inputResponses } = params;
  const heard: unknown[] =
    typeof requestState === "string" ? JSON.parse(requestState.slice(mark.length)) : [];
  if (requestState !== undefined) heard.push(inputResponses);
  const next = rounds[heard.length];
  if (next === undefined) return { resultType: "complete", ...told(heard) };
  return {
    resultType: "input_required",
    inputRequests: next,
    requestState: mark + JSON.stringify(heard),
  };
}

/** Waits for its answers in the middle of the call. */
async function legacyTurn(rounds: Rounds, worker: FakeWorker): Promise<unknown[]> {
  const heard: unknown[] = [];
  let asks = worker.countOf("tools/call") * 1_000;
  for (const [index, questions] of rounds.entries()) {
    const asked = Object.entries(questions).map(async ([key, { method, params }]) => {
      const id = `${key}.${index}.${(asks += 1)}`;
      worker.ask(id, method, params);
      return [key, await answerTo(worker, id)] as const;
    });
    heard.push(Object.fromEntries(await Promise.all(asked)));
  }
  return heard;
}

/** The result, or `refused` with the code of the error. */
export async function answerTo(worker: FakeWorker, id: string | number): Promise<unknown> {
  const answer = await worker.answerTo(id);
  if (answer.kind === "result") return JSON.parse(answer.result.text);
  return { refused: answer.kind === "error" ? answer.error.code : undefined };
}
