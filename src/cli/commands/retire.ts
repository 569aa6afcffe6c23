import type { Command } from "commander";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { count } from "../ui/units.ts";

export function register(program: Command, host: Host): void {
  program
    .command("retire <worker...>")
    .description(
      "Lets the drones of workers finish their calls and stop. The next call wakes them again.",
    )
    .action(host.action((workers: string[]) => retire(host, workers)));
}

async function retire(host: Host, workers: string[]): Promise<number> {
  const { ui } = host;
  const api = await host.api();
  const answers = [];
  for (const worker of workers) answers.push(await api.retire(worker));
  if (host.globals.json === true) ui.json({ workers: answers });
  else {
    for (const { worker, retired } of answers) {
      const what =
        retired.length === 0 ? "was asleep already" : `retires ${count(retired.length, "drone")}`;
      ui.line(`${ui.paint.dim("○")} ${worker} ${what}`);
    }
  }
  return EXIT.ok;
}
