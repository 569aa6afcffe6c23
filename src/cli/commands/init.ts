import { join } from "node:path";
import type { Command } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import { findConfiguration, shownName } from "../config/index.ts";
import { schemaComment, writeAtomically } from "../edit-config.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";

export function register(program: Command, host: Host): void {
  program
    .command("init")
    .description(
      "Writes a flotilla.yaml to start from. Editors complete it and check it as you type.",
    )
    .option("--force", "write over one that is there")
    .action(host.action((options: { force?: true }) => init(host, options.force === true)));
}

async function init(host: Host, force: boolean): Promise<number> {
  const { ui, io, globals } = host;
  const { env, cwd } = io;
  const there = await findConfiguration({ env: { ...env, FLOTILLA_CONFIG: undefined }, cwd });
  if (there !== undefined && !force) {
    throw new FlotillaError("bad_request", `${shownName(there, cwd)} is there already.`, {
      hint: "Add to it with `flotilla add`, or write over it with --force.",
    });
  }
  const file = join(cwd, "flotilla.yaml");
  await writeAtomically(file, scaffold(cwd), 0o644);
  if (globals.json === true) ui.json({ file });
  else {
    ui.line(`${ui.paint.good("✓")} wrote ${shownName(file, cwd)}`);
    ui.line(ui.paint.dim("  Next: flotilla add NAME -- COMMAND, flotilla import, or flotilla up"));
  }
  return EXIT.ok;
}

export function scaffold(folder: string): string {
  return `${schemaComment(folder)}
#
# The fleet: MCP servers behind one endpoint. Start it with: flotilla up
# Every value may use \${NAME} or \${NAME:-default} from the environment.

# Which installed toolpacks join: all, none, or a list such as [database].
toolpacks: all

# Your own servers. Each starts when it is first called and sleeps when idle.
workers: {}
#  files:
#    command: npx
#    args: [-y, "@modelcontextprotocol/server-filesystem", .]
#
#  tracker:
#    url: https://example.com/mcp
#    headers:
#      Authorization: Bearer \${TRACKER_TOKEN}
`;
}
