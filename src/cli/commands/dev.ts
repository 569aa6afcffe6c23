import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { readProject } from "../dev/project.ts";
import type { Project } from "../dev/project.ts";
import { watchSources } from "../dev/watch-sources.node.ts";
import { writeAtomically } from "../edit-config.ts";

interface Options {
  port?: string;
  log: string;
}

export function register(program: Command, host: Host): void {
  program
    .command("dev [path] [command...]")
    .usage("[path] [options] [-- <command> [args...]]")
    .description(
      "Runs the worker in a folder under a fleet of its own, and anew after every change.",
    )
    .option("-p, --port <n>", "port to listen on; 0 picks a free one")
    .option("--log <level>", "least level to print", "info")
    .action(
      host.action((path: string | undefined, command: string[], options: Options) =>
        dev(host, { path, command, options }),
      ),
    );
}

interface Asked {
  path: string | undefined;
  command: string[];
  options: Options;
}

async function dev(host: Host, { path, command, options }: Asked): Promise<number> {
  const { io, ui } = host;
  const project = await readProject({ cwd: io.cwd, path, command });
  const state = await mkdtemp(join(tmpdir(), "flotilla-dev-"));
  const config = join(state, "flotilla.json");
  let changes = 0;
  const write = (): Promise<void> =>
    writeAtomically(config, configuration(project, changes), 0o600);
  await write();
  const watcher = watchSources({
    folder: project.folder,
    clock: io.clock,
    async onChange(file) {
      changes += 1;
      ui.note(`${project.name}: ${file} changed, starting anew`);
      await write();
    },
  });
  try {
    return await up(host, config, ["--state", join(state, "fleet"), ...passed(options)]);
  } finally {
    watcher.close();
    await rm(state, { recursive: true, force: true });
  }
}

const passed = ({ port, log }: Options): string[] => [
  "--log",
  log,
  ...(port === undefined ? [] : ["--port", port]),
];

/**
 * A worker whose definition differs is a new revision: the fleet lets the old drones finish and meets the new one. One is
 * always kept, so that a mistake shows when it is saved and not when it is called.
 */
function configuration({ name, run }: Project, changes: number): string {
  const env = { NODE_ENV: "development", FLOTILLA_DEV_CHANGES: String(changes) };
  return JSON.stringify({
    toolpacks: "none",
    workers: { [name]: { ...run, env, scale: { min: 1 } } },
  });
}

/** The verb itself, with a file that we write. */
async function up(host: Host, config: string, args: readonly string[]): Promise<number> {
  const { register: registerUp } = await import("./up.ts");
  let code: number = EXIT.ok;
  const program = new Command("flotilla").exitOverride();
  registerUp(program, {
    ...host,
    // A spread takes the getters' values of now, which is after the command line was read.
    action:
      (run) =>
      async (...given) => {
        code = await run(...given);
      },
  });
  await program.parseAsync(["up", "--config", config, ...args], { from: "user" });
  return code;
}
