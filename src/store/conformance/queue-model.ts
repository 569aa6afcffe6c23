/** The queue against a list of items, each with a state. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Bench } from "./bench.ts";
import type { StoreCase } from "./case.ts";

type Op =
  | { do: "push"; ids: number[]; attempts: number; delay: number }
  | { do: "claim"; max: number; units: number }
  /** `pick` chooses among all receipts ever given, stale ones too. */
  | { do: "extend" | "complete" | "bury" | "retry"; pick: number; units: number }
  | { do: "pass"; units: number };

interface Item {
  id: string;
  state: "waiting" | "claimed" | "done" | "dead";
  untilMs: number;
  attempts: number;
  maxAttempts: number;
  receipt: string;
}

interface Run {
  bench: Bench;
  queue: string;
  /** In the order they were pushed. */
  items: Item[];
  receipts: string[];
}

function operation(isTimeInjected: boolean): fc.Arbitrary<Op> {
  // Where time is real, nothing may run out while the model is not looking.
  const units = isTimeInjected ? fc.integer({ min: 1, max: 6 }) : fc.constant(10_000);
  const delay = isTimeInjected ? fc.integer({ min: 0, max: 3 }) : fc.constant(0);
  const ids = fc.array(fc.nat(9), { maxLength: 4 });
  const answers = fc.constantFrom("extend" as const, "complete", "bury", "retry");
  const ops: fc.Arbitrary<Op>[] = [
    fc.record({ do: fc.constant("push"), ids, attempts: fc.integer({ min: 1, max: 3 }), delay }),
    fc.record({ do: fc.constant("claim"), max: fc.nat(4), units }),
    fc.record({ do: answers, pick: fc.nat(), units }),
  ];
  return isTimeInjected
    ? fc.oneof(...ops, fc.record({ do: fc.constant("pass"), units }))
    : fc.oneof(...ops);
}

function endOverdue({ items, bench }: Run): void {
  for (const item of items) {
    if (item.state !== "claimed" || item.untilMs > bench.now()) continue;
    item.state = item.attempts >= item.maxAttempts ? "dead" : "waiting";
    item.receipt = "";
  }
}

async function push(run: Run, op: Op & { do: "push" }): Promise<void> {
  const { bench, items } = run;
  const untilMs = bench.now() + op.delay * bench.unitMs;
  const before = items.length;
  for (const n of op.ids) {
    const id = `i${n}`;
    if (items.some((item) => item.id === id)) continue;
    const fresh = { attempts: 0, maxAttempts: op.attempts, receipt: "" };
    items.push({ id, state: "waiting", untilMs, ...fresh });
  }
  const pushed = op.ids.map((n) => ({
    id: `i${n}`,
    payload: { n },
    maxAttempts: op.attempts,
    ...(op.delay === 0 ? {} : { notBeforeMs: untilMs }),
  }));
  expect(await bench.store.queue.push(run.queue, pushed)).toBe(items.length - before);
}

async function claim(run: Run, op: Op & { do: "claim" }): Promise<void> {
  const { bench } = run;
  const due = run.items
    .filter(({ state, untilMs }) => state === "waiting" && untilMs <= bench.now())
    .slice(0, op.max);
  const claimed = await bench.store.queue.claim(run.queue, op.max, op.units * bench.unitMs);
  expect(claimed.map(({ id, attempt }) => [id, attempt])).toEqual(
    due.map(({ id, attempts }) => [id, attempts + 1]),
  );
  for (const [index, { receipt, visibleUntilMs, payload }] of claimed.entries()) {
    const item = due[index]!;
    expect(payload).toEqual({ n: Number(item.id.slice(1)) });
    expect(run.receipts).not.toContain(receipt);
    run.receipts.push(receipt);
    Object.assign(item, { state: "claimed", untilMs: visibleUntilMs, receipt });
    item.attempts += 1;
  }
}

async function answer(run: Run, op: Extract<Op, { pick: number }>): Promise<void> {
  const { bench, receipts } = run;
  const receipt = receipts[op.pick % receipts.length];
  if (receipt === undefined) return;
  const { queue } = bench.store;
  const item = run.items.find(({ state, receipt: own }) => state === "claimed" && own === receipt);
  const untilMs = bench.now() + op.units * bench.unitMs;
  const answers = {
    extend: () => queue.extend(run.queue, receipt, op.units * bench.unitMs),
    complete: () => queue.complete(run.queue, receipt),
    bury: () => queue.fail(run.queue, receipt, { error: "no" }),
    retry: () => queue.fail(run.queue, receipt, { error: "no", retryAtMs: untilMs }),
  };
  expect(await answers[op.do]()).toBe(item !== undefined);
  if (item === undefined) return;
  item.untilMs = untilMs;
  if (op.do === "extend") return;
  item.receipt = "";
  const isRetried = op.do === "retry" && item.attempts < item.maxAttempts;
  item.state = op.do === "complete" ? "done" : isRetried ? "waiting" : "dead";
}

async function expectSameCounts({ bench, queue, items }: Run): Promise<void> {
  const count = (wanted: Item["state"]): number =>
    items.filter(({ state }) => state === wanted).length;
  const counts = { waiting: count("waiting"), claimed: count("claimed"), dead: count("dead") };
  expect(await bench.store.queue.stats(queue)).toEqual(counts);
}

export const queueModelCase: StoreCase = {
  id: "queue.model",
  title: "agrees with a simple list under any sequence of operations",
  async run(bench) {
    let runs = 0;
    const ops = fc.array(operation(bench.isTimeInjected), { maxLength: 40 });
    const property = fc.asyncProperty(ops, async (sequence) => {
      const run: Run = { bench, queue: `model-${(runs += 1)}`, items: [], receipts: [] };
      for (const op of sequence) {
        if (op.do === "pass") await bench.pass(op.units);
        endOverdue(run);
        if (op.do === "push") await push(run, op);
        else if (op.do === "claim") await claim(run, op);
        else if (op.do !== "pass") await answer(run, op);
        await expectSameCounts(run);
      }
    });
    await fc.assert(property, { numRuns: bench.runs });
  },
};
