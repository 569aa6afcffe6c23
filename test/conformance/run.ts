/**
 * `npm run conformance`: the whole matrix. `-- --worker modern-http --endpoint worker --edition 2026-07-28` narrows it (each may
 * repeat); `--leg server|client`; `--verbose` prints the log of Flotilla too, `--json FILE` writes all results. Only a whole run writes docs/conformance.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WORKERS, allCells, nameOf } from "./cells.ts";
import type { Cell, WorkerKind } from "./cells.ts";
import { runClientLeg } from "./client-leg.ts";
import { judge, loadExpectations } from "./expected.ts";
import type { Expectation, Judged } from "./expected.ts";
import { page, red, table } from "./report.ts";
import { INSTALL_HINT, installed, runSuite } from "./suite.ts";
import { startTarget } from "./targets.ts";

const PAGE = join(import.meta.dirname, "../../docs/conformance.md");
/** Workers tried at a time; each is a fleet and a suite. */
const PARALLEL = 2;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    worker: { type: "string", multiple: true },
    endpoint: { type: "string", multiple: true },
    edition: { type: "string", multiple: true },
    leg: { type: "string" },
    verbose: { type: "boolean", default: false },
    json: { type: "string" },
  },
});

const fits = (list: string[] | undefined, value: string): boolean =>
  list === undefined || list.includes(value);

function wanted(cell: Cell): boolean {
  return (
    fits(values.worker, cell.worker) &&
    fits(values.endpoint, cell.endpoint) &&
    fits(values.edition, cell.edition.name)
  );
}

async function runWorker(
  worker: WorkerKind,
  cells: Cell[],
  expectations: Expectation[],
): Promise<Judged[]> {
  const gateway = cells.some(({ endpoint }) => endpoint !== "direct");
  await using target = await startTarget(worker, gateway);
  const results: Judged[] = [];
  for (const cell of cells) {
    const { edition, endpoint } = cell;
    const url = target.urlOf(endpoint);
    const scenarios = await runSuite({ edition, leg: "server", target: ["--url", url] });
    const place = { worker, endpoint, edition: edition.name };
    const judged = scenarios.map((scenario) => judge(expectations, place, scenario));
    const passed = judged.filter(({ outcome }) => outcome === "passed");
    say(`${nameOf(cell)}: ${passed.length}/${judged.length}`);
    results.push(...judged);
  }
  if (values.verbose) say(target.log());
  return results;
}

async function serverLeg(expectations: Expectation[]): Promise<Judged[]> {
  const cells = allCells().filter(wanted);
  const queue = WORKERS.filter((worker) => cells.some((cell) => cell.worker === worker));
  const order = [...queue];
  const found = new Map<WorkerKind, Judged[]>();
  const lane = async (): Promise<void> => {
    for (let worker = queue.shift(); worker !== undefined; worker = queue.shift()) {
      const own = cells.filter((cell) => cell.worker === worker);
      found.set(worker, await runWorker(worker, own, expectations));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return order.flatMap((worker) => found.get(worker) ?? []);
}

async function main(): Promise<void> {
  if (!installed) {
    say(`The conformance suite is not installed: ${INSTALL_HINT}.`);
    process.exitCode = 1;
    return;
  }
  const expectations = loadExpectations();
  const server = values.leg === "client" ? [] : await serverLeg(expectations);
  const client = values.leg === "server" ? [] : await runClientLeg(expectations, say);
  const { worker, endpoint, edition, leg } = values;
  const whole = [worker, endpoint, edition, leg].every((value) => value === undefined);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify([...server, ...client]));
  if (whole) writeFileSync(PAGE, page(server, client));
  for (const part of [server, client]) if (part.length > 0) say(`\n${table(part)}`);
  const problems = red([...server, ...client]);
  for (const problem of problems) say(`red: ${problem}`);
  say(
    problems.length === 0
      ? "\nEvery cell is as expected."
      : `\n${problems.length} results are red.`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}

await main();
