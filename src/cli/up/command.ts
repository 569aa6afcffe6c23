/** `flotilla up`: the whole fleet in one process, until it is told to stop. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { FlotillaError } from "../../protocol/index.ts";
import { isLoopback } from "../../security/index.ts";
import { LOG_LEVELS, type LogLevel } from "../../telemetry/index.ts";
import {
  formatProblem,
  loadConfiguration,
  parsePort,
  type Configuration,
  type Overrides,
} from "../config/index.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import { installedToolpacks } from "../installed.ts";
import { composeFleet, type RunningFleet } from "./compose.ts";
import { readyLines } from "./ready.ts";

interface UpOptions {
  config?: string;
  state?: string;
  store?: string;
  port?: number;
  host?: string;
  toolpacks?: string;
  workspace?: string[];
  network?: boolean;
  gateways: number;
  log: LogLevel;
}

/** Time for calls under way when told to stop; the drones' own grace comes on top. */
const STOP_GRACE_MS = 5_000;
const HOLD_MS = 60_000;

/** Beyond it the process that holds store and drones is what calls wait for. */
const MAX_GATEWAYS = 64;

export function registerUp(program: Command, host: Host): void {
  program
    .command("up")
    .description("Starts the fleet here: endpoint, coordinator and dashboard in one process.")
    .option("-c, --config <file>", "flotilla.yaml, or a client's mcpServers JSON")
    .option("-s, --state <dir>", "where the fleet keeps its state")
    .option("--store <url>", "Redis that several machines share: they are one fleet")
    .option("-p, --port <n>", "port to listen on; 0 picks a free one", readPort)
    .option("--host <address>", "address to listen on")
    .option("--toolpacks <names>", "all, none, or names with commas between")
    .option("--workspace <dirs...>", "folders that toolpacks may read by path; none by default")
    .option("--network", "toolpacks may ask over the network: advisories, registries")
    .option("--gateways <n>", "processes that serve clients, from 1 to 64", readGateways, 1)
    .option("--log <level>", `least level to print: ${LOG_LEVELS.join(", ")}`, readLevel, "warn")
    .action(host.action((options: UpOptions) => up(host, options)));
}

async function up(host: Host, options: UpOptions): Promise<number> {
  const load = () => readFleet(host, options);
  const configuration = await load();
  const { settings, warnings } = configuration;
  refuseOpenBind(settings.host);
  // Modules are compiled and their types stripped once, not at every start.
  enableCompileCache(join(settings.stateDir, "compiled"));
  for (const warning of warnings) host.ui.note(formatProblem(warning));
  const fleet = await composeFleet({
    configuration,
    load,
    version: host.version,
    logLevel: options.log,
    gateways: options.gateways,
    env: host.io.env,
    print: (line) => host.io.stderr.write(`${line}\n`),
    paint: host.ui.notePaint,
  });
  tellReady(host, fleet, configuration);
  // The server is closed before the drones have ended, and no other timer keeps a process alive.
  const hold = setInterval(() => {}, HOLD_MS);
  try {
    await untilStopped(host.io.signal);
    if (host.globals.json !== true) host.ui.note("Stopping: waiting for calls under way …");
    await fleet.stop(STOP_GRACE_MS);
  } finally {
    clearInterval(hold);
  }
  return EXIT.ok;
}

async function readFleet(host: Host, options: UpOptions): Promise<Configuration> {
  const { env, cwd, home, platform } = host.io;
  const { toolpacks, warnings } = await installedToolpacks(cwd);
  for (const warning of warnings) host.ui.note(warning);
  const overrides: Overrides = {};
  if (options.port !== undefined) overrides.port = options.port;
  if (options.host !== undefined) overrides.host = options.host;
  if (options.state !== undefined) overrides.stateDir = options.state;
  if (options.store !== undefined) overrides.store = options.store;
  if (options.toolpacks !== undefined) overrides.toolpacks = options.toolpacks;
  if (options.workspace !== undefined) overrides.workspace = options.workspace;
  if (options.network !== undefined) overrides.network = options.network;
  return loadConfiguration({
    path: options.config,
    env,
    cwd,
    home,
    platform,
    toolpacks,
    overrides,
  });
}

/** Until callers can be told apart, whoever reaches the port may run every tool. */
function refuseOpenBind(address: string): void {
  if (isLoopback(address)) return;
  throw new FlotillaError(
    "config_invalid",
    `Listening on ${address} would open every tool to it.`,
    {
      hint: "Authentication is not part of this version: listen on 127.0.0.1 and put a proxy in front.",
    },
  );
}

function tellReady(host: Host, fleet: RunningFleet, { fleet: wanted }: Configuration): void {
  const { ui } = host;
  if (host.globals.json === true) {
    ui.json({ ready: true, url: fleet.url, workers: wanted.workers.length, pid: process.pid });
    return;
  }
  ui.lines(readyLines({ url: fleet.url, workers: wanted.workers, paint: ui.paint }));
}

/** SIGINT comes through `signal`; a supervisor sends SIGTERM, a closed terminal SIGHUP. */
function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    for (const name of ["SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
  });
}

function readPort(text: string): number {
  const port = parsePort(text);
  if (port === undefined) throw new InvalidArgumentError("Give a number from 0 to 65535.");
  return port;
}

function readGateways(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_GATEWAYS) return count;
  throw new InvalidArgumentError(`Give a number from 1 to ${MAX_GATEWAYS}.`);
}

function readLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) {
    throw new InvalidArgumentError(`Choose one of ${LOG_LEVELS.join(", ")}.`);
  }
  return level;
}
