/**
 * One call to a legacy worker that may ask its client something on the way. The worker's call stays open while the
 * client sees a row of requests: the first, and a retry for each round of answers (2026-07-28 basic/patterns/mrtr).
 */
import type { Clock, Timer } from "../../protocol/clock.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { WireError } from "../../protocol/jsonrpc.ts";
import type { McpRequest } from "../call.ts";
import type { Deadline } from "../route/deadline.ts";
import type { Answer } from "../upstream/contract.ts";
import { declares, neededBy, type Need } from "./capabilities.ts";
import { isAnswerTo, keyFor, MAX_QUESTIONS, modernQuestion, type Question } from "./questions.ts";
import type { Forwarded, Talk } from "./talk.ts";

export type Turn =
  | { kind: "done"; forwarded: Forwarded }
  /** The worker waits for answers to `questions()`. */
  | { kind: "asks" };

export interface ConversationOptions {
  request: McpRequest;
  clock: Clock;
  /** Answers that came with the first request; used when a question has their key. */
  given: Record<string, unknown>;
  /** Takes a place among the calls that may be held open; false when there is none. */
  takePlace(conversation: Conversation): boolean;
}

/** Client's words for its answers: results by key, and refusals in the legacy form (an error instead of a result). */
export interface Answers {
  results: Record<string, unknown>;
  errors: Record<string, WireError>;
}

/** Questions asked in one breath are shown together; nobody notices so short a wait. */
const GATHER_MS = 20;

interface Open {
  question: Question;
  resolve: (answer: Answer) => void;
}

export class Conversation {
  readonly talk: Talk;
  /** What the worker asked for although the client had not declared it. */
  readonly refused = new Set<Need>();
  /** A question was turned away because too many calls are held open. */
  wasCrowdedOut = false;
  readonly #options: ConversationOptions;
  /** The request as the call sees it. Each retry puts its own signal and notifications in. */
  readonly #live: McpRequest;
  readonly #open = new Map<string, Open>();
  /** Keys ever used: one answered must not name another question. */
  readonly #keys = new Set<string>();
  #deadline: Deadline | undefined;
  #done: Forwarded | undefined;
  #turn: PromiseWithResolvers<Turn> | undefined;
  #gathering: Timer | undefined;
  #hasPlace = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#live = { ...options.request };
    this.talk = {
      ask: (method, params, id) => this.#ask(modernQuestion(method, params, id)),
      hasAsked: () => this.#hasPlace,
      begun: (deadline) => {
        this.#deadline = deadline;
      },
    };
  }

  /** Sends the call. `forward` never rejects. */
  start(forward: (live: McpRequest, talk: Talk) => Promise<Forwarded>): Promise<Turn> {
    void forward(this.#live, this.talk).then((forwarded) => this.#finish(forwarded));
    return this.#next();
  }

  /** What the worker waits for, in the order it asked. */
  questions(): [key: string, question: Question][] {
    return Array.from(this.#open, ([key, { question }]) => [key, question]);
  }

  /** A retry of the client takes the call over: what it answered goes to the worker, what it did not is asked again. */
  resume(request: McpRequest, answers: Answers): Promise<Turn> {
    const live = this.#live;
    live.client = request.client;
    live.signal = request.signal;
    live.notify = (method, params) => request.notify(method, params);
    this.#deadline?.follow(request.signal);
    for (const [key, { question, resolve }] of this.#open) {
      const result = Object.hasOwn(answers.results, key) ? answers.results[key] : undefined;
      const error = Object.hasOwn(answers.errors, key) ? answers.errors[key] : undefined;
      if (isAnswerTo(question, result)) {
        this.#open.delete(key);
        resolve({ kind: "result", result: { text: JSON.stringify(result) } });
      } else if (error !== undefined) {
        this.#open.delete(key);
        resolve({ kind: "error", error });
      }
    }
    if (this.#open.size === 0) this.#deadline?.resume();
    return this.#next();
  }

  /** Nobody listens until the next retry. */
  rest(): void {
    this.#live.notify = () => {};
    this.#deadline?.follow(undefined);
  }

  /** Ends the worker's call. Idempotent. */
  end(): void {
    this.#gathering?.cancel();
    this.#deadline?.end();
    this.#drop();
  }

  /** Whoever carries a question waits for its answer: none may be left hanging. */
  #drop(): void {
    for (const { resolve } of this.#open.values()) resolve(UNANSWERED);
    this.#open.clear();
  }

  #next(): Promise<Turn> {
    if (this.#done !== undefined) return Promise.resolve({ kind: "done", forwarded: this.#done });
    this.#turn = Promise.withResolvers<Turn>();
    const { promise } = this.#turn;
    // Left unanswered by this very retry: there is nothing to wait for.
    if (this.#open.size > 0) this.#show();
    return promise;
  }

  #ask({ question, name }: ReturnType<typeof modernQuestion>): Answer | Promise<Answer> {
    const need = neededBy(question.method, question.params);
    if (need === undefined) return refusal(WIRE.methodNotFound, `Unknown method.`);
    if (!declares(this.#live.client.capabilities, need)) {
      this.refused.add(need);
      return refusal(WIRE.methodNotFound, `The client does not support ${need}.`);
    }
    const key = keyFor(question, name, (taken) => this.#keys.has(taken));
    this.#keys.add(key);
    const { given } = this.#options;
    const early = Object.hasOwn(given, key) ? given[key] : undefined;
    if (isAnswerTo(question, early)) {
      return { kind: "result", result: { text: JSON.stringify(early) } };
    }
    if (this.#done !== undefined) return UNANSWERED;
    if (this.#open.size >= MAX_QUESTIONS) return refusal(WIRE.internal, "Too many questions.");
    this.#hasPlace ||= this.#options.takePlace(this);
    if (!this.#hasPlace) {
      this.wasCrowdedOut = true;
      return refusal(WIRE.internal, "Too many calls wait for answers. Try again later.");
    }
    return new Promise((resolve) => {
      this.#open.set(key, { question, resolve });
      this.#gathering ??= this.#options.clock.after(GATHER_MS, () => {
        this.#gathering = undefined;
        if (this.#open.size > 0) this.#show();
      });
    });
  }

  #show(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    this.#deadline?.pause();
    turn.resolve({ kind: "asks" });
  }

  #finish(forwarded: Forwarded): void {
    this.#done = forwarded;
    this.#gathering?.cancel();
    this.#drop();
    this.#turn?.resolve({ kind: "done", forwarded });
    this.#turn = undefined;
  }
}

function refusal(code: number, message: string): Answer {
  return { kind: "error", error: { code, message } };
}

const UNANSWERED: Answer = {
  kind: "error",
  error: { code: WIRE.internal, message: "The client did not answer." },
};
