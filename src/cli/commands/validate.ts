import type { Command } from "commander";
import {
  configurationSchema,
  findConfiguration,
  loadConfiguration,
  shownName,
} from "../config/index.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { installedToolpacks } from "../installed.ts";
import { problemLines } from "../ui/failure.ts";
import { table } from "../ui/table.ts";
import { count } from "../ui/units.ts";

interface Options {
  config?: string;
  schema?: true;
}

export function register(program: Command, host: Host): void {
  program
    .command("validate [file]")
    .description("Checks a configuration and shows the fleet it describes. Starts nothing.")
    .option("-c, --config <file>", "the file (default: flotilla.yaml here)")
    .option("--schema", "print the JSON Schema of flotilla.yaml")
    .action(
      host.action((file: string | undefined, options: Options) =>
        validate(host, file ?? options.config, options),
      ),
    );
}

async function validate(host: Host, path: string | undefined, options: Options): Promise<number> {
  const { ui, io, globals } = host;
  if (options.schema === true) {
    io.stdout.write(`${JSON.stringify(configurationSchema, undefined, 2)}\n`);
    return EXIT.ok;
  }
  const { env, cwd, home, platform } = io;
  const file = await findConfiguration({ path, env, cwd });
  const { toolpacks } = await installedToolpacks(cwd);
  const { fleet, warnings } = await loadConfiguration({
    path,
    env,
    cwd,
    home,
    platform,
    toolpacks,
  });
  const name = file === undefined ? undefined : shownName(file, cwd);
  const workers = fleet.workers.map(({ name: worker, summary, origin, run }) => ({
    name: worker,
    kind: run.kind,
    origin,
    runs: summary,
  }));
  if (globals.json === true) {
    ui.json({ valid: true, file: file ?? null, workers, warnings });
    return EXIT.ok;
  }
  const mark = ui.notePaint.busy("!");
  for (const line of problemLines(warnings, { paint: ui.notePaint, mark })) ui.note(line);
  const subject = name ?? "No configuration here; the toolpacks";
  const verdict = name === undefined ? "are the fleet" : "is valid";
  ui.line(
    `${ui.paint.good("✓")} ${subject} ${verdict} ${ui.paint.dim(`· ${count(workers.length, "worker")}`)}`,
  );
  if (workers.length === 0) return EXIT.ok;
  const rows = workers.map((worker) => [
    { text: worker.name, paint: ui.paint.bold },
    { text: worker.runs, paint: ui.paint.dim },
  ]);
  const heads = [{ title: "WORKER" }, { title: "RUNS", flexible: true }];
  ui.lines(["", ...table(heads, rows, { columns: ui.columns, title: ui.paint.dim })]);
  return EXIT.ok;
}
