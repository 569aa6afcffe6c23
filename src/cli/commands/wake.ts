import type { Command } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { age } from "../ui/units.ts";
import { harmless } from "../ui/text.ts";
import { waitUntilReady } from "../client/wait.ts";

export function register(program: Command, host: Host): void {
  program
    .command("wake <worker...>")
    .description("Starts workers now, so that the first call need not wait.")
    .option("--no-wait", "do not wait until they are ready")
    .action(
      host.action((workers: string[], options: { wait: boolean }) => wake(host, workers, options)),
    );
}

async function wake(host: Host, workers: string[], options: { wait: boolean }): Promise<number> {
  const { ui, io } = host;
  const api = await host.api();
  const answers = [];
  const spinner = ui.spinner();
  try {
    for (const worker of workers) {
      spinner.say(`waking ${worker}`);
      const answer = await api.wake(worker);
      answers.push(options.wait ? await waitUntilReady(api, answer, io) : answer);
    }
  } finally {
    spinner.stop();
  }
  if (host.globals.json === true) ui.json({ workers: answers });
  else {
    for (const { worker, state } of answers) {
      const done = state === "ready" ? ui.paint.good("●") : ui.paint.busy("◐");
      ui.line(`${done} ${worker} is ${state}`);
    }
  }
  const failed = answers.find(({ state }) => state === "backing_off" || state === "crash_loop");
  if (failed === undefined) return EXIT.ok;
  throw new FlotillaError(
    "worker_unavailable",
    `${failed.worker}: ${harmless(failed.lastError ?? "does not start")}`,
    {
      hint: hintFor(failed.retryAtMs, { now: io.clock.now(), worker: failed.worker }),
    },
  );
}

function hintFor(retryAtMs: number | undefined, at: { now: number; worker: string }): string {
  const logs = `\`flotilla logs --worker ${at.worker}\` tells more.`;
  if (retryAtMs === undefined || retryAtMs <= at.now) return logs;
  return `It is tried again in ${age(retryAtMs - at.now)}. ${logs}`;
}
