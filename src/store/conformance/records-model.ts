/** Records and fences against a map: any sequence of operations has the outcome that the map says. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Lease, PutOptions, StoredRecord } from "../contract.ts";
import { sortedState, viewOf, type Bench } from "./bench.ts";
import type { StoreCase } from "./case.ts";

type When = "any" | "absent" | "current" | "stale";
type Token = "none" | "newest" | "old";
type Op =
  | { do: "put"; key: string; value: unknown; when: When; token: Token; units?: number }
  | { do: "delete"; key: string; when: Exclude<When, "absent">; token: Token }
  | { do: "elect" }
  | { do: "pass"; units: number };

interface Modelled {
  value: unknown;
  version: number;
  expiresAtMs: number;
}

interface Run {
  bench: Bench;
  prefix: string;
  live: Map<string, Modelled>;
  lastVersion: Map<string, number>;
  leases: Lease[];
}

const key = fc.constantFrom("a", "a/b", "a/c", "b", "ab");
const token = fc.constantFrom<Token>("none", "none", "newest", "old");
const value = fc.jsonValue({ maxDepth: 2 });
const when = fc.constantFrom<When>("any", "any", "absent", "current", "stale");
const whenDeleting = fc.constantFrom<Exclude<When, "absent">>("any", "current", "stale");

function operation(isTimeInjected: boolean): fc.Arbitrary<Op> {
  const timeless: fc.Arbitrary<Op>[] = [
    fc.record({ do: fc.constant("put"), key, value, when, token }),
    fc.record({ do: fc.constant("delete"), key, when: whenDeleting, token }),
    fc.record({ do: fc.constant("elect") }),
  ];
  if (!isTimeInjected) return fc.oneof(...timeless);
  const units = fc.integer({ min: 1, max: 5 });
  return fc.oneof(
    ...timeless,
    fc.record({ do: fc.constant("put"), key, value, when, token, units }),
    fc.record({ do: fc.constant("pass"), units }),
  );
}

function forget(run: Run): void {
  for (const [name, { expiresAtMs }] of run.live) {
    if (expiresAtMs <= run.bench.now()) run.live.delete(name);
  }
}

/** The options of a write, and what they make of it. */
function conditions(run: Run, op: { key: string; when: When; token: Token }) {
  const current = run.live.get(op.key)?.version;
  const options: Pick<PutOptions, "ifVersion" | "fence"> = {};
  if (op.when === "absent") options.ifVersion = "absent";
  if (op.when === "current") options.ifVersion = current ?? "absent";
  if (op.when === "stale") options.ifVersion = (current ?? 1) + 1;
  const lease = op.token === "newest" ? run.leases.at(-1) : run.leases.at(-2);
  if (op.token !== "none") options.fence = lease ?? { name: `${run.prefix}nobody`, token: 1 };
  const isFenced = op.token !== "none" && (lease === undefined || lease !== run.leases.at(-1));
  const isConflict = options.ifVersion !== undefined && options.ifVersion !== (current ?? "absent");
  return { options, refusal: isFenced ? "fenced" : isConflict ? "conflict" : undefined };
}

async function put(run: Run, op: Op & { do: "put" }): Promise<void> {
  const { records } = run.bench.store;
  const { options, refusal } = conditions(run, op);
  const expiresAtMs = run.bench.now() + (op.units ?? Infinity) * run.bench.unitMs;
  const outcome = await records.put(run.prefix + op.key, op.value, {
    ...options,
    ...(op.units === undefined ? {} : { expiresAtMs }),
  });
  if (!outcome.ok) return expect(outcome.reason).toBe(refusal);
  expect(refusal).toBeUndefined();
  expect(outcome.version).toBeGreaterThan(run.lastVersion.get(op.key) ?? -1);
  run.lastVersion.set(op.key, outcome.version);
  run.live.set(op.key, { value: op.value, version: outcome.version, expiresAtMs });
}

async function remove(run: Run, op: Op & { do: "delete" }): Promise<void> {
  const { options, refusal } = conditions(run, op);
  const isRemoved = run.live.has(op.key) && refusal === undefined;
  expect(await run.bench.store.records.delete(run.prefix + op.key, options)).toBe(isRemoved);
  if (isRemoved) run.live.delete(op.key);
}

async function elect(run: Run): Promise<void> {
  const name = `${run.prefix}leader`;
  const lease = await run.bench.store.leases.acquire(name, "same", 1_000_000);
  expect(lease?.token).toBeGreaterThan(run.leases.at(-1)?.token ?? -1);
  run.leases.push(lease!);
}

async function act(run: Run, op: Op): Promise<void> {
  forget(run);
  if (op.do === "pass") await run.bench.pass(op.units);
  else if (op.do === "elect") await elect(run);
  else if (op.do === "put") await put(run, op);
  else await remove(run, op);
  forget(run);
}

function expected({ live, prefix }: Run): StoredRecord[] {
  return [...live]
    .map(([name, record]) => ({
      key: prefix + name,
      value: JSON.parse(JSON.stringify(record.value)) as unknown,
      version: record.version,
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export const recordsModelCase: StoreCase = {
  id: "records.model",
  title: "behaves like a map under any sequence of operations, and so does what a watcher believes",
  async run(bench) {
    let runs = 0;
    const ops = fc.array(operation(bench.isTimeInjected), { maxLength: 40 });
    const property = fc.asyncProperty(ops, fc.nat(40), async (sequence, watchFrom) => {
      const prefix = `model-${(runs += 1)}/`;
      const run: Run = { bench, prefix, live: new Map(), lastVersion: new Map(), leases: [] };
      const views = [viewOf(bench.store, prefix, bench.signal)];
      for (const [index, op] of sequence.entries()) {
        if (index === watchFrom) views.push(viewOf(bench.store, prefix, bench.signal));
        await act(run, op);
        expect(await bench.store.records.list(prefix)).toEqual(expected(run));
      }
      for (const [name, { version }] of run.live) {
        expect((await bench.store.records.get(prefix + name))?.version).toBe(version);
      }
      await bench.store.records.put(`${prefix}~end`, 1);
      for (const view of views) {
        await bench.until("the end was told", () => view.state.has(`${prefix}~end`));
        expect(sortedState(view).slice(0, -1)).toEqual(expected(run));
        view.stop();
      }
    });
    await fc.assert(property, { numRuns: bench.runs });
  },
};
