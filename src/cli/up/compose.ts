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
import { createSealer, type KeyRing } from "../../security/index.ts";
import { createSqliteStore } from "../../store/drivers/sqlite.node.ts";
import type { Store } from "../../store/index.ts";
import type { LogLevel, Logger } from "../../telemetry/index.ts";
import { forgetEndpoint, recordEndpoint } from "../client/locate.ts";
import { watchConfiguration, type Configuration } from "../config/index.ts";
import type { Paint } from "../ui/paint.ts";
import { coordinatorWorker, createBuiltins } from "./builtins.ts";
import { createDial, type FleetSecrets } from "./dial.ts";
import { createFallback } from "./fallback.ts";
import { loadFleetKeys } from "./fleet-keys.ts";
import { serveWithGateways } from "./gateways/serve.ts";
import { createLazyHttpClient } from "./http-client.ts";
import { createLaunchers } from "./launchers.ts";
import { createFleetTelemetry, type FleetTelemetry } from "./telemetry.ts";

export interface ComposeOptions {
  configuration: Configuration;
  /** Reads the configuration again. */
  load(): Promise<Configuration>;
  version: string;
  logLevel: LogLevel;
  /** Processes that serve clients; 1 serves from this one. */
  gateways: number;
  /** Takes one line for the person at the terminal. */
  print(line: string): void;
  paint: Paint;
}

export interface RunningFleet {
  url: string;
  /** Answers calls under way for up to `graceMs`, ends every drone, then frees everything. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

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
  const store = createSqliteStore({ folder: settings.stateDir, clock: systemClock });
  undo.push(() => store.close());
  const keys = await loadFleetKeys(settings.stateDir, systemClock.now());
  const fleet = controlAndData(parts, store, keys);
  const { coordinator, router, whole, closeDrones } = fleet;
  undo.push(closeDrones);
  const server =
    parts.gateways > 1
      ? await serveWithGateways({ ...parts, ...fleet, store, keys })
      : await serveHere(parts, fleet);
  undo.push(() => server.close({ graceMs: 0 }));
  await coordinator.apply(whole(parts.configuration.fleet));
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
    await store.close();
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

export type Fleet = ReturnType<typeof controlAndData>;

function controlAndData(parts: Parts, store: Store, keys: KeyRing) {
  const node = hostname();
  const secrets: FleetSecrets = { remotes: new Map() };
  const launchers = createLaunchers({
    node,
    stateDir: parts.configuration.settings.stateDir,
    telemetry: parts.telemetry,
    output: (line) => coordinator.logs.droneOutput(line),
  });
  const coordinator: Coordinator = createCoordinator({
    store,
    launchers,
    clock: systemClock,
    random: Math.random,
    newId: systemNewId,
    telemetry: parts.telemetry,
    probe: (drone, signal) => router.probe(drone, signal),
    node,
    version: parts.version,
    reload: async () => whole((await parts.load()).fleet),
  });
  parts.telemetry.recordTo(coordinator.logs);
  const builtins = createBuiltins([coordinatorWorker(coordinator.tools, parts.version)]);
  /** What only a dialler may know is put where only the dialler looks; the builtin workers join every fleet. */
  const whole = (fleet: FleetSpec): FleetSpec => {
    remember(secrets, fleet);
    return { ...fleet, workers: [...fleet.workers, ...builtins.specs] };
  };
  const http = createLazyHttpClient();
  const dial = createDial({ launchers, builtins, secrets });
  const gatewayId = systemNewId("gateway");
  const router: FleetRouter = createRouter({
    store,
    coordinatorFetch: (request) => coordinator.fetch(request),
    dial,
    http,
    clock: systemClock,
    random: Math.random,
    newId: systemNewId,
    telemetry: parts.telemetry,
    gatewayId,
    sealer: createSealer({ keys, clock: systemClock }),
    serverInfo: { name: "flotilla", version: parts.version },
  });
  const batches = createBatchRunner({
    store,
    router,
    clock: systemClock,
    random: Math.random,
    newId: systemNewId,
    telemetry: parts.telemetry,
    gatewayId,
  });
  const closeDrones = async (): Promise<void> => {
    await router.close();
    await http.close();
    await Promise.all(launchers.map((launcher) => launcher.close()));
  };
  return { node, coordinator, router, batches, dial, whole, closeDrones };
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
  graceMs: number;
}): Promise<void> {
  const { server, batches, graceMs } = running;
  await Promise.all([server.close({ graceMs }), batches.close(graceMs)]);
  await running.coordinator.stop();
}
