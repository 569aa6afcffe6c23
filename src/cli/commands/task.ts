/** `flotilla task`: its four verbs, each in a file of its own. */
import type { Command } from "commander";
import type { Host } from "../host.ts";
import { registerCancel } from "./task/cancel.ts";
import { registerList } from "./task/list.ts";
import { registerRun } from "./task/run.ts";
import { registerShow } from "./task/show.ts";

export function register(program: Command, host: Host): void {
  const task = program
    .command("task")
    .description(
      "Makes many calls as one task of the fleet: spread over its drones, and safe from restarts.",
    )
    .helpCommand(false);
  for (const add of [registerRun, registerList, registerShow, registerCancel]) add(task, host);
}
