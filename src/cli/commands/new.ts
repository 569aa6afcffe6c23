import { existsSync } from "node:fs";
import { isAbsolute, join, sep } from "node:path";
import { type Command, Argument } from "commander";
import { packageRoot, shownName } from "../config/index.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { writeWorker } from "../scaffold/worker.ts";

interface Options {
  dir?: string;
  flotilla?: string;
}

export function register(program: Command, host: Host): void {
  program
    .command("new")
    .description("Writes a new worker: source, test, Dockerfile and README.")
    .addArgument(new Argument("<kind>", "what to write").choices(["worker"]))
    .argument("<name>", "its name: a-z, 0-9 and -")
    .option("--dir <folder>", "where to (default: a new folder of that name)")
    .option("--flotilla <version>", "the version to depend on, as npm takes it")
    .action(
      host.action((_kind: string, name: string, options: Options) => create(host, name, options)),
    );
}

async function create(host: Host, name: string, options: Options): Promise<number> {
  const { io, ui, globals } = host;
  const given = options.dir ?? name;
  const folder = isAbsolute(given) ? given : join(io.cwd, given);
  const flotilla = options.flotilla ?? ownVersion(host.version);
  const files = await writeWorker({ name, folder, flotilla });
  if (globals.json === true) {
    ui.json({ name, folder, files });
    return EXIT.ok;
  }
  const shown = shownName(folder, io.cwd);
  ui.line(`${ui.paint.good("✓")} wrote ${ui.paint.bold(name)} into ${shown}`);
  ui.line(ui.paint.dim(`  Next: cd ${shown} && npm install && npm test && npx flotilla dev`));
  return EXIT.ok;
}

/** Installed from a registry, new workers get the same version; from a checkout, the package built there, or the checkout. */
function ownVersion(version: string): string {
  const root = packageRoot();
  if (root.split(sep).includes("node_modules")) return `^${version}`;
  const built = join(root, "dist");
  return `file:${existsSync(join(built, "package.json")) ? built : root}`;
}
