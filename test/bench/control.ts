/**
 * What one coordinator holds: 1,000 workers with 10,000 simulated drones. Prints how long a pass over all of them takes
 * at rest and what the process weighs; goals are printed beside, not asserted. Time is simulated while the fleet
 * comes up, and real while the pass is measured.
 */
import { allWorkers, createEngine } from "../../src/coordinator/engine/create-engine.ts";
import { DEFAULT_POLICY } from "../../src/coordinator/policy.ts";
import { createSimulator, createVirtualClock, seededRandom } from "../../src/launchers/index.ts";
import { DEFAULT_LIMITS, DEFAULT_SCALE, type WorkerSpec } from "../../src/protocol/fleet.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { silentTelemetry } from "../../src/telemetry/index.ts";

const WORKERS = 1_000;
const DRONES_EACH = 10;
const ROUNDS = 30;
const GOAL_MS = 50;
const GOAL_MB = 300;
const MAX_STEPS = 3_000;

const clock = createVirtualClock();
let ids = 0;
const engine = createEngine({
  store: createMemoryStore({ clock }),
  launchers: [createSimulator({ clock, random: seededRandom(1) })],
  clock,
  random: seededRandom(2),
  newId: (prefix) => `${prefix}-${(ids += 1)}`,
  telemetry: silentTelemetry,
  probe: async () => undefined,
  node: "here",
  // A fleet that is up is what is measured, not how it comes up: no start waits for another.
  policy: {
    ...DEFAULT_POLICY,
    maxStarts: WORKERS * DRONES_EACH,
    fleetStartBurst: WORKERS * DRONES_EACH,
  },
});
const specs = Array.from({ length: WORKERS }, (_, index): WorkerSpec => {
  const name = `worker-${index}`;
  return {
    name,
    revision: "r1",
    run: { kind: "command", command: name, args: [], env: {} },
    origin: "config",
    naming: "prefixed",
    summary: name,
    limits: DEFAULT_LIMITS,
    scale: { ...DEFAULT_SCALE, minDrones: DRONES_EACH, maxDrones: DRONES_EACH },
  };
});
engine.wanted.specs = new Map(specs.map((spec) => [spec.name, spec]));
engine.wanted.known = true;

const ready = (): number =>
  engine.view.drones.values().filter(({ phase }) => phase === "ready").length;
const upAt = performance.now();
void engine.start();
let steps = 0;
while (ready() < WORKERS * DRONES_EACH && steps < MAX_STEPS) {
  clock.advance(100);
  // Thousands of passes hang on one moment: all of them end before time goes on.
  await new Promise((resolve) => setImmediate(resolve));
  steps += 1;
}
const upMs = performance.now() - upAt;

const took: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const startedAt = performance.now();
  await engine.settle(allWorkers(engine));
  took.push(performance.now() - startedAt);
}
took.sort((left, right) => left - right);
const at = (share: number): string => (took[Math.floor(share * (ROUNDS - 1))] ?? 0).toFixed(1);
const rssMb = process.memoryUsage.rss() / 2 ** 20;
print(`${WORKERS} workers, ${ready()} drones ready after ${steps} steps of 100 simulated ms`);
print(`  (${(upMs / 1_000).toFixed(1)} s of real time)`);
print(`pass over all workers at rest: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (goal ${GOAL_MS})`);
print(`resident memory: ${rssMb.toFixed(0)} MB (goal ${GOAL_MB})`);
process.exit(0);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
