import { BATCH, type BatchStatus, isBatchOver } from "../../protocol/batches.ts";
import { type Clock, sleep } from "../../protocol/clock.ts";
import type { BatchDesk } from "../batches/desk.ts";
import { ASKER } from "./schema.ts";
import { MAX_SHOWN, numberOf, readArguments, shownTask, TASK_SCHEMA } from "./task-schema.ts";
import type { CoordinatorTool, JsonObject } from "./tools.ts";

const ARGUMENTS = [
  "id",
  "tool",
  "inputs",
  "steps",
  "parallelism",
  "deadline_seconds",
  "wait_seconds",
];
/** Below the time that a builtin worker's call has. */
const MAX_WAIT_S = 50;
const DEFAULT_WAIT_S = 20;
const LOOK_MS = 250;

export function executeTaskTool(work: { batches: BatchDesk; clock: Clock }): CoordinatorTool {
  return {
    name: "execute_distributed_task",
    title: "Execute a distributed task",
    description:
      "Make many tool calls as one durable task, spread over the drones of the fleet: one `tool` with many `inputs`, or " +
      "`steps` that depend on each other. It goes on without you and survives restarts; a call that may have run is only " +
      "repeated if its tool is read-only, idempotent or keeps to idempotency keys. Waits a little and answers with what has " +
      "ended so far; get_distributed_task tells the rest.",
    inputSchema: INPUT,
    outputSchema: TASK_SCHEMA,
    annotations: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    },
    async run(args, signal) {
      const given = readArguments(args, ARGUMENTS);
      const { deadline_seconds: seconds, wait_seconds: _wait, ...body } = given;
      const waitS = numberOf(given, "wait_seconds", {
        least: 0,
        most: MAX_WAIT_S,
        otherwise: DEFAULT_WAIT_S,
      });
      const deadline = typeof seconds === "number" ? seconds * 1_000 : seconds;
      const wanted = deadline === undefined ? body : { ...body, deadlineMs: deadline };
      const { status } = await work.batches.submit(wanted, ASKER);
      const last = await untilOver(work, status, { waitMs: waitS * 1_000, signal });
      return shownTask(work.batches, last, { from: 0, limit: MAX_SHOWN });
    },
  };
}

async function untilOver(
  { batches, clock }: { batches: BatchDesk; clock: Clock },
  first: BatchStatus,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<BatchStatus> {
  const endMs = clock.monotonicMs() + waitMs;
  let status = first;
  while (!isBatchOver(status) && clock.monotonicMs() < endMs && !signal.aborted) {
    await sleep(clock, LOOK_MS, signal);
    status = await batches.get(first.id);
  }
  return status;
}

const TOOL = {
  type: "string",
  minLength: 1,
  maxLength: 256,
  description: "Name of a tool, as this endpoint lists it.",
} as const;

const INPUT: JsonObject = {
  type: "object",
  properties: {
    id: {
      type: "string",
      pattern: "^[a-z0-9][a-z0-9-]{0,39}$",
      description:
        "A name of your own for the task: asking again with the same starts nothing new.",
    },
    tool: TOOL,
    inputs: {
      type: "array",
      minItems: 1,
      maxItems: BATCH.maxItems,
      items: { type: "object" },
      description: "The arguments of one call each, for `tool`.",
    },
    steps: {
      type: "array",
      minItems: 1,
      maxItems: BATCH.maxSteps,
      description: "Instead of `tool` and `inputs`: calls that depend on each other.",
      items: {
        type: "object",
        properties: {
          id: {
            type: "string",
            pattern: "^[A-Za-z0-9_-]{1,64}$",
            description: "Name of the step.",
          },
          tool: TOOL,
          arguments: { type: "object", description: "Arguments that are known already." },
          after: {
            type: "array",
            items: { type: "string" },
            description: "Steps that must have succeeded before.",
          },
          from: {
            type: "object",
            additionalProperties: { type: "string" },
            description:
              "More arguments, taken from results: argument name to JSON pointer, which begins with a step's id, " +
              "as in /fetch/structuredContent/url.",
          },
        },
        required: ["id", "tool"],
        additionalProperties: false,
      },
    },
    parallelism: {
      type: "integer",
      minimum: 1,
      maximum: BATCH.maxParallelism,
      description: `Calls under way at a time; ${BATCH.defaultParallelism} unless told.`,
    },
    deadline_seconds: {
      type: "integer",
      minimum: 1,
      maximum: BATCH.maxDeadlineMs / 1_000,
      description: "What has not begun by then is not begun; an hour unless told.",
    },
    wait_seconds: {
      type: "number",
      minimum: 0,
      maximum: MAX_WAIT_S,
      description: `How long this call waits for the end; ${DEFAULT_WAIT_S} unless told.`,
    },
  },
  additionalProperties: false,
};
