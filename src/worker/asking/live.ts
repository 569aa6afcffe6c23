/** Asking a client of the session eras: requests on the link that the call came by, while the call waits. */
import { FlotillaError } from "../../protocol/index.ts";
import type { AnswersTo, Question, Questions } from "./questions.ts";
import { declares, isAnswer } from "./questions.ts";
import { cannotAsk } from "./talk.ts";
import type { Talk } from "./talk.ts";

/** Sends one request to the client and resolves with its result; rejects when it refuses, goes away or takes too long. */
export type AskClient = (
  method: string,
  params: Record<string, unknown>,
  signal: AbortSignal,
) => Promise<Record<string, unknown>>;

export interface LiveOptions {
  version: string;
  capabilities: Record<string, unknown>;
  /** Absent where the client cannot be reached: a call without a stream. */
  ask: AskClient | undefined;
  signal: AbortSignal;
}

const HAS_MODES_SINCE = "2025-11-25";

export function openLive(options: LiveOptions): Talk {
  const { capabilities, ask, signal } = options;
  const canAsk = (question: Question): boolean =>
    ask !== undefined && declares(capabilities, question);
  const one = async (question: Question): Promise<unknown> => {
    if (ask === undefined || !canAsk(question)) throw cannotAsk(question);
    const answer = await ask(question.method, wordsFor(options.version, question), signal);
    if (isAnswer(question, answer)) return answer;
    throw new FlotillaError("bad_request", "The client's answer does not fit what was asked.");
  };
  return {
    async ask<Q extends Questions>(questions: Q): Promise<AnswersTo<Q>> {
      const answered = Object.entries(questions).map(
        async ([key, question]): Promise<[string, unknown]> => [key, await one(question)],
      );
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- each has passed `isAnswer` for its question
      return Object.fromEntries(await Promise.all(answered)) as AnswersTo<Q>;
    },
    canAsk,
    // The run that asks is the run that goes on.
    once: async (_key, make) => make(),
    required: () => Promise.resolve(undefined),
  };
}

/** Forms had no mode before pages came; strict older clients must not meet it. */
function wordsFor(version: string, { method, params }: Question): Record<string, unknown> {
  if (method !== "elicitation/create") return params;
  if (params["mode"] === "url") return { ...params, elicitationId: crypto.randomUUID() };
  if (version >= HAS_MODES_SINCE) return params;
  const { mode: _mode, ...rest } = params;
  return rest;
}
