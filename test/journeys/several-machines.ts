/** Several `flotilla up` on one Redis, each a machine of one fleet, and workers that count what they execute. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startRedis, type RedisServer } from "../../src/store/drivers/redis/testing/server.node.ts";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import { newMark } from "./processes.ts";
import { call } from "./wire.ts";

const TALLY = join(import.meta.dirname, "fixtures/tally.mjs");
export const FLEET_KEY = "a key for journeys, forty characters long";

export interface MachinesOptions {
  names: readonly string[];
  /** Of the worker that is called. */
  worker?: Record<string, unknown>;
}

export interface Machines extends AsyncDisposable {
  redis: RedisServer;
  /** By name. */
  machine(name: string): Flotilla;
  start(name: string, labels?: string): Promise<Flotilla>;
  /** How often each call was executed, over all drones of all machines. */
  executed(): Map<string, number>;
  mark: string;
}

export async function startMachines(options: MachinesOptions): Promise<Machines> {
  const folder = makeFolder();
  const mark = newMark();
  const ledger = join(folder, "ledger");
  const redis = await startRedis();
  const running = new Map<string, Flotilla>();
  const tally = { command: process.execPath, args: [TALLY, mark, `--ledger=${ledger}`] };
  const start = async (name: string, labels = ""): Promise<Flotilla> => {
    const flotilla = await startFlotilla({
      config: { toolpacks: "none", workers: { tally: { ...tally, ...options.worker } } },
      stateDir: join(folder, name),
      env: {
        // Two fit: three drones need a second machine, and two machines are enough when one is gone.
        FLOTILLA_NODE_MAX_DRONES: "2",
        FLOTILLA_STORE: redis.url,
        FLOTILLA_FLEET_KEY: FLEET_KEY,
        FLOTILLA_NODE: name,
        FLOTILLA_NODE_LABELS: labels,
      },
    });
    running.set(name, flotilla);
    return flotilla;
  };
  await Promise.all(options.names.map((name) => start(name, `zone=${name}`)));
  return {
    redis,
    mark,
    start,
    machine(name) {
      const found = running.get(name);
      if (found === undefined) throw new Error(`no machine ${name}`);
      return found;
    },
    executed() {
      const counts = new Map<string, number>();
      const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").trim().split("\n") : [];
      for (const id of lines) counts.set(id, (counts.get(id) ?? 0) + 1);
      return counts;
    },
    async [Symbol.asyncDispose]() {
      for (const flotilla of running.values()) {
        // One that was paused cannot hear.
        if (isRunning(flotilla)) process.kill(flotilla.pid, "SIGCONT");
        await flotilla[Symbol.asyncDispose]();
      }
      await redis[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isRunning({ pid }: Flotilla): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ready drones by machine. */
export async function readyOn(flotilla: Flotilla, worker: string): Promise<Map<string, number>> {
  const response = await fetch(`${flotilla.url}/api/v1/drones`);
  const { drones } = (await response.json()) as { drones: DroneStatus[] };
  const counts = new Map<string, number>();
  for (const drone of drones) {
    if (drone.worker !== worker || drone.phase !== "ready") continue;
    const node = drone.launcher.split("@")[1] ?? "";
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

interface DroneStatus {
  worker: string;
  phase: string;
  launcher: string;
}

export interface Load {
  /** By id: what became of each call. */
  outcomes: Map<string, "answered" | "refused">;
  /** The longest time without an answer since the last `mark`. */
  longestGapMs(): number;
  mark(): void;
  end(): Promise<void>;
}

/** Steady calls, each with an id of its own, made once whatever comes of it: in turn over the given endpoints. */
export function steadyCalls(urls: () => readonly string[], everyMs: number): Load {
  const outcomes = new Map<string, "answered" | "refused">();
  const under = new Set<Promise<void>>();
  let no = 0;
  let answeredMs = performance.now();
  let longestMs = 0;
  const one = async (): Promise<void> => {
    const all = urls();
    const id = `call-${no}`;
    const url = all[no % all.length] ?? "";
    no += 1;
    const answer = await call(url, "tally", { id }).catch(() => undefined);
    const isGood = answer?.result !== undefined && answer.result["isError"] !== true;
    outcomes.set(id, isGood ? "answered" : "refused");
    if (!isGood) return;
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - answeredMs);
    answeredMs = nowMs;
  };
  const timer = setInterval(() => {
    const made = one();
    under.add(made);
    void made.finally(() => under.delete(made));
  }, everyMs);
  return {
    outcomes,
    longestGapMs: () => Math.max(longestMs, performance.now() - answeredMs),
    mark() {
      answeredMs = performance.now();
      longestMs = 0;
    },
    async end() {
      clearInterval(timer);
      await Promise.all(under);
    },
  };
}
