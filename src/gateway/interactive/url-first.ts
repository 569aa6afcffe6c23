/** The -32042 error of 2025-11-25: pages that must be visited before the call can be made. */
import { isRecord, type WireError } from "../../protocol/jsonrpc.ts";
import type { McpRequest } from "../call.ts";
import { declares } from "./capabilities.ts";
import { MAX_QUESTIONS, modernQuestion, type Question } from "./questions.ts";

/** The pages as questions; undefined when the client cannot open any, or the error names none. */
export function urlQuestions(
  request: McpRequest,
  error: WireError,
): [string, Question][] | undefined {
  if (!declares(request.client.capabilities, "elicitation.url")) return undefined;
  const listed = isRecord(error.data) ? error.data["elicitations"] : undefined;
  if (!Array.isArray(listed)) return undefined;
  const questions = listed
    .slice(0, MAX_QUESTIONS)
    .filter(isRecord)
    .filter(({ url, message }) => typeof url === "string" && typeof message === "string")
    .map((params, index): [string, Question] => [
      `elicitation-${index + 1}`,
      modernQuestion("elicitation/create", { ...params, mode: "url" }).question,
    ]);
  return questions.length === 0 ? undefined : questions;
}

/** False once a page was declined. One not answered yet counts: the worker itself will ask for it again. */
export function acceptedAll(keys: readonly string[], given: Record<string, unknown>): boolean {
  return keys.every((key) => {
    const answer = Object.hasOwn(given, key) ? given[key] : undefined;
    return !isRecord(answer) || answer["action"] === "accept";
  });
}
