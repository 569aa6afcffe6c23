/**
 * `npm run chaos -- --seconds N --seed N`: kills, freezes and cuts off real drones and Flotilla itself under calls, and
 * says what held. Which faults are drawn follows the seed; when they meet a call is the machine's affair.
 */
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const table = (title: string, rows: Record<string, number>): void => {
  print(`\n${title}`);
  for (const [name, times] of Object.entries(rows).toSorted(([, a], [, b]) => b - a)) {
    print(`  ${name.padEnd(24)} ${String(times).padStart(7)}`);
  }
};

print(`seed ${values.seed}, ${values.seconds} s`);
const report = await runChaos({ seconds: Number(values.seconds), seed: Number(values.seed) });
table("faults", report.faults);
table("calls", report.outcomes);
table("milliseconds", {
  "slowest call": report.slowestMs,
  "ready again after": report.readyAfterMs,
});
print(
  report.broken.length === 0 ? "\neverything held" : `\nBROKEN\n  ${report.broken.join("\n  ")}`,
);
process.exitCode = report.broken.length === 0 ? 0 : 1;
