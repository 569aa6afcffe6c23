/** How one call asks its client: by rounds where the era has them, by requests on the open link where it has those. */
import { FlotillaError } from "../../protocol/index.ts";
import type { AnswersTo, Question, Questions } from "./questions.ts";
import { needName } from "./questions.ts";

/** A tool's side. Both keep what they are given by key, so each question and each step has a key of its own in its tool. */
export interface Asking {
  /**
   * Asks all at once and resolves with the answers. A modern client calls again with them, and the tool then runs from
   * its start: what must not happen twice belongs behind the last question, or into `once`.
   */
  ask<Q extends Questions>(questions: Q): Promise<AnswersTo<Q>>;
  /** Whether the client said that it can answer such a question. Asking all the same fails the call. */
  canAsk(question: Question): boolean;
  /** Runs `make` once, however often the tool is run again for answers; its value must survive JSON. */
  once<T>(key: string, make: () => T | Promise<T>): Promise<T>;
}

export interface Talk extends Asking {
  /** The `input_required` result, when the call cannot go on without answers. */
  required(): Promise<Record<string, unknown> | undefined>;
}

/** Ends a run whose questions are not answered yet. */
export class Suspended extends Error {
  constructor() {
    super("The call waits for its client's answers. This error is the kit's own: let it pass.");
    this.name = "Suspended";
  }
}

/** For what can never ask, such as completion. */
export const SILENT: Asking = {
  ask: () => Promise.reject(new FlotillaError("not_supported", "Nothing can be asked here.")),
  canAsk: () => false,
  once: async (_key, make) => make(),
};

export function cannotAsk(question: Question): FlotillaError {
  return new FlotillaError(
    "not_supported",
    `This needs the client's ${needName(question)}, which it does not offer.`,
    { hint: "Use a client that can be asked." },
  );
}
