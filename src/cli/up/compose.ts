/** The composition root of one machine: the only place that knows every room and every driver of `flotilla up`. */
import { hostname } from "node:os";
import { createCoordinator, type Coordinator } from "../../coordinator/index.ts";
import {
  type BatchRunner,
  createBatchRunner,
  createFront,
  createRouter,
  type FleetRouter,
} from "../../gateway/index.ts";
import { createNodeServer } from "../../gateway/node-server.node.ts";
import { messageOf, systemClock, systemNewId } from "../../protocol/index.ts";
import type { FleetSpec } from "../../protocol/index.ts";
import { createSealer } from "../../security/index.ts";
import type { LogLevel, Logger } from "../../telemetry/index.ts";
import { forgetEndpoint, recordEndpoint } from "../client/locate.ts";
import { nodeSettings, watchConfiguration, type Configuration } from "../config/index.ts";
import type { Paint } from "../ui/paint.ts";
import { coordinatorWorker, createBuiltins } from "./builtins.ts";
import { createDial, type FleetSecrets } from "./dial.ts";
import { createFallback } from "./fallback.ts";
import { serveWithGateways } from "./gateways/serve.ts";
import { createLazyHttpClient } from "./http-client.ts";
import { createLaunchers } from "./launchers.ts";
import { type FleetMemory, openMemory } from "./memory.ts";
import { openThisNode, type ThisNode } from "./nodes/this-node.ts";
import { createFleetTelemetry, type FleetTelemetry } from "./telemetry.ts";

export interface ComposeOptions {
  configuration: Configuration;
  /** Reads the configuration again. */
  load(): Promise<Configuration>;
  version: string;
  logLevel: LogLevel;
  /** Processes that serve clients; 1 serves from this one. */
  gateways: number;
  env: Readonly<Record<string, string | undefined>>;
  /** Takes one line for the person at the terminal. */
  print(line: string): void;
  paint: Paint;
}

