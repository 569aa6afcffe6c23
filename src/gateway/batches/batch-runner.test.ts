/** Gateways that die, on a real store: what they leave behind is all that the next one has. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  BATCH,
  batchKeys,
  type BatchRecord,
  type ItemRecord,
  readItem,
} from "../../protocol/batches.ts";
import { sleep } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { Store } from "../../store/contract.ts";
import { createMemoryStore } from "../../store/memory.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { asAbortSignal } from "../call-signal.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import { failure } from "../route/outcome.ts";
import { SAFETY_META } from "../safety/words.ts";
import { fakeClock, type FakeClock, settle } from "../testing/fake-clock.ts";
import { type BatchRunner, createBatchRunner } from "./batch-runner.ts";
import { VISIBILITY_MS } from "./batch-run.ts";
import type { Repeatable } from "./item-state.ts";

const CALL_MS = 1_000;
const ID = "b1";

interface Scene {
  clock: FakeClock;
  store: Store;
  /** How often each item was executed, and the keys it came with. */
  executed: Map<number, number>;
  keys: Set<unknown>;
  underWay: number;
  mostUnderWay: number;
  /** What a call ends with, instead of well. */
  answer: { run: (index: number) => McpOutcome | undefined };
  repeatable: Repeatable;
  callMs: number;
  begin(total: number, change?: Partial<BatchRecord>): Promise<void>;
  gateway(name: string): Gateway;
  items(): Promise<Map<number, ItemRecord>>;
}

interface Gateway {
  runner: BatchRunner;
  /** As a process that is killed: nothing of it reaches the store any more, and none of its calls comes back. */
  die(): void;
}

function scene(): Scene {
  const clock = fakeClock();
  const store = createMemoryStore({ clock });
  const all: Scene = {
    clock,
    store,
    executed: new Map(),
    keys: new Set(),
    underWay: 0,
    mostUnderWay: 0,
    answer: { run: () => undefined },
    repeatable: "never",
    callMs: CALL_MS,
    async begin(total, change) {
      const jobs = Array.from({ length: total }, (_, index) => ({
        id: batchKeys.queueItem(index),
        payload: { index, tool: "t", arguments: { index } },
        maxAttempts: BATCH.maxClaims,
      }));
      await store.queue.push(batchKeys.queue(ID), jobs);
      await store.records.put(batchKeys.batch(ID), { ...record(clock, total), ...change });
      await settle();
    },
    gateway: (name) => startGateway(all, name),
    async items() {
      const found = new Map<number, ItemRecord>();
      for (const { key, value } of await store.records.list(`batch-item/${ID}/`)) {
        const item = readItem(value);
        if (item !== undefined) found.set(Number(key.split("/").at(-1)), item);
      }
      return found;
    },
  };
  return all;
}

function record(clock: FakeClock, total: number): BatchRecord {
  return {
    id: ID,
    print: "p",
    kind: "inputs",
    title: "t",
    total,
    parallelism: 3,
    runs: 3,
    by: "test",
    createdAtMs: clock.now(),
    deadlineAtMs: clock.now() + BATCH.defaultDeadlineMs,
    state: "running",
  };
}

function startGateway(all: Scene, name: string): Gateway {
  const { clock } = all;
  let isDead = false;
  const never = new Promise<never>(() => {});
  const mortal = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function" || key === "watch") return method;
        return (...args: unknown[]) => (isDead ? never : Reflect.apply(method, target, args));
      },
    });
  const { records, queue, leases } = all.store;
  let ids = 0;
  const runner = createBatchRunner({
    store: { records: mortal(records), queue: mortal(queue), leases: mortal(leases) },
    router: {
      repeatable: async () => all.repeatable,
      handle: (request) => (isDead ? never : call(all, request, () => isDead)),
    },
    clock,
    random: () => 0.5,
    newId: (prefix) => `${prefix}-${name}-${(ids += 1)}`,
    telemetry: silentTelemetry,
    gatewayId: name,
  });
  runner.start();
  return { runner, die: () => void (isDead = true) };
}

async function call(all: Scene, request: McpRequest, isDead: () => boolean): Promise<McpOutcome> {
  // As `batch-call.ts` makes them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { arguments: args, _meta: meta } = request.params as {
    arguments: { index: number };
    _meta?: Record<string, unknown>;
  };
  const said = all.answer.run(args.index);
  if (said?.kind === "error" && said.cause?.data?.["sent"] === false) return said;
  all.executed.set(args.index, (all.executed.get(args.index) ?? 0) + 1);
  all.keys.add(meta?.[SAFETY_META.idempotencyKey]);
  all.underWay += 1;
  all.mostUnderWay = Math.max(all.mostUnderWay, all.underWay);
  await sleep(all.clock, all.callMs, asAbortSignal(request.signal));
  all.underWay -= 1;
  if (isDead()) return new Promise(() => {});
  if (request.signal.aborted) return failure(new FlotillaError("call_cancelled", "given up"));
  return said ?? done(args.index);
}

const done = (index: number): McpOutcome => ({
  kind: "result",
  result: { text: JSON.stringify({ resultType: "complete", content: [], index }) },
});

