/** Runs one tool call to an answer: room, time, input, output. Whatever the tool does, the caller gets a result. */
import { FlotillaError, isFlotillaError, messageOf } from "../protocol/index.ts";
import type { CallToolResult, Clock, Timer } from "../protocol/index.ts";
import { Suspended } from "./asking/talk.ts";
import type { Tool, ToolContext } from "./contract.ts";
import type { Gate } from "./gate.ts";
import { RequestError } from "./request-error.ts";
import { failure } from "./results.ts";
import { InputError } from "./schema.ts";

export interface ToolRun {
  tool: Tool;
  args: unknown;
  gate: Gate;
  clock: Clock;
  /** Complain about structured content that breaks the tool's own schema (development and tests). */
  checkOutput: boolean;
  context: ToolContext;
}

/** Rejects when the caller itself cancelled, so that nobody waits for an answer, and when it has to be asked something. */
export async function callTool(run: ToolRun): Promise<CallToolResult> {
  const { tool, context } = run;
  const limit = new AbortController();
  const signal = AbortSignal.any([context.signal, limit.signal]);
  const arm = (): Timer => run.clock.after(tool.timeLimitMs, () => limit.abort(tooSlow(tool)));
  let timer = arm();
  // A person who thinks is not a slow tool.
  const ask: ToolContext["ask"] = async (questions) => {
    timer.cancel();
    try {
      return await context.ask(questions);
    } finally {
      timer = arm();
    }
  };
  try {
    const work = (): Promise<CallToolResult> =>
      orAborted(tool.call(run.args, { ...context, signal, ask }), signal);
    const result = await run.gate.run(work, signal);
    return run.checkOutput ? await checked(tool, result) : result;
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof Suspended || error instanceof RequestError) throw error;
    return failureOf(tool, error);
  } finally {
    timer.cancel();
  }
}

/**
 * A tool may ignore its signal; the caller must not wait for it all the same. What such a tool does afterwards is
 * dropped, its rejection included.
 */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function tooSlow(tool: Tool): FlotillaError {
  const seconds = tool.timeLimitMs / 1000;
  return new FlotillaError(
    "call_timeout",
    `${tool.definition.name} did not finish within ${seconds} s.`,
    {
      hint: "Give it less input, or try again.",
    },
  );
}

async function checked(tool: Tool, result: CallToolResult): Promise<CallToolResult> {
  if (tool.definition.outputSchema === undefined || result.isError === true) return result;
  const name = tool.definition.name;
  if (result.structuredContent === undefined) {
    return failure(
      `${name} promises structured content and gave none (checked in development only).`,
    );
  }
  const problem = await tool.checkOutput(result.structuredContent);
  if (problem === undefined) return result;
  return failure(`${name} broke its own output schema (checked in development only): ${problem}`);
}

function failureOf(tool: Tool, error: unknown): CallToolResult {
  if (error instanceof InputError) return failure(error.message);
  if (isFlotillaError(error)) {
    return failure(error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
  }
  return failure(`${tool.definition.name} failed: ${messageOf(error)}`);
}
