/** The page of one full run. */
import { cpus, release } from "node:os";
import { goalsTable, TOLERANCE } from "./goals.ts";
import { halfLoadTable, type HalfLoad } from "./half-load.ts";
import type { IdleSessions } from "./idle-sessions.ts";
import { MAX_DISTURBED } from "./measure.ts";
import { profileTable, type Share } from "./profile.ts";
import { middle, type Row, roundsTable, sceneTables, shown } from "./report.ts";
import { rivalVersions } from "./rivals.ts";
import { MAIN_SCENE, RIVAL_SECONDS, ROUNDS, SECONDS, titleOf } from "./scenes.ts";
import type { Missing } from "./systems.ts";

export interface Findings {
  rows: readonly Row[];
  half: HalfLoad;
  idle: IdleSessions;
  profiles: readonly (readonly [string, readonly Share[]])[];
  missing: readonly Missing[];
  minutes: number;
  /** What a reader of this run has to know. */
  note?: string;
}

export function page({ rows, half, idle, profiles, missing, minutes, note }: Findings): string {
  return `# What a call costs

Made by \`npm run bench\` in ${shown(minutes, 0)} minutes; only the note on the run, if there is one, is written by hand. ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Linux ${release()}, Node ${process.version}.

![CPU time of a call in every system](gateway.svg)

${warning(rows)}${note === undefined ? "" : `**Note on this run.** ${note}\n\n`}## Goals

Figures of one run. Where rate and CPU time of a call give different ratios, the worse one decides; a ratio within ${TOLERANCE * 100} % of an aim can fall on either side of it in the next.

${goalsTable({ rows, half, idle })}

## How it is measured

- wrk (one thread, keep-alive, a fresh id each call) and the workers share core 0; the system measured has core 1 to itself with all its
  threads and child processes, so its garbage collection is paid by the same core.
- All systems of a setting run at once, and the load visits them in turn: ${ROUNDS} rounds of ${SECONDS} s after a warm-up. Figures are medians over
  the rounds; ratios to nginx are formed round by round. Rivals have one or two rounds of ${RIVAL_SECONDS} s and are held still
  while others are measured. "–" instead of a rate means that not one call was answered in that time, or none rightly.
- CPU time is the system's own from /proc, all its processes, without workers and load. Where a rate and a CPU ratio disagree, the
  worker, the load generator or other work on the machine was the limit, and the CPU ratio is the one to read.
- "Others on both cores" is what went to programs other than the system measured, its workers and the load; a cell with more than
  ${MAX_DISTURBED * 100} % is measured once more where time allows, and the cleaner one kept. Over all cells it was ${shown(disturbedOf(rows) * 100, 0)} % at the median.
- Answers shorter than the text asked for count as errors, not as calls, and end the run when they are ours. Systems that lack an era are called in the other.
- Flotilla runs as \`flotilla up\` from source with everything on: envelope and header checks, routing, deadlines, metrics, the event log
  (beyond 2,000 calls a second it samples successes). "Drones in frames" answer without the kit's own work; "drones of the kit" are what
  an author gets; "HTTP workers" are plain servers that know nothing of Flotilla.
- Rivals and SDKs: ${rivalVersions().join(", ")}. Each in its default shape; those that know only workers on stdin and stdout have one such.
- With more workers the calls go round all of them; nginx has a single upstream everywhere.

${missingText(missing)}## Loads

${sceneTables(rows)}
### Each round of the first load

${roundsTable(rows, titleOf(MAIN_SCENE, 1))}

## Added latency at half load

${halfLoadTable(half)}
## Where the time goes

${profileTable(profiles)}`;
}

/** A busy machine moves rates and latencies by more than most goals leave room for. */
function warning(rows: readonly Row[]): string {
  const disturbed = disturbedOf(rows);
  if (disturbed <= MAX_DISTURBED) return "";
  return `**This run was disturbed.** Other work took ${shown(disturbed * 100, 0)} % of both cores at the median. Its rates, latencies and the ratios
of rates are no proof that a goal is met or missed; CPU times are inflated too, though less. Run it again on a machine that does nothing
else.

`;
}

const disturbedOf = (rows: readonly Row[]): number =>
  middle(
    rows.flatMap(({ cells }) => cells),
    "disturbed",
  );

function missingText(missing: readonly Missing[]): string {
  if (missing.length === 0) return "";
  const lines = missing.map(({ name, install }) => `- ${name}: ${install}`);
  return `Not installed where this ran, and so not measured:\n\n${lines.join("\n")}\n\n`;
}
