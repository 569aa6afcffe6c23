/** Batches over real drones, while drones and the process that holds the fleet are killed: what ran, and what was told. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BatchItems, BatchRequest, BatchStatus } from "../../src/protocol/index.ts";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import {
  REDIS_NEEDED,
  REDIS_SERVER,
  type RedisServer,
  startRedis,
} from "../../src/store/drivers/redis/testing/server.node.ts";
import { newMark, processesWith } from "./processes.ts";
import { waitFor } from "./wait.ts";

const COUNTER = join(import.meta.dirname, "fixtures/counter.mjs");
const CALLS = Number(process.env["FLOTILLA_JOURNEY_BATCH"] ?? 300);
const DRONES = CALLS > 1_000 ? 20 : 4;
const PARALLELISM = 4 * DRONES;
/** Long enough that a kill finds calls under way, whatever the size. */
const CALL_MS = 60;
/** Machines that share a Redis share a secret; this fleet is of one. */
const FLEET_KEY = "0123456789abcdef0123456789abcdef";
const patient = { deadlineMs: 120_000 + 20 * CALLS };

let folder: string;
let mark: string;
let flotilla: Flotilla;
let redis: RedisServer | undefined;

async function setUp(): Promise<void> {
  folder = makeFolder();
  mark = newMark();
  flotilla = await start();
}