let s: Scene;
const gateways: Gateway[] = [];
beforeEach(() => {
  s = scene();
});
afterEach(async () => {
  for (const { die } of gateways.splice(0)) die();
  await s.store.close();
});

const gateway = (name: string): Gateway => {
  const one = s.gateway(name);
  gateways.push(one);
  return one;
};

const states = async (): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { state } of (await s.items()).values()) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

const isOver = async (total: number): Promise<boolean> => {
  const { again = 0, ...ended } = await states();
  return again === 0 && Object.values(ended).reduce((sum, count) => sum + count, 0) === total;
};

describe("a batch at its gateway", () => {
  test("calls every item once, so many at a time, and keeps each result", async () => {
    gateway("one");
    gateway("two");
    await s.begin(10);
    await s.clock.advance(10_000);
    expect(await states()).toEqual({ succeeded: 10 });
    expect([...s.executed.values()].every((times) => times === 1)).toBe(true);
    expect(s.mostUnderWay).toBe(3);
    expect(JSON.parse((await s.items()).get(7)?.result ?? "{}")).toMatchObject({ index: 7 });
    expect(await s.store.queue.stats(batchKeys.queue(ID))).toMatchObject({
      waiting: 0,
      claimed: 0,
    });
  });

  test("is taken over: what the dead one had is ambiguous, the rest runs once", async () => {
    const first = gateway("first");
    await s.begin(9);
    await s.clock.advance(CALL_MS + 500);
    gateway("second");
    first.die();
    await s.clock.advance(60_000);
    expect(await states()).toEqual({ succeeded: 6, ambiguous: 3 });
    expect([...s.executed.values()].every((times) => times === 1)).toBe(true);
    expect((await s.items()).get(3)).toMatchObject({ state: "ambiguous", runs: 1 });
  });

  test("runs again what may run again, with the same key each time", async () => {
    s.repeatable = "with_key";
    const first = gateway("first");
    await s.begin(3);
    await s.clock.advance(500);
    first.die();
    gateway("second");
    await s.clock.advance(60_000);
    expect(await states()).toEqual({ succeeded: 3 });
    expect([...s.executed.values()]).toEqual([2, 2, 2]);
    expect(s.keys.size).toBe(3);
  });

  test("keeps calls that take longer than a claim lasts", async () => {
    s.callMs = 3 * VISIBILITY_MS;
    gateway("one");
    gateway("two");
    await s.begin(2);
    await s.clock.advance(s.callMs + 500);
    expect(await states()).toEqual({ succeeded: 2 });
    expect([...s.executed.values()]).toEqual([1, 1]);
  });

  test("tries again what never reached its worker, for as long as it takes", async () => {
    const asleep = failure(
      new FlotillaError("worker_unavailable", "asleep", { retryable: true, data: { sent: false } }),
    );
    s.answer.run = () => asleep;
    gateway("one");
    await s.begin(2);
    await s.clock.advance(60_000);
    expect(await states()).toEqual({ again: 2 });
    s.answer.run = () => undefined;
    await s.clock.advance(15_000);
    expect(await states()).toEqual({ succeeded: 2 });
    expect((await s.items()).get(0)?.runs).toBe(1);
  });

  test("gives up what is under way when it is cancelled", async () => {
    gateway("one");
    await s.begin(6);
    await s.clock.advance(CALL_MS + 500);
    const ending = { ...record(s.clock, 6), state: "ending", ending: "cancelled" };
    await s.store.records.put(batchKeys.batch(ID), ending);
    await s.clock.advance(1_000);
    expect(await states()).toEqual({ succeeded: 3, ambiguous: 3 });
    expect(await s.store.queue.stats(batchKeys.queue(ID))).toMatchObject({ claimed: 0 });
  });

  test("goes on elsewhere when its gateway is stopped, and nothing is lost by it", async () => {
    s.repeatable = "freely";
    const first = gateway("first");
    await s.begin(6);
    await s.clock.advance(500);
    const closed = first.runner.close(100);
    await s.clock.advance(200);
    await closed;
    expect(await states()).toEqual({ again: 3 });
    gateway("second");
    await s.clock.advance(20_000);
    expect(await states()).toEqual({ succeeded: 6 });
  });
});

test("whenever gateways die, no item that must not runs twice, and each comes to an end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Repeatable>("never", "freely", "with_key"),
      fc.array(fc.integer({ min: 50, max: 8_000 }), { minLength: 1, maxLength: 3 }),
      async (repeatable, deaths) => {
        s = scene();
        s.repeatable = repeatable;
        await s.begin(12, { runs: 10 });
        let alive = gateway("g0");
        for (const [no, afterMs] of deaths.entries()) {
          await s.clock.advance(afterMs);
          alive.die();
          alive = gateway(`g${no + 1}`);
        }
        for (let turn = 0; turn < 20 && !(await isOver(12)); turn += 1)
          await s.clock.advance(5_000);
        const { succeeded = 0, ambiguous = 0 } = await states();
        expect(succeeded + ambiguous).toBe(12);
        if (repeatable !== "never") expect(ambiguous).toBe(0);
        else for (const times of s.executed.values()) expect(times).toBe(1);
        for (const [index, { state }] of await s.items()) {
          if (state === "succeeded") expect(s.executed.get(index)).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 6 },
  );
}, 60_000);
