import type { Command } from "commander";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";

export function register(program: Command, host: Host): void {
  program
    .command("version")
    .description("Prints the version of Flotilla and of what it runs on.")
    .action(
      host.action(() => {
        const { ui, version, globals, io } = host;
        const node = process.versions.node;
        if (globals.json === true) ui.json({ version, node, platform: io.platform });
        else ui.line(`flotilla ${version}  ${ui.paint.dim(`node ${node}, ${io.platform}`)}`);
        return Promise.resolve(EXIT.ok);
      }),
    );
}
