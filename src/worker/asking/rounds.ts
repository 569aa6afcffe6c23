/**
 * Asking a modern client (MCP basic/patterns/mrtr): the call ends with `input_required`, the client calls again with its
 * answers, on whatever replica, and the tool runs from its start with all answers so far.
 */
import { WIRE, isRecord } from "../../protocol/index.ts";
import { RequestError } from "../request-error.ts";
import type { AnswersTo, Question, Questions } from "./questions.ts";
import { declares, isAnswer, needName, needOf } from "./questions.ts";
import type { RoundState, StateKeeper } from "./state.ts";
import { Suspended } from "./talk.ts";
import type { Talk } from "./talk.ts";

export interface RoundsOptions {
  params: Record<string, unknown>;
  capabilities: Record<string, unknown>;
  /** What the state belongs to: another call's state is refused. */
  subject: unknown;
  /** Loaded when a state has to be opened or sealed, which most calls never need. */
  states: () => Promise<StateKeeper>;
}

export async function openRounds(options: RoundsOptions): Promise<Talk> {
  const { params, capabilities, subject, states } = options;
  const earlier = await readEarlier(options);
  const given = readGiven(params);
  const state: RoundState = { answers: {}, kept: { ...earlier.kept } };
  let open: Record<string, Question> | undefined;
  return {
    ask<Q extends Questions>(questions: Q): Promise<AnswersTo<Q>> {
      const answers: Record<string, unknown> = {};
      const unanswered: Record<string, Question> = {};
      for (const [key, question] of Object.entries(questions)) {
        if (!declares(capabilities, question)) return Promise.reject(lacks(question));
        const answer = given[key] ?? earlier.answers[key];
        if (isAnswer(question, answer)) answers[key] = state.answers[key] = answer;
        else unanswered[key] = question;
      }
      if (Object.keys(unanswered).length > 0) {
        open = { ...open, ...unanswered };
        return Promise.reject(new Suspended());
      }
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- each has passed `isAnswer` for its question
      return Promise.resolve(answers as AnswersTo<Q>);
    },
    canAsk: (question) => declares(capabilities, question),
    async once<T>(key: string, make: () => T | Promise<T>): Promise<T> {
      if (!Object.hasOwn(state.kept, key)) state.kept[key] = await make();
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- made by this step, or sealed by us when it was
      return state.kept[key] as T;
    },
    async required() {
      if (open === undefined) return undefined;
      const inputRequests = Object.fromEntries(
        Object.entries(open).map(([key, { method, params: asked }]) => [
          key,
          { method, params: asked },
        ]),
      );
      // Without anything to remember there is no state, and any replica can take the next round without a shared key.
      const isEmpty = Object.keys(state.answers).length + Object.keys(state.kept).length === 0;
      const requestState = isEmpty ? undefined : await (await states()).seal(subject, state);
      return {
        resultType: "input_required",
        inputRequests,
        ...(requestState === undefined ? {} : { requestState }),
      };
    },
  };
}

async function readEarlier({ params, subject, states }: RoundsOptions): Promise<RoundState> {
  const { requestState } = params;
  if (requestState === undefined) return { answers: {}, kept: {} };
  const opened =
    typeof requestState === "string"
      ? await (await states()).open(subject, requestState)
      : undefined;
  if (opened !== undefined) return opened;
  throw new RequestError(
    WIRE.invalidParams,
    "The requestState is not one of ours for this call, or it is too old. Call again without it.",
  );
}

function readGiven(params: Record<string, unknown>): Record<string, unknown> {
  const given = params["inputResponses"];
  if (given === undefined) return {};
  if (isRecord(given)) return given;
  throw new RequestError(WIRE.invalidParams, "inputResponses must be an object.");
}

function lacks(question: Question): RequestError {
  return new RequestError(
    WIRE.missingCapability,
    `This needs the client's ${needName(question)}, which the request does not declare.`,
    { requiredCapabilities: needOf(question) },
  );
}
