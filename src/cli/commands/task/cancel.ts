import type { Command } from "commander";
import { EXIT } from "../../exit.ts";
import type { Host } from "../../host.ts";

export function registerCancel(task: Command, host: Host): void {
  task
    .command("cancel <id>")
    .summary("begin nothing more of it")
    .description(
      "Begins nothing more of a task and gives up what is under way. What has ended keeps its result.",
    )
    .action(host.action((id: string) => cancel(host, id)));
}

async function cancel(host: Host, id: string): Promise<number> {
  const { ui } = host;
  const status = await (await host.api()).tasks.cancel(id);
  if (host.globals.json === true) ui.json(status);
  else if (status.state === "ending") ui.line(`${ui.paint.dim("○")} ${id} is being cancelled`);
  else ui.line(`${ui.paint.dim("○")} ${id} is ${status.state} already`);
  return EXIT.ok;
}
