/** Puts the engine together and runs it: leadership, recovery, passes, sweep, the way down. */
import { sleep } from "../../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../../protocol/errors.ts";
import { DEFAULT_LIMITS } from "../../protocol/fleet.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { BUILTIN_LAUNCHER, createBuiltinLauncher } from "../builtin.ts";
import { createEventRecorder } from "../events/recorder.ts";
import type { Engine, EngineDeps } from "./engine.ts";
import { createLaunchers } from "./fleet-of-launchers.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { createLeadership } from "./leadership.ts";
import { createLedger } from "./ledger.ts";
import { createLoop, type Loop } from "./loop.ts";
import { createOperations } from "./operations.ts";
import { outlives } from "./outlives.ts";
import { createStartSlots } from "./slots.ts";
import { createStartGuard } from "./start-guard.ts";
import { passToolsets } from "../toolsets/publish/pass.ts";
import { passSweep } from "./sweep-pass.ts";
import { createView } from "./view.ts";
import { passWorker } from "./worker-pass.ts";

export interface RunningEngine extends Engine {
  start(): Promise<void>;
  /** A pass over each of these workers, begun after this call; resolves when all have ended. */
  settle(workers: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const SWEEP = "sweep";
const WORKER = "worker/";
const TOOLSETS = "toolsets";
/** Beyond twice the grace: time for the store and the launchers themselves. */
const STOP_MARGIN_MS = 3_000;

export function createEngine(deps: EngineDeps): RunningEngine {
  const abort = new AbortController();
  const parts = assemble(deps, { poke, hinted: (drone) => void observe(engine, drone), onLost });
  const { engine } = parts;
  const loop = createWorkLoop(engine);
  /** Passes begin when what a former process left is known. */
  let recovered = false;

  function poke(worker: string): void {
    if (recovered) loop.enqueue(WORKER + worker);
  }
  function onLost(): void {
    recovered = false;
    void takeOverWhenLeading();
  }
  function pokeAll(first: string): void {
    if (recovered) loop.enqueue(first);
    for (const worker of allWorkers(engine)) poke(worker);
  }
  /** Returns when this coordinator leads and has swept, or at once when it cannot lead yet (and goes on trying). */
  async function takeOver(): Promise<boolean> {
    if (!engine.leadership.leads()) return false;
    await loop.run(SWEEP);
    recovered = true;
    pokeAll(TOOLSETS);
    return true;
  }
  async function takeOverWhenLeading(): Promise<void> {
    while (!abort.signal.aborted && !recovered && !(await takeOver())) {
      await sleep(engine.clock, leaseTtlMs(deps) / 6, abort.signal);
    }
  }

  return Object.assign(engine, {
    async start() {
      await engine.view.watch(abort.signal);
      followNodes(engine, () => pokeAll(SWEEP), abort.signal);
      await engine.leadership.campaign();
      if (await takeOver()) await this.settle(allWorkers(engine));
      else void takeOverWhenLeading();
    },
    async settle(workers: readonly string[]) {
      if (!recovered) return;
      const passes = workers.map((worker) => loop.run(WORKER + worker));
      await Promise.all([...passes, loop.run(TOOLSETS)]);
    },
    async stop() {
      engine.wanted.stopping = true;
      if (recovered) await endOwnDrones(engine, (worker) => loop.run(WORKER + worker));
      await loop.stop();
      engine.operations.cancelAll();
      parts.stopHints();
      abort.abort();
      await engine.leadership.resign();
      await engine.events.close();
    },
  });
}

/** What a node that came has, and what one that went had, is found out at once. */
function followNodes({ nodes }: Engine, onChange: () => void, signal: AbortSignal): void {
  const stop = nodes?.onChange(onChange);
  if (stop !== undefined) signal.addEventListener("abort", stop, { once: true });
}

async function observe(engine: Engine, drone: string): Promise<void> {
  const record = engine.view.drones.get(`drone/${drone}`)?.value;
  if (record === undefined) return;
  await engine.fleet.observe(record);
  engine.poke(record.worker);
}

interface Hooks {
  poke: (worker: string) => void;
  hinted: (drone: string) => void;
  onLost: () => void;
}

function assemble(deps: EngineDeps, hooks: Hooks): { engine: Engine; stopHints: () => void } {
  const { store, clock, telemetry, node, policy } = deps;
  const { log } = telemetry;
  const launchers = [...deps.launchers, createBuiltinLauncher({ node, clock })];
  const view = createView({ store, clock, log, onChange: hooks.poke });
  const events = createEventRecorder({ events: store.events, clock, telemetry });
  const { onLost } = hooks;
  const onGained = (): void => log.info("leading the fleet", { node });
  const ttlMs = leaseTtlMs(deps);
  const leadership = createLeadership({
    leases: store.leases,
    holder: node,
    ttlMs,
    clock,
    log,
    onGained,
    onLost,
  });
  const drones = (): Iterable<DroneRecord> => view.drones.values();
  const fleet = createLaunchers({ launchers, nodes: deps.nodes, drones, log });
  const onSettled = (drone: string): void => {
    const worker = view.drones.get(`drone/${drone}`)?.value.worker;
    if (worker !== undefined) hooks.poke(worker);
  };
  const engine: Engine = {
    ...deps,
    wanted: { known: false, stopping: false, specs: new Map(), toolsets: [] },
    view,
    events,
    leadership,
    ledger: createLedger({ records: store.records, view, leadership, events }),
    fleet,
    operations: createOperations({ clock, onSettled }),
    slots: createStartSlots(policy, hooks.poke),
    guard: createStartGuard(policy),
    lock: createKeyedLock(),
    memory: new Map(),
    ours: new Set(),
    poke: hooks.poke,
  };
  return { engine, stopHints: fleet.onHint(hooks.hinted) };
}

function createWorkLoop(engine: Engine): Loop {
  const { clock, random, policy, telemetry } = engine;
  return createLoop({
    clock,
    random,
    concurrency: policy.concurrency,
    pass(key) {
      if (key === SWEEP) return passSweep(engine);
      if (key === TOOLSETS) return passToolsets(engine);
      const worker = key.slice(WORKER.length);
      return engine.lock(worker, () => passWorker(engine, worker));
    },
    onError(key, error) {
      if (isFlotillaError(error) && error.code === "lease_lost") return;
      telemetry.log.warn("reconcile pass failed", { key, error: messageOf(error) });
      telemetry.meter.count("reconcile_errors_total");
    },
  });
}

/** A shared store has stand-bys: short. A store of one process: nobody else could lead anyway. */
function leaseTtlMs({ store, policy }: EngineDeps): number {
  return store.capabilities.shared ? policy.leaseTtlSharedMs : policy.leaseTtlAloneMs;
}

export function allWorkers(engine: Engine): string[] {
  return [...new Set([...engine.wanted.specs.keys(), ...engine.view.workerNames()])];
}

/** Drains and ends what cannot outlive this process, within a bound that the workers' own grace times set. */
async function endOwnDrones(
  engine: Engine,
  pass: (worker: string) => Promise<void>,
): Promise<void> {
  const graces = [...engine.wanted.specs.values()].map((spec) => spec.limits.graceMs);
  const boundMs = 2 * Math.max(DEFAULT_LIMITS.graceMs, ...graces) + STOP_MARGIN_MS;
  const deadlineMs = engine.clock.monotonicMs() + boundMs;
  const left = (): string[] =>
    engine.view.drones.values().flatMap((record) => {
      const launcher = engine.fleet.get(record.launcher);
      const mortal = launcher !== undefined && !outlives(launcher, record);
      return mortal && record.launcher !== BUILTIN_LAUNCHER ? [record.worker] : [];
    });
  await Promise.all(allWorkers(engine).map(pass));
  while (
    left().length > 0 &&
    engine.leadership.leads() &&
    engine.clock.monotonicMs() < deadlineMs
  ) {
    await sleep(engine.clock, STOP_POLL_MS);
    await Promise.all([...new Set(left())].map(pass));
  }
  if (left().length > 0)
    engine.telemetry.log.warn("drones left at the end", { count: left().length });
}

const STOP_POLL_MS = 50;
