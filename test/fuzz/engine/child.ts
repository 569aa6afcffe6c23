/** One target in one process; tells its parent which input it is at, so that a hang has a name. */
import { writeSync } from "node:fs";
import { loadTarget } from "../targets/index.ts";
import { keepInput, readCorpus } from "./corpus.ts";
import { distil, fuzz, HEAP_SLACK_BYTES } from "./fuzz.ts";

/** A message to the parent costs more than most runs. */
const TELL_EVERY_MS = 500;
const MB = 1_048_576;

const [name = "", seconds = "600", seed = "1"] = process.argv.slice(2);
const target = await loadTarget(name);
const kept = readCorpus(name)
  .filter((entry) => !entry.name.startsWith("found-hang"))
  .map(({ input }) => input);

let told = 0;
const tell = (message: Record<string, unknown>): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) {
      if (message["kind"] === "report") writeSync(1, `${String(message["line"])}\n`);
      resolve();
    } else process.send(message, () => resolve());
  });
// The handlers that catch what a target leaves behind must not swallow a fault of the fuzzer itself.
const stop = (error: unknown): never => {
  writeSync(
    2,
    `the fuzzer itself failed: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(3);
};
const onInput = (input: Uint8Array): void => {
  const now = performance.now();
  if (now - told < TELL_EVERY_MS) return;
  told = now;
  void tell({ kind: "input", input: Buffer.from(input).toString("base64") });
};
const report = await fuzz({
  target,
  seconds: Number(seconds),
  seed: Number(seed),
  kept,
  onInput,
}).catch(stop);
const faults: string[] = [...report.growth];
if (report.heapGrowthBytes > HEAP_SLACK_BYTES) {
  faults.push(`the heap grew by ${Math.round(report.heapGrowthBytes / MB)} MB`);
}
if (report.failure !== undefined) {
  const path = keepInput(name, report.failure.input, "found-");
  faults.push(`BROKEN by ${path}: ${report.failure.reason}`);
}
let added = 0;
if (report.failure === undefined) {
  for (const input of await distil({ target, kept, onInput }, report.kept)) {
    keepInput(name, input);
    added += 1;
  }
}
const line =
  `${report.runs} runs, ${report.covered} places, +${added} inputs, ` +
  `heap ${(report.heapGrowthBytes / MB).toFixed(1)} MB${faults.map((text) => `\n  ${text}`).join("")}`;
const figures = {
  runs: report.runs,
  covered: report.covered,
  corpus: readCorpus(name).length + target.seeds.length,
  added,
  heapGrowthMb: report.heapGrowthBytes / MB,
  // In kilobytes on every system.
  peakRssMb: process.resourceUsage().maxRSS / 1024,
  faults: faults.length,
};
await tell({ kind: "report", ok: faults.length === 0, line, figures });
process.exit(faults.length === 0 ? 0 : 1);
