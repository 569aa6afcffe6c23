import type { Command } from "commander";
import { isBatchOver } from "../../../protocol/index.ts";
import { EXIT } from "../../exit.ts";
import type { Host } from "../../host.ts";
import { endOf, itemLine, statusLine } from "./words.ts";

interface Options {
  items?: true;
  problems?: true;
}

export function registerShow(task: Command, host: Host): void {
  task
    .command("show <id>")
    .summary("how far one is, and what its calls answered")
    .description("Shows how far a task is; with --json and --items one result a line.")
    .option("--items", "every call that has ended, with its answer")
    .option("--problems", "only calls that failed, or whose end is not known")
    .action(host.action((id: string, options: Options) => show(host, id, options)));
}

async function show(host: Host, id: string, options: Options): Promise<number> {
  const { ui, io, globals } = host;
  const { tasks } = await host.api();
  const status = await tasks.get(id);
  const wanted = options.problems === true ? ["failed", "ambiguous"] : [];
  const isListed = options.items === true || options.problems === true;
  const isJson = globals.json === true;
  if (!isListed && isJson) ui.json(status);
  if (!isJson) ui.line(isBatchOver(status) ? endOf(status, ui.paint) : statusLine(status));
  if (!isListed) return EXIT.ok;
  for await (const item of tasks.items(id, wanted)) {
    // One a line also on a terminal: it is meant for the next program.
    if (isJson) io.stdout.write(`${JSON.stringify(item)}\n`);
    else ui.line(`  ${itemLine(item, ui.paint)}`);
  }
  return EXIT.ok;
}
