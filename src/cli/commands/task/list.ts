import type { Command } from "commander";
import { isBatchOver } from "../../../protocol/index.ts";
import { EXIT } from "../../exit.ts";
import type { Host } from "../../host.ts";
import { table, type Cell } from "../../ui/table.ts";
import { oneLine } from "../../ui/text.ts";
import { age } from "../../ui/units.ts";
import { countsLine } from "./words.ts";

export function registerList(task: Command, host: Host): void {
  task
    .command("list")
    .summary("those under way, and those that ended lately")
    .description("Shows the tasks that the fleet knows, newest first.")
    .action(host.action(() => list(host)));
}

async function list(host: Host): Promise<number> {
  const { ui, io, globals } = host;
  const tasks = await (await host.api()).tasks.list();
  if (globals.json === true) {
    ui.json({ tasks });
    return EXIT.ok;
  }
  if (tasks.length === 0) {
    ui.line("No tasks. Start one with `flotilla task run`.");
    return EXIT.ok;
  }
  const rows = tasks.map((one): Cell[] => [
    { text: one.id, paint: ui.paint.bold },
    { text: one.state, paint: isBatchOver(one) ? ui.paint.dim : ui.paint.busy },
    { text: age(Math.max(0, io.clock.now() - one.createdAtMs)), paint: ui.paint.dim },
    { text: countsLine(one.counts) },
    { text: oneLine(one.title), paint: ui.paint.dim },
  ]);
  const heads = ["TASK", "STATE", "AGE", "CALLS"].map((title) => ({ title }));
  ui.lines(
    table([...heads, { title: "TOOL", flexible: true }], rows, {
      columns: ui.columns,
      title: ui.paint.dim,
    }),
  );
  return EXIT.ok;
}
