/** Leases against a table of who holds what until when. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Lease } from "../contract.ts";
import type { Bench } from "./bench.ts";
import type { StoreCase } from "./case.ts";

type Op =
  | { do: "acquire"; name: string; holder: string; units: number }
  /** `pick` chooses among all leases ever given, so that most are lost ones. */
  | { do: "renew" | "release"; pick: number; units: number }
  | { do: "pass"; units: number };

interface Run {
  bench: Bench;
  prefix: string;
  given: Lease[];
  held: Map<string, Lease>;
  lastToken: Map<string, number>;
}

function operation(isTimeInjected: boolean): fc.Arbitrary<Op> {
  // Where time is real, nothing may run out while the model is not looking.
  const units = isTimeInjected ? fc.integer({ min: 1, max: 6 }) : fc.constant(10_000);
  const name = fc.constantFrom("one", "two");
  const holder = fc.constantFrom("a", "b", "c");
  const ops: fc.Arbitrary<Op>[] = [
    fc.record({ do: fc.constant("acquire"), name, holder, units }),
    fc.record({ do: fc.constantFrom("renew" as const, "release" as const), pick: fc.nat(), units }),
  ];
  return isTimeInjected
    ? fc.oneof(...ops, fc.record({ do: fc.constant("pass"), units }))
    : fc.oneof(...ops);
}

function current({ held, bench }: Run, name: string): Lease | undefined {
  const lease = held.get(name);
  return lease !== undefined && lease.expiresAtMs > bench.now() ? lease : undefined;
}

async function acquire(run: Run, op: Op & { do: "acquire" }): Promise<void> {
  const name = run.prefix + op.name;
  const before = current(run, name);
  const lease = await run.bench.store.leases.acquire(name, op.holder, op.units * run.bench.unitMs);
  const isFree = before === undefined || before.holder === op.holder;
  expect(lease !== undefined).toBe(isFree);
  if (lease === undefined) return;
  expect(lease).toMatchObject({ name, holder: op.holder });
  expect(lease.token).toBeGreaterThan(run.lastToken.get(name) ?? -1);
  run.lastToken.set(name, lease.token);
  run.held.set(name, lease);
  run.given.push(lease);
}

async function answer(run: Run, op: Op & { do: "renew" | "release" }): Promise<void> {
  const lease = run.given[op.pick % run.given.length];
  if (lease === undefined) return;
  const { leases } = run.bench.store;
  const isMine = current(run, lease.name)?.token === lease.token;
  if (op.do === "release") {
    await leases.release(lease);
    if (isMine) run.held.delete(lease.name);
    return;
  }
  const renewed = await leases.renew(lease, op.units * run.bench.unitMs);
  expect(renewed?.token).toBe(isMine ? lease.token : undefined);
  if (renewed === undefined) return;
  expect(renewed.expiresAtMs).toBeGreaterThanOrEqual(run.held.get(lease.name)!.expiresAtMs);
  run.held.set(lease.name, renewed);
}

export const leasesModelCase: StoreCase = {
  id: "leases.model",
  title: "agrees with a simple table under any sequence of operations",
  async run(bench) {
    let runs = 0;
    const ops = fc.array(operation(bench.isTimeInjected), { maxLength: 40 });
    const property = fc.asyncProperty(ops, async (sequence) => {
      const prefix = `model-${(runs += 1)}/`;
      const run: Run = { bench, prefix, given: [], held: new Map(), lastToken: new Map() };
      for (const op of sequence) {
        if (op.do === "pass") await bench.pass(op.units);
        else if (op.do === "acquire") await acquire(run, op);
        else await answer(run, op);
        for (const name of ["one", "two"]) {
          expect(await bench.store.leases.get(prefix + name)).toEqual(current(run, prefix + name));
        }
      }
    });
    await fc.assert(property, { numRuns: bench.runs });
  },
};
