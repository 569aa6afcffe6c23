/**
 * The one place where a worker's questions to a legacy client pass. Inside, a call that asks answers `input_required`;
 * a legacy client expects requests of its own (`elicitation/create`, `sampling/createMessage`, `roots/list`) on its
 * stream, and its answers are what the call is made again with.
 */
import { asAbortSignal } from "../../call-signal.ts";
import { sleep } from "../../../protocol/clock.ts";
import { encodeNotification, isRecord, type RawObject } from "../../../protocol/jsonrpc.ts";
import type { WireError } from "../../../protocol/jsonrpc.ts";
import type { McpOutcome, McpRequest } from "../../call.ts";
import { declares, neededBy, type Need } from "../../interactive/capabilities.ts";
import { isAnswerTo, questionsOf, type Question } from "../../interactive/questions.ts";
import { withoutAnswers } from "../../interactive/request-state.ts";
import type { FrontDeps } from "../deps.ts";
import { endless, translated, unanswered, unreadable, unsupported } from "./interact-words.ts";
import type { Session } from "./session.ts";

export interface Interaction {
  session: Session;
  request: McpRequest;
  /** What the first attempt came to. */
  outcome: McpOutcome;
  /** Puts a message on the request's stream, which it opens; nothing is left out for slowness. */
  put: (text: string) => void;
}

/** The outcome after all questions are answered, or one that says truly why that cannot be. */
export type Interact = (interaction: Interaction) => Promise<McpOutcome>;

/** Shorter than what is held open inside, so that an answer in the last second still finds its call. */
const ASK_MS = 270_000;
/** No honest dialog has more; each round may hold a person's attention. */
const MAX_ROUNDS = 32;
/** A worker may ask to be called again without a question; not as fast as the wires allow. */
const PAUSE_MS = 200;
const HAS_PAGES_SINCE = "2025-11-25";

export function createInteract(deps: Pick<FrontDeps, "router" | "clock" | "newId">): Interact {
  return async (interaction) => {
    const { request } = interaction;
    let { outcome } = interaction;
    for (let round = 1; outcome.kind === "input_required"; round++) {
      if (round > MAX_ROUNDS) return endless(request, MAX_ROUNDS);
      const turn = await oneRound(deps, interaction, outcome.result);
      if (turn.kind === "over") return turn.outcome;
      outcome = await deps.router.handle({ ...turn.retry, callId: deps.newId("call") });
      turn.after();
    }
    return translated(request, outcome);
  };
}

type Turn =
  | { kind: "over"; outcome: McpOutcome }
  /** `after` is for when the worker has said what it made of the answers. */
  | { kind: "retry"; retry: McpRequest; after(): void };

const over = (outcome: McpOutcome): Turn => ({ kind: "over", outcome });

async function oneRound(
  deps: Pick<FrontDeps, "clock" | "newId">,
  interaction: Interaction,
  asked: RawObject,
): Promise<Turn> {
  const { request, session, put } = interaction;
  const read = readAsked(asked);
  if (read === undefined) return over(unreadable(request));
  const missing = undeclared(request, read.questions);
  if (missing.length > 0) return over(unsupported(request, missing));
  if (read.questions.size === 0) await sleep(deps.clock, PAUSE_MS, asAbortSignal(request.signal));
  const results: Record<string, unknown> = {};
  const errors: Record<string, WireError> = {};
  const pages: string[] = [];
  const asking = Array.from(read.questions, async ([key, question]) => {
    const { method, params, page } = legacyQuestion(question, session, deps);
    const signal = asAbortSignal(request.signal);
    const { clock } = deps;
    const answer = await session.asks.ask({
      id: deps.newId("ask"),
      method,
      params,
      put,
      signal,
      clock,
      timeoutMs: ASK_MS,
    });
    if (answer.kind === "none") return false;
    if (answer.kind === "error") errors[key] = answer.error;
    else if (isAnswerTo(question, answer.result)) results[key] = answer.result;
    else errors[key] = { code: -32602, message: "The client's answer has the wrong shape." };
    if (page !== undefined && isAccepted(answer)) pages.push(page);
    return true;
  });
  const answered = await Promise.all(asking);
  if (answered.includes(false)) return over(unanswered(request, ASK_MS / 1_000));
  const retry = retryOf(request, { results, errors, state: read.state });
  const after = (): void => {
    // The modern era knows no such message: that the worker went on is how one learns that the page was visited.
    for (const elicitationId of pages)
      put(encodeNotification("notifications/elicitation/complete", { elicitationId }));
  };
  return { kind: "retry", retry, after };
}

interface Asked {
  questions: Map<string, Question>;
  state: string | undefined;
}

function readAsked(asked: RawObject): Asked | undefined {
  const result: unknown = JSON.parse(asked.text);
  if (!isRecord(result)) return undefined;
  const questions = questionsOf(result);
  const { requestState } = result;
  if (questions === undefined) return undefined;
  if (requestState !== undefined && typeof requestState !== "string") return undefined;
  // At least one of both must be there (basic/patterns/mrtr).
  if (questions.size === 0 && requestState === undefined) return undefined;
  return { questions, state: requestState };
}

function undeclared(request: McpRequest, questions: Map<string, Question>): Need[] {
  const needs = new Set<Need>();
  for (const { method, params } of questions.values()) {
    const need = neededBy(method, params);
    if (need !== undefined && !declares(request.client.capabilities, need)) needs.add(need);
  }
  return [...needs];
}

/** The question in the words of the client's version. */
function legacyQuestion(
  { method, params }: Question,
  session: Session,
  deps: Pick<FrontDeps, "newId">,
): Question & { page?: string } {
  if (method !== "elicitation/create") return { method, params };
  if (params["mode"] === "url") {
    const page = deps.newId("elicitation");
    return { method, params: { ...params, elicitationId: page }, page };
  }
  if (session.client.protocolVersion >= HAS_PAGES_SINCE) return { method, params };
  const { mode: _, ...rest } = params;
  return { method, params: rest };
}

function isAccepted(answer: { kind: string; result?: Record<string, unknown> }): boolean {
  return answer.result?.["action"] === "accept";
}

interface Retry {
  results: Record<string, unknown>;
  errors: Record<string, WireError>;
  state: string | undefined;
}

function retryOf(request: McpRequest, { results, errors, state }: Retry): McpRequest {
  const params = {
    ...withoutAnswers(request.params),
    inputResponses: results,
    ...(state === undefined ? {} : { requestState: state }),
  };
  return {
    ...request,
    params,
    ...(Object.keys(errors).length === 0 ? {} : { inputErrors: errors }),
  };
}
