import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import {
  FlotillaError,
  isFlotillaError,
  sleep,
  type EventTopic,
  type FleetEvent,
} from "../../protocol/index.ts";
import type { ApiClient, EventQuery } from "../client/api.ts";
import { keepAliveFor } from "../client/wait.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { eventLine } from "../ui/event-line.ts";

interface Options {
  follow?: true;
  worker?: string;
  lines: number;
  topic?: EventTopic[];
}

const TOPICS: readonly EventTopic[] = ["logs", "calls", "drones", "health"];

export function register(program: Command, host: Host): void {
  program
    .command("logs")
    .description("Shows what workers and the fleet wrote, oldest first.")
    .option("-f, --follow", "keep showing what comes, until interrupted")
    .option("-w, --worker <name>", "only this worker")
    .option("-n, --lines <number>", "how many of the last lines", parseLines, 100)
    .option("-t, --topic <topic>", `${TOPICS.join(", ")}; may be repeated`, addTopic)
    .action(host.action((options: Options) => logs(host, options)));
}

function parseLines(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("Give a number, up to 99999.");
  return Number(text);
}

function addTopic(text: string, before: EventTopic[] = []): EventTopic[] {
  const topic = TOPICS.find((candidate) => candidate === text);
  if (topic === undefined) throw new InvalidArgumentError(`Choose from ${TOPICS.join(", ")}.`);
  return [...before, topic];
}

async function logs(host: Host, options: Options): Promise<number> {
  const api = await host.api();
  const topics = options.topic ?? ["logs"];
  const query: EventQuery = { topics, worker: options.worker };
  const events = await api.events({ ...query, limit: options.lines });
  const print = printer(host);
  for (const event of events) print(event);
  if (options.follow !== true) {
    if (events.length === 0) host.ui.note("Nothing has been written yet.");
    return EXIT.ok;
  }
  return follow(api, { host, query, after: events.at(-1)?.offset, print });
}

type Print = (event: FleetEvent) => void;

/** JSON comes one event per line, so that a pipe can read it as it comes. */
function printer({ ui, io, globals }: Host): Print {
  if (globals.json === true) return (event) => io.stdout.write(`${JSON.stringify(event)}\n`);
  return (event) => ui.line(eventLine(event, ui));
}

const MAX_WAIT_MS = 5_000;

/** Resumes after the last event seen when the stream breaks: a restart of the fleet loses no line. */
async function follow(
  api: ApiClient,
  from: { host: Host; query: EventQuery; after: string | undefined; print: Print },
): Promise<number> {
  const { host, query, print } = from;
  const { clock, signal } = host.io;
  let { after } = from;
  let waitMs = 200;
  while (!signal.aborted) {
    try {
      for await (const event of api.follow({ ...query, after })) {
        after = event.offset;
        waitMs = 200;
        print(event);
      }
    } catch (error) {
      if (signal.aborted) break;
      if (!isFlotillaError(error) || error.code !== "fleet_unreachable") throw error;
      if (waitMs === 200)
        host.ui.note(host.ui.notePaint.dim("The fleet went away; waiting for it."));
    }
    await keepAliveFor(waitMs, () => sleep(clock, waitMs, signal));
    waitMs = Math.min(MAX_WAIT_MS, waitMs * 2);
  }
  throw new FlotillaError("call_cancelled", "interrupted");
}