export interface RunningFleet {
  url: string;
  /** Answers calls under way for up to `graceMs`, ends every drone, then frees everything. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

const SYSTEM = { clock: systemClock, random: Math.random, newId: systemNewId };

interface Parts extends ComposeOptions {
  telemetry: FleetTelemetry;
  log: Logger;
}

export async function composeFleet(options: ComposeOptions): Promise<RunningFleet> {
  const telemetry = createFleetTelemetry(options);
  const parts: Parts = { ...options, telemetry, log: telemetry.log.with({ source: "gateway" }) };
  const undo: (() => Promise<void> | void)[] = [];
  try {
    return await compose(parts, undo);
  } catch (error) {
    // What was begun is ended in reverse, so that a failed start leaves nothing behind.
    for (const end of undo.toReversed()) await end();
    throw error;
  }
}

async function compose(parts: Parts, undo: (() => Promise<void> | void)[]): Promise<RunningFleet> {
  const { settings, files } = parts.configuration;
  const memory = await openMemory({ ...settings, env: parts.env });
  undo.push(() => memory.close());
  const { store, keys } = memory;
  const fleet = await controlAndData(parts, memory);
  const { coordinator, router, whole, closeDrones } = fleet;
  undo.push(closeDrones);
  const server =
    parts.gateways > 1
      ? await serveWithGateways({ ...parts, ...fleet, store, keys })
      : await serveHere(parts, fleet);
  undo.push(() => server.close({ graceMs: 0 }));
  await coordinator.apply(whole(parts.configuration.fleet));
  // Before the coordinator: it asks all nodes what they run, this one too.
  await fleet.thisNode?.start(router);
  await Promise.all([coordinator.start(), router.start(), server.start?.()]);
  fleet.batches.start();
  await recordEndpoint(settings.stateDir, { url: server.url, pid: process.pid });
  const watcher =
    files.length === 0 ? undefined : watchConfiguration(files, () => reload(parts, coordinator));
  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number): Promise<void> => {
    watcher?.close();
    await stopFleet({ ...fleet, server, graceMs });
    await closeDrones();
    await forgetEndpoint(settings.stateDir, process.pid);
    await memory.close();
  };
  return { url: server.url, stop: (graceMs) => (stopping ??= stop(graceMs)) };
}

/** What accepts connections: this process itself, or gateway processes that it keeps. */
export interface FleetServer {
  url: string;
  start?(): Promise<void>;
  close(options: { graceMs: number }): Promise<void>;
}

async function serveHere(parts: Parts, { coordinator, router }: Fleet): Promise<FleetServer> {
  const { settings } = parts.configuration;
  const { telemetry } = parts;
  const front = createFront({
    router,
    clock: systemClock,
    newId: systemNewId,
    telemetry,
    fallback: createFallback({ coordinator, metrics: async () => telemetry.meter.exposition() }),
  });
  return createNodeServer({ front, host: settings.host, port: settings.port, telemetry });
}

export type Fleet = Awaited<ReturnType<typeof controlAndData>>;

async function controlAndData(parts: Parts, { store, keys, secret }: FleetMemory) {
  const { settings } = parts.configuration;
  const self = nodeSettings(parts.env, { hostname: hostname(), stateDir: settings.stateDir });
  const node = secret === undefined ? hostname() : self.name;
  const { telemetry } = parts;
  const secrets: FleetSecrets = { remotes: new Map() };
  const launchers = createLaunchers({
    node,
    stateDir: settings.stateDir,
    telemetry,
    output: (line) => coordinator.logs.droneOutput(line),
  });
  const thisNode = await openThisNode({ settings: self, store, secret, launchers, telemetry });
  const coordinator: Coordinator = createCoordinator({
    ...SYSTEM,
    store,
    ...(thisNode === undefined ? { launchers } : { launchers: [], nodes: thisNode.nodes }),
    telemetry,
    probe: (drone, signal) => router.probe(drone, signal),
    node,
    version: parts.version,
    reload: async () => whole((await parts.load()).fleet),
  });
  telemetry.recordTo(coordinator.logs);
  const builtins = createBuiltins([coordinatorWorker(coordinator.tools, parts.version)]);
  /** What only a dialler may know is put where only the dialler looks; the builtin workers join every fleet. */
  const whole = (fleet: FleetSpec): FleetSpec => {
    remember(secrets, fleet);
    return { ...fleet, workers: [...fleet.workers, ...builtins.specs] };
  };
  const http = createLazyHttpClient();
  const dial = createDial({ launchers, builtins, secrets, node: thisNode });
  const common = { ...SYSTEM, store, telemetry, gatewayId: systemNewId("gateway") };
  const router: FleetRouter = createRouter({
    ...common,
    coordinatorFetch: (request) => coordinator.fetch(request),
    dial,
    http,
    sealer: createSealer({ keys, clock: systemClock }),
    serverInfo: { name: "flotilla", version: parts.version },
  });
  const batches = createBatchRunner({ ...common, router });
  const closeDrones = async (): Promise<void> => {
    await router.close();
    await http.close();
    await thisNode?.close();
    await Promise.all(launchers.map((launcher) => launcher.close()));
  };
  return { node, thisNode, coordinator, router, batches, dial, whole, closeDrones };
}

function remember(secrets: FleetSecrets, fleet: FleetSpec): void {
  secrets.remotes.clear();
  for (const { name, run } of fleet.workers) {
    if (run.kind === "remote") secrets.remotes.set(name, run);
  }
}

/** A configuration that is broken in an editor changes nothing until it is whole again. */
async function reload(parts: Parts, coordinator: Coordinator): Promise<void> {
  const request = new Request("http://flotilla/api/v1/reload", { method: "POST" });
  try {
    const answer = await coordinator.fetch(request);
    const body = await answer.text();
    if (answer.ok) parts.log.info("configuration read again", { answer: body });
    else parts.log.error("configuration not taken", { answer: body });
  } catch (error) {
    parts.log.error("configuration not taken", { error: messageOf(error) });
  }
}

async function stopFleet(running: {
  server: FleetServer;
  coordinator: Coordinator;
  batches: BatchRunner;
  thisNode: ThisNode | undefined;
  graceMs: number;
}): Promise<void> {
  const { server, batches, graceMs } = running;
  await Promise.all([server.close({ graceMs }), batches.close(graceMs)]);
  // While somebody still leads, if only this coordinator.
  await running.thisNode?.leave();
  await running.coordinator.stop();
}
