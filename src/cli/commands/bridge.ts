import type { Command } from "commander";
import { runBridge } from "../client/bridge.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";

export function register(program: Command, host: Host): void {
  program
    .command("bridge")
    .description(
      "Serves a running fleet on stdin and stdout, for MCP clients that only start programs.\n" +
        "`flotilla connect claude-desktop` writes it into the client's configuration.",
    )
    .option("--worker <name>", "only this worker instead of the whole fleet")
    .action(host.action((options: { worker?: string }) => bridge(host, options.worker)));
}

async function bridge(host: Host, worker: string | undefined): Promise<number> {
  const { io } = host;
  const path = worker === undefined ? "/mcp" : `/mcp/${encodeURIComponent(worker)}`;
  const url = await host.fleetUrl();
  const { fetch, clock, signal, stdin } = io;
  const write = (line: string): void => io.stdout.write(`${line}\n`);
  await runBridge({ url, path, fetch, clock, signal, stdin, write });
  return EXIT.ok;
}
