/** Reads what somebody wants done as a batch. Everything is checked here, so that nothing fails half-way for its form. */
import { BATCH, type BatchJob, type BatchRecord, type BatchStep } from "../../protocol/batches.ts";
import { argumentsOf, refused, toolOf } from "./parts.ts";
import { orderOf, readSteps } from "./read-steps.ts";

export interface WantedBatch extends Pick<
  BatchRecord,
  "kind" | "title" | "total" | "parallelism" | "runs" | "callTimeoutMs"
> {
  id: string | undefined;
  deadlineMs: number;
  /** Of `inputs`: all its items. Of `steps`: none yet, they depend on each other. */
  jobs: BatchJob[];
  steps: BatchStep[];
}

const KNOWN = new Set([
  "id",
  "tool",
  "inputs",
  "steps",
  "parallelism",
  "deadlineMs",
  "callTimeoutMs",
  "runs",
  "by",
]);
const MIN_TIME_MS = 1_000;

/** Throws `bad_request`. */
export function readBatchRequest(body: Record<string, unknown>): WantedBatch {
  // A typo must not look like success.
  const other = Object.keys(body).find((key) => !KNOWN.has(key));
  if (other !== undefined) {
    throw refused(`There is no member "${other.slice(0, 40)}".`, `Use ${[...KNOWN].join(", ")}.`);
  }
  const { callTimeoutMs, id } = body;
  const isId = typeof id === "string" && /^[a-z0-9][a-z0-9-]{0,39}$/.test(id);
  if (id !== undefined && !isId) {
    throw refused('"id" must be 1 to 40 of a-z, 0-9 and -.', "Leave it out to get one.");
  }
  const { defaultParallelism, maxParallelism, defaultRuns, maxRuns } = BATCH;
  return {
    ...(body["steps"] === undefined ? readFanOut(body) : readDag(body)),
    id: isId ? id : undefined,
    parallelism:
      whole(body, "parallelism", { least: 1, most: maxParallelism }) ?? defaultParallelism,
    runs: whole(body, "runs", { least: 1, most: maxRuns }) ?? defaultRuns,
    deadlineMs: timeOf(body, "deadlineMs") ?? BATCH.defaultDeadlineMs,
    ...(callTimeoutMs === undefined ? {} : { callTimeoutMs: timeOf(body, "callTimeoutMs") ?? 0 }),
  };
}

type Work = Pick<WantedBatch, "kind" | "title" | "total" | "jobs" | "steps">;

function readFanOut(body: Record<string, unknown>): Work {
  const tool = toolOf(body["tool"], "tool");
  const { inputs } = body;
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > BATCH.maxItems) {
    throw refused(
      `"inputs" must be a list of 1 to ${BATCH.maxItems} objects, the arguments of one call each.`,
      'Or give "steps", for calls that depend on each other.',
    );
  }
  const jobs = inputs.map((input, index) => ({
    index,
    tool,
    arguments: argumentsOf(input, `inputs[${index}]`),
  }));
  return { kind: "inputs", title: tool, total: jobs.length, jobs, steps: [] };
}

function readDag(body: Record<string, unknown>): Work {
  if (body["tool"] !== undefined || body["inputs"] !== undefined) {
    throw refused('Give either "tool" with "inputs", or "steps".', "Each step names its own tool.");
  }
  const steps = readSteps(body["steps"]);
  if (JSON.stringify(steps).length > BATCH.maxPlanChars) {
    throw refused(`Steps may have ${BATCH.maxPlanChars} characters together.`, "Make it smaller.");
  }
  orderOf(steps);
  const tools = [...new Set(steps.map(({ tool }) => tool))];
  const title = tools.slice(0, 3).join(", ") + (tools.length > 3 ? ", …" : "");
  return { kind: "steps", title, total: steps.length, jobs: [], steps };
}

function timeOf(body: Record<string, unknown>, name: string): number | undefined {
  return whole(body, name, { least: MIN_TIME_MS, most: BATCH.maxDeadlineMs });
}

function whole(
  body: Record<string, unknown>,
  name: string,
  { least, most }: { least: number; most: number },
): number | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw refused(`"${name}" is out of range.`, `Use a whole number from ${least} to ${most}.`);
}
