import { type Command, InvalidArgumentError } from "commander";
import {
  BATCH,
  isBatchOver,
  sleep,
  type BatchRequest,
  type BatchStatus,
} from "../../../protocol/index.ts";
import type { ApiClient } from "../../client/api.ts";
import { usage } from "../../client/arguments.ts";
import { keepAliveFor } from "../../client/wait.ts";
import { parseDurationMs } from "../../config/units.ts";
import { EXIT } from "../../exit.ts";
import type { Host } from "../../host.ts";
import { readLines, readSteps } from "./read.ts";
import { endOf, itemLine, statusLine } from "./words.ts";

interface Options {
  inputs?: string;
  steps?: string;
  parallel?: number;
  deadline?: number;
  timeout?: number;
  id?: string;
  detach?: true;
}

const LOOK_MS = 500;
/** The rest is in `flotilla task show`. */
const MAX_PROBLEMS = 10;

export function registerRun(task: Command, host: Host): void {
  task
    .command("run [tool]")
    .summary("start one, and wait for its end")
    .description(
      "Calls a tool once for each input, or runs steps that depend on each other. The fleet goes on without this command.",
    )
    .option("-i, --inputs <file>", "arguments of one call a line, as JSON; - reads stdin")
    .option("--steps <file>", "instead of a tool: a JSON list of steps")
    .option(
      "-p, --parallel <n>",
      `calls under way at a time, up to ${BATCH.maxParallelism}`,
      readCount,
    )
    .option(
      "--deadline <duration>",
      "what has not begun by then is not begun (default 1h)",
      readTime,
    )
    .option("--timeout <duration>", "of one call", readTime)
    .option("--id <name>", "a name of your own: running it again with the same starts nothing new")
    .option("-d, --detach", "do not wait for the end")
    .action(host.action((tool: string | undefined, own: Options) => run(host, tool, own)));
}

async function run(host: Host, tool: string | undefined, own: Options): Promise<number> {
  const request = await requestOf(host, tool, own);
  const api = await host.api();
  const begun = await api.tasks.submit(request);
  if (own.detach === true) {
    if (host.globals.json === true) host.ui.json(begun);
    else host.ui.line(`Started. \`flotilla task show ${begun.id}\` tells how far it is.`);
    return EXIT.ok;
  }
  return follow(host, api, begun);
}

async function requestOf(
  host: Host,
  tool: string | undefined,
  own: Options,
): Promise<BatchRequest> {
  const { id, parallel, deadline, timeout } = own;
  const common: BatchRequest = {
    by: "cli",
    ...(id === undefined ? {} : { id }),
    ...(parallel === undefined ? {} : { parallelism: parallel }),
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    ...(timeout === undefined ? {} : { callTimeoutMs: timeout }),
  };
  if (own.steps !== undefined) {
    if (tool !== undefined || own.inputs !== undefined)
      throw usage("--steps name their own tools", "Leave out the tool and --inputs.");
    return { ...common, steps: await readSteps(host, own.steps) };
  }
  if (tool === undefined || own.inputs === undefined)
    throw usage(
      "a tool and its --inputs are missing",
      "For example: flotilla task run TOOL --inputs calls.jsonl",
    );
  return { ...common, tool, inputs: await readLines(host, own.inputs) };
}

async function follow(host: Host, api: ApiClient, begun: BatchStatus): Promise<number> {
  const { ui, io, globals } = host;
  const spinner = ui.spinner();
  let status = begun;
  try {
    while (!isBatchOver(status)) {
      spinner.say(statusLine(status));
      await keepAliveFor(LOOK_MS, () => sleep(io.clock, LOOK_MS, io.signal));
      if (io.signal.aborted) {
        spinner.stop();
        ui.note(
          `The task goes on: \`flotilla task show ${status.id}\`, \`flotilla task cancel ${status.id}\`.`,
        );
        return EXIT.interrupted;
      }
      status = await api.tasks.get(status.id);
    }
  } finally {
    spinner.stop();
  }
  if (globals.json === true) ui.json(status);
  else {
    ui.line(endOf(status, ui.paint));
    await showProblems(host, api, status);
  }
  return status.counts.succeeded === status.total ? EXIT.ok : EXIT.failed;
}

async function showProblems(host: Host, api: ApiClient, status: BatchStatus): Promise<void> {
  const { failed, ambiguous } = status.counts;
  let shown = 0;
  if (failed + ambiguous === 0) return;
  for await (const item of api.tasks.items(status.id, ["failed", "ambiguous"])) {
    if (shown >= MAX_PROBLEMS) break;
    host.ui.line(`  ${itemLine(item, host.ui.paint)}`);
    shown += 1;
  }
  const rest = failed + ambiguous - shown;
  if (rest > 0) host.ui.line(`  … and ${rest} more: flotilla task show ${status.id} --problems`);
}

function readCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= BATCH.maxParallelism) return count;
  throw new InvalidArgumentError(`Give a number from 1 to ${BATCH.maxParallelism}.`);
}

function readTime(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= 1_000 && ms <= BATCH.maxDeadlineMs) return ms;
  throw new InvalidArgumentError("Give a duration from 1s to 24h.");
}
