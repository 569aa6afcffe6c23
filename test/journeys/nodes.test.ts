/**
 * Three machines (processes here) on one real Redis, under steady calls: whatever dies, no call is executed twice, and
 * what was answered was executed once. Calls are counted by the workers themselves. FLOTILLA_NODES_CALLS_PER_S and
 * FLOTILLA_NODES_SECONDS make it longer and harder.
 */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { REDIS_NEEDED, REDIS_SERVER } from "../../src/store/drivers/redis/testing/server.node.ts";
import { processesWith } from "./processes.ts";
import {
  type Load,
  type Machines,
  readyOn,
  startMachines,
  steadyCalls,
} from "./several-machines.ts";
import { waitFor } from "./wait.ts";

const NAMES = ["one", "two", "three"] as const;
const CALLS_PER_S = Number(process.env["FLOTILLA_NODES_CALLS_PER_S"] ?? 40);
const SETTLE_MS = Number(process.env["FLOTILLA_NODES_SECONDS"] ?? 1) * 1_000;
/** Goals on a machine of its own; a build machine under load is only asked to get there. */
const GOALS_MS = { gateway: 1_000, leader: 3_000, node: 10_000 };
const soon = { deadlineMs: 30_000 };

const WORKER = { scale: { min: 3, max: 3, callsPerDrone: 16 } };

async function leader(fleet: Machines, names: readonly string[]): Promise<string> {
  const [asked = ""] = names;
  return (await fleet.machine(asked).fleet()).leader;
}

/** Drones where they should be: three, on these machines alone. */
async function placedOn(fleet: Machines, names: readonly string[]): Promise<boolean> {
  const ready = await readyOn(fleet.machine(names[0] ?? ""), "tally");
  const total = [...ready.values()].reduce((sum, count) => sum + count, 0);
  return total === 3 && [...ready.keys()].every((name) => names.includes(name));
}

/** The machines that have drones. */
async function holders(fleet: Machines, names: readonly string[]): Promise<string[]> {
  return [...(await readyOn(fleet.machine(names[0] ?? ""), "tally")).keys()];
}

function urlsOf(fleet: Machines, names: readonly string[]): string[] {
  return names.map((name) => `${fleet.machine(name).url}/mcp/tally`);
}

function expectOnce(fleet: Machines, { outcomes }: Load): void {
  const executed = fleet.executed();
  const twice = [...executed].filter(([, times]) => times > 1);
  expect(twice, "executed more than once").toEqual([]);
  const lost = [...outcomes].filter(([id, what]) => what === "answered" && !executed.has(id));
  expect(lost, "answered and never executed").toEqual([]);
  expect(executed.size).toBeGreaterThan(0);
}

function report(what: string, tookMs: number, goalMs: number): void {
  const verdict = tookMs <= goalMs ? "within" : "beyond";
  process.stdout.write(`${what}: ${Math.round(tookMs)} ms (${verdict} the goal of ${goalMs} ms)\n`);
}

describe.skipIf(REDIS_SERVER === undefined)(`several machines ${REDIS_NEEDED}`, () => {
  test("are one fleet: one leader, drones on more than one, and every gateway reaches each of them", async () => {
    await using fleet = await startMachines({ names: NAMES, worker: WORKER });
    const leaders = await Promise.all(NAMES.map((name) => leader(fleet, [name])));
    expect(new Set(leaders).size).toBe(1);
    const load = steadyCalls(() => urlsOf(fleet, NAMES), 1_000 / CALLS_PER_S);
    await waitFor(() => placedOn(fleet, NAMES), { what: "three drones", ...soon });
    expect((await holders(fleet, NAMES)).length).toBeGreaterThan(1);
    await waitFor(() => load.outcomes.size > 60, { what: "calls", ...soon });
    await load.end();
    expect([...load.outcomes.values()].filter((what) => what === "refused")).toEqual([]);
    expectOnce(fleet, load);
  });

  test("lose their leader, and another one leads", async () => {
    await using fleet = await startMachines({ names: NAMES, worker: WORKER });
    await waitFor(() => placedOn(fleet, NAMES), { what: "three drones", ...soon });
    const first = await leader(fleet, NAMES);
    const left = NAMES.filter((name) => name !== first);
    const load = steadyCalls(() => urlsOf(fleet, left), 1_000 / CALLS_PER_S);
    await pause(SETTLE_MS);
    load.mark();
    const killedMs = performance.now();
    await fleet.machine(first).end("SIGKILL");
    await waitFor(async () => left.includes((await leader(fleet, left)) as "one"), {
      what: "another leader",
      ...soon,
    });
    report("leader", performance.now() - killedMs, GOALS_MS.leader);
    await waitFor(() => placedOn(fleet, left), { what: "three drones elsewhere", ...soon });
    report("drones placed elsewhere", performance.now() - killedMs, GOALS_MS.node);
    await pause(SETTLE_MS);
    report("longest time without an answer", load.longestGapMs(), GOALS_MS.gateway);
    await load.end();
    expectOnce(fleet, load);
  });

  test("lose a machine that is silent, and take it back without what it had", async () => {
    await using fleet = await startMachines({ names: NAMES, worker: WORKER });
    await waitFor(() => placedOn(fleet, NAMES), { what: "three drones", ...soon });
    const first = await leader(fleet, NAMES);
    const silent = (await holders(fleet, NAMES)).find((name) => name !== first);
    if (silent === undefined) throw new Error("only the leader has drones");
    const left = NAMES.filter((name) => name !== silent);
    const load = steadyCalls(() => urlsOf(fleet, left), 1_000 / CALLS_PER_S);
    await pause(SETTLE_MS);
    load.mark();
    const silentMs = performance.now();
    process.kill(fleet.machine(silent).pid, "SIGSTOP");
    await waitFor(() => placedOn(fleet, left), { what: "three drones elsewhere", ...soon });
    report("node", performance.now() - silentMs, GOALS_MS.node);
    process.kill(fleet.machine(silent).pid, "SIGCONT");
    // Its drones have no record any more: they are ended, and no fourth is left.
    await waitFor(() => processesWith(fleet.mark).length === 3, {
      what: "three processes",
      ...soon,
    });
    await pause(SETTLE_MS);
    report("longest time without an answer", load.longestGapMs(), GOALS_MS.gateway);
    await load.end();
    expectOnce(fleet, load);
  });

  test("go on while Redis is restarted, and keep every drone", async () => {
    await using fleet = await startMachines({ names: NAMES, worker: WORKER });
    await waitFor(() => placedOn(fleet, NAMES), { what: "three drones", ...soon });
    const before = processesWith(fleet.mark).map(({ pid }) => pid);
    const load = steadyCalls(() => urlsOf(fleet, NAMES), 1_000 / CALLS_PER_S);
    await pause(SETTLE_MS);
    load.mark();
    const killedMs = performance.now();
    await fleet.redis.kill();
    await pause(1_000);
    await fleet.redis.start();
    await waitFor(async () => NAMES.includes((await leader(fleet, NAMES)) as "one"), {
      what: "a leader",
      ...soon,
    });
    report("leader after Redis", performance.now() - killedMs, GOALS_MS.leader);
    await pause(SETTLE_MS);
    report("longest time without an answer", load.longestGapMs(), GOALS_MS.gateway);
    await load.end();
    expect(processesWith(fleet.mark).map(({ pid }) => pid)).toEqual(before);
    expectOnce(fleet, load);
  });
});