async function tearDown(): Promise<void> {
  await flotilla[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  redis = undefined;
  rmSync(folder, { recursive: true, force: true });
}

function start(): Promise<Flotilla> {
  const counter = {
    command: process.execPath,
    args: [COUNTER, mark, `--folder=${folder}`],
    scale: { min: DRONES, max: DRONES },
  };
  const store = redis === undefined ? {} : { store: redis.url };
  return startFlotilla({
    config: { toolpacks: "none", workers: { counter }, ...store },
    stateDir: join(folder, "state"),
    args: ["--gateways", "2"],
    env: { FLOTILLA_FLEET_KEY: FLEET_KEY },
  });
}

/** How often each item was executed, by tool and item. */
function executed(tool: string): Map<string, number> {
  const file = join(folder, "ledger");
  const counts = new Map<string, number>();
  for (const line of existsSync(file) ? readFileSync(file, "utf8").split("\n") : []) {
    const [name, what = ""] = line.split(" ");
    if (name === tool) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

async function api<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${flotilla.url}/api/v1/tasks${path}`, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

const submit = (request: BatchRequest): Promise<BatchStatus> =>
  api("", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ by: "journey", ...request }),
  });

const fanOut = (tool: string): BatchRequest => ({
  id: tool,
  tool: `counter_${tool}`,
  inputs: Array.from({ length: CALLS }, (_, what) => ({ what, ms: CALL_MS })),
  parallelism: PARALLELISM,
  runs: 10,
});

async function ended(id: string): Promise<BatchStatus> {
  let status: BatchStatus | undefined;
  await waitFor(
    async () => {
      status = await api<BatchStatus>(`/${id}`).catch(() => undefined);
      return status?.endedAtMs !== undefined;
    },
    { what: `the task ${id} to end`, ...patient },
  );
  if (status === undefined) throw new Error("no task");
  return status;
}

async function items(id: string): Promise<BatchItems["items"]> {
  const all: BatchItems["items"] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const page: BatchItems = await api(`/${id}/items?limit=1000&from=${from}`);
    all.push(...page.items);
    from = page.next;
  }
  return all;
}

const runTo = (tool: string, share: number): Promise<true> =>
  waitFor(() => executed(tool).size >= CALLS * share, {
    what: `${share} of the calls to ${tool}`,
    ...patient,
  });

function killDrones(count: number): void {
  for (const { pid } of processesWith(`${mark} `).slice(0, count)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself: the fleet that held it was killed.
    }
  }
}

async function killTheFleet(): Promise<void> {
  await flotilla.end("SIGKILL");
  await redis?.kill();
  await waitFor(() => processesWith(mark).length === 0, { what: "its drones to end", ...patient });
  await flotilla[Symbol.asyncDispose]();
  await redis?.start();
  flotilla = await start();
}

/** Some drones at a quarter and at three quarters, all of Flotilla, and Redis with it, at half. */
async function trouble(tool: string): Promise<void> {
  await runTo(tool, 0.25);
  killDrones(DRONES / 2);
  await runTo(tool, 0.5);
  await killTheFleet();
  await runTo(tool, 0.7);
  await redis?.kill();
  await redis?.start();
  await runTo(tool, 0.8);
  killDrones(1);
}

function tell(what: string, { total, createdAtMs, endedAtMs = 0, counts }: BatchStatus): void {
  const seconds = (endedAtMs - createdAtMs) / 1_000;
  const rate = Math.round(total / seconds);
  process.stdout.write(
    `batch, ${what}: ${total} calls of ${CALL_MS} ms over ${DRONES} drones in ${seconds} s, ${rate}/s, ${JSON.stringify(counts)}\n`,
  );
}

/** Both at once, through the same kills. */
async function killed(): Promise<void> {
  await submit(fanOut("book"));
  await submit(fanOut("pay"));
  await trouble("book");
  const [book, pay] = [await ended("book"), await ended("pay")];
  tell("killed on its way", book);
  tell("killed on its way, not repeatable", pay);

  // Its tool keeps to keys: every item is done, and exactly once.
  expect(book).toMatchObject({ state: "completed", counts: { succeeded: CALLS, open: 0 } });
  expect(executed("book").size).toBe(CALLS);
  expect([...executed("book").values()].every((times) => times === 1)).toBe(true);
  const all = await items("book");
  expect(all.map(({ index }) => index)).toEqual(Array.from({ length: CALLS }, (_, no) => no));
  for (const { result, index } of all) {
    expect(result).toMatchObject({ structuredContent: { what: index } });
  }

  // This one must not run twice: what is not known is told, and is no more than was under way at the kills.
  expect(pay.state).toBe("completed");
  expect(pay.counts.succeeded + pay.counts.ambiguous).toBe(CALLS);
  expect(pay.counts.ambiguous).toBeLessThanOrEqual(4 * PARALLELISM);
  const runs = executed("pay");
  expect([...runs.values()].every((times) => times === 1)).toBe(true);
  for (const { index, state } of await items("pay")) {
    if (state === "succeeded") expect(runs.get(String(index))).toBe(1);
  }
}

const THROUGH_KILLS =
  "ends every item through kills: exactly once where the tool keeps to keys, never twice anywhere";

describe.skipIf(process.platform === "win32")("a batch, on SQLite", () => {
  beforeEach(setUp);
  afterEach(tearDown);

  test(THROUGH_KILLS, killed, 600_000);

  test("undisturbed, in steps, and cancelled", async () => {
    await submit(fanOut("look"));
    const status = await ended("look");
    tell("undisturbed", status);
    expect(status.counts).toMatchObject({ succeeded: CALLS });
    expect(executed("look").size).toBe(CALLS);
    // Asked again with the same id, it is the same.
    expect(await submit(fanOut("look"))).toEqual(status);

    await submit({
      id: "dag",
      steps: [
        { id: "a", tool: "counter_look", arguments: { what: "first" } },
        { id: "b", tool: "counter_look", from: { what: "/a/structuredContent/what" } },
        { id: "c", tool: "counter_none", after: ["a"] },
        { id: "d", tool: "counter_look", arguments: { what: "never" }, after: ["b", "c"] },
      ],
    });
    expect((await ended("dag")).counts).toMatchObject({ succeeded: 2, failed: 1, skipped: 1 });
    const [, b] = await items("dag");
    expect(b).toMatchObject({ step: "b", result: { structuredContent: { what: "first" } } });
    expect(executed("look").has("never")).toBe(false);

    const long = Array.from({ length: CALLS }, (_, what) => ({ what: `c${what}`, ms: 600_000 }));
    await submit({ id: "long", tool: "counter_pay", inputs: long, parallelism: 8 });
    await waitFor(() => executed("pay").size === 8, { what: "eight under way", ...patient });
    await api("/long", { method: "DELETE" });
    const { state, counts } = await ended("long");
    expect({ state, counts }).toMatchObject({
      state: "cancelled",
      counts: { ambiguous: 8, cancelled: CALLS - 8, open: 0 },
    });
    expect(executed("pay").size).toBe(8);
  }, 600_000);
});

const hasNoRedis = process.platform === "win32" || REDIS_SERVER === undefined;

describe.skipIf(hasNoRedis)(`a batch, on Redis ${REDIS_NEEDED}`, () => {
  beforeEach(async () => {
    redis = await startRedis();
    await setUp();
  });
  afterEach(tearDown);

  test(THROUGH_KILLS, killed, 600_000);
});
