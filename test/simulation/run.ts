/**
 * `npm run simulate -- --seed N --hours H --drones D`: runs the real control plane and the gateway's balancing against
 * a simulated world. `--seeds M` runs M seeds from N on and tells the broken ones; each is repeated by its seed alone.
 */
import { parseArgs } from "node:util";
import type { DayOutcome } from "./day.ts";
import { plant } from "./plant.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    hours: { type: "string", default: "24" },
    drones: { type: "string", default: "12" },
    plant: { type: "string" },
  },
});

if (values.plant !== undefined) plant(values.plant);
// Only now, so that what was planted is loaded.
const { runDay } = await import("./day.ts");

const whole = (name: "seed" | "seeds" | "hours" | "drones"): number => {
  const number = Number(values[name]);
  if (Number.isFinite(number) && number > 0) return number;
  throw new Error(`--${name} must be a number above 0.`);
};

const [first, seeds, hours, drones] = [
  whole("seed"),
  whole("seeds"),
  whole("hours"),
  whole("drones"),
];
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const startedAt = performance.now();
const totals = { served: 0, failed: 0, refused: 0, lost: 0, timed_out: 0, troubles: 0, starts: 0 };
let broken = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const outcome = await runDay({ seed, hours, drones, breathe });
  add(outcome);
  if (outcome.broken.length > 0) {
    broken += 1;
    print(`seed ${seed} (fingerprint ${outcome.fingerprint}):`);
    for (const line of outcome.broken) print(`  ${line}`);
    if (values.plant !== undefined) break;
  } else if (seeds === 1) print(`seed ${seed}: fingerprint ${outcome.fingerprint}`);
  if (seeds > 100 && (seed - first + 1) % 500 === 0) print(`… ${seed - first + 1} seeds`);
}
const tookMs = performance.now() - startedAt;
print(
  `${seeds} seeds of ${hours} h with ${drones} drones: ${broken} broken, ` +
    `${(tookMs / seeds).toFixed(0)} ms a seed, ${(tookMs / 1_000).toFixed(1)} s in all`,
);
print(
  Object.entries(totals)
    .map(([name, count]) => `${name} ${count}`)
    .join(", "),
);
process.exitCode = broken > 0 ? 1 : 0;

function add({ calls, troubles, starts }: DayOutcome): void {
  for (const [name, count] of Object.entries({ ...calls, troubles, starts })) {
    if (name in totals) totals[name as keyof typeof totals] += count;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
