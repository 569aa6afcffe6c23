/** Proof that the suite bites: each planted fault is caught by the promise that it breaks, and only a fault is. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../../protocol/clock.ts";
import type { EventLog, LeaseStore, RecordStore, Store, WorkQueue } from "../contract.ts";
import { createMemoryStore } from "../memory.ts";
import { createBench } from "./bench.ts";
import { STORE_CASES } from "./cases.ts";

interface Fault {
  what: string;
  caughtBy: string;
  plant: (store: Store, clock: Clock) => Store;
}

const records = (change: (inner: RecordStore) => Partial<RecordStore>): Fault["plant"] => {
  return (store) => ({ ...store, records: { ...store.records, ...change(store.records) } });
};
const leases = (change: (inner: LeaseStore) => Partial<LeaseStore>): Fault["plant"] => {
  return (store) => ({ ...store, leases: { ...store.leases, ...change(store.leases) } });
};
const queue = (change: (inner: WorkQueue) => Partial<WorkQueue>): Fault["plant"] => {
  return (store) => ({ ...store, queue: { ...store.queue, ...change(store.queue) } });
};
const events = (change: (inner: EventLog) => Partial<EventLog>): Fault["plant"] => {
  return (store) => ({ ...store, events: { ...store.events, ...change(store.events) } });
};

const FAULTS: Fault[] = [
  {
    what: "numbers stored as text",
    caughtBy: "records.values",
    plant: records((inner) => ({
      put: (key, value, options) =>
        inner.put(key, typeof value === "number" ? String(value) : value, options),
    })),
  },
  {
    what: "compare-and-set that does not compare",
    caughtBy: "records.if-version",
    plant: records((inner) => ({
      put: (key, value, { ifVersion: _ignored, ...options } = {}) => inner.put(key, value, options),
    })),
  },
  {
    what: "a check that is apart from the write",
    caughtBy: "records.concurrent",
    plant: records((inner) => ({
      async put(key, value, { ifVersion, ...options } = {}) {
        const current = (await inner.get(key))?.version ?? "absent";
        await new Promise((resolve) => setTimeout(resolve));
        if (ifVersion !== undefined && ifVersion !== current)
          return { ok: false, reason: "conflict" };
        return inner.put(key, value, options);
      },
    })),
  },
  {
    what: "writes that ignore the fence",
    caughtBy: "records.fence",
    plant: records((inner) => ({
      put: (key, value, { fence: _ignored, ...options } = {}) => inner.put(key, value, options),
    })),
  },
  {
    what: "deletes that ignore the fence",
    caughtBy: "records.fence",
    plant: records((inner) => ({
      delete: (key, { fence: _ignored, ...options } = {}) => inner.delete(key, options),
    })),
  },
  {
    what: "records that never expire",
    caughtBy: "records.expiry",
    plant: records((inner) => ({
      put: (key, value, { expiresAtMs: _ignored, ...options } = {}) =>
        inner.put(key, value, options),
    })),
  },
  {
    what: "a prefix taken as a folder",
    caughtBy: "records.list",
    plant: records((inner) => ({
      list: async (prefix) =>
        (await inner.list(prefix)).filter(({ key }) => key[prefix.length - 1] === "/"),
    })),
  },
  {
    what: "a list that is cut",
    caughtBy: "records.list-bound",
    plant: records((inner) => ({ list: async (prefix) => inner.list(prefix).catch(() => []) })),
  },
  {
    what: "a watch that tells changes but not the state",
    caughtBy: "watch.snapshot",
    plant: records((inner) => ({
      async *watch(prefix, signal) {
        for await (const batch of inner.watch(prefix, signal)) {
          yield batch.snapshot ? { ...batch, changes: [] } : batch;
        }
      },
    })),
  },
  {
    what: "a watch that drops a deletion",
    caughtBy: "watch.changes",
    plant: records((inner) => ({
      async *watch(prefix, signal) {
        for await (const { snapshot, changes } of inner.watch(prefix, signal)) {
          yield { snapshot, changes: changes.filter(({ kind }) => kind === "put") };
        }
      },
    })),
  },
  {
    what: "a watch that queues every change",
    caughtBy: "watch.coalesces",
    plant: records(queueingWatch),
  },
  {
    what: "a watch whose memory grows with every key that ever was",
    caughtBy: "watch.bounded",
    plant: records(queueingWatch),
  },
  {
    what: "a watch that misses what happens while the snapshot is read",
    caughtBy: "watch.complete",
    plant: records((inner) => ({
      async *watch(prefix, signal) {
        const snapshot = await inner.list(prefix);
        await new Promise((resolve) => setTimeout(resolve));
        yield { snapshot: true, changes: snapshot.map((record) => ({ kind: "put", record })) };
        for await (const batch of inner.watch(prefix, signal)) if (!batch.snapshot) yield batch;
      },
    })),
  },
  {
    what: "a lease for everybody",
    caughtBy: "leases.exclusive",
    plant: leases((inner) => ({
      acquire: (name, _holder, ttlMs) => inner.acquire(name, "a", ttlMs),
    })),
  },
  {
    what: "the same token for the same holder",
    caughtBy: "leases.again",
    plant: leases((inner) => ({
      async acquire(name, holder, ttlMs) {
        const held = await inner.get(name);
        return held?.holder === holder
          ? inner.renew(held, ttlMs)
          : inner.acquire(name, holder, ttlMs);
      },
    })),
  },
  {
    what: "a lost lease that can be renewed",
    caughtBy: "leases.expiry",
    plant: leases((inner) => ({
      renew: async (lease, ttlMs) =>
        (await inner.renew(lease, ttlMs)) ?? inner.acquire(lease.name, lease.holder, ttlMs),
    })),
  },
  {
    what: "a release that asks for no token",
    caughtBy: "leases.expiry",
    plant: leases((inner) => ({
      async release({ name }) {
        const held = await inner.get(name);
        if (held !== undefined) await inner.release(held);
      },
    })),
  },
  {
    what: "a queue that hands out the newest first",
    caughtBy: "queue.order",
    plant: queue((inner) => ({
      claim: async (name, max, visibilityMs) =>
        (await inner.claim(name, max, visibilityMs)).toReversed(),
    })),
  },
  {
    what: "a push that takes every id as new",
    caughtBy: "queue.idempotent",
    plant: queue((inner) => {
      let count = 0;
      return {
        push: (name, items) =>
          inner.push(
            name,
            items.map((item) => ({ ...item, id: `${item.id}-${(count += 1)}` })),
          ),
      };
    }),
  },
  {
    what: "items that are handed out twice without leave",
    caughtBy: "queue.once",
    plant: queue((inner) => ({
      push: (name, items) =>
        inner.push(
          name,
          items.map((item) => ({ maxAttempts: 2, ...item })),
        ),
    })),
  },
  {
    what: "a receipt that names the item, not the claim",
    caughtBy: "queue.visibility",
    plant: queue((inner) => {
      const newest = new Map<string, string>();
      return {
        async claim(name, max, visibilityMs) {
          const items = await inner.claim(name, max, visibilityMs);
          for (const { id, receipt } of items) newest.set(id, receipt);
          return items.map((item) => ({ ...item, receipt: item.id }));
        },
        complete: (name, receipt) => inner.complete(name, newest.get(receipt) ?? receipt),
        extend: (name, receipt, ms) => inner.extend(name, newest.get(receipt) ?? receipt, ms),
        fail: (name, receipt, failure) => inner.fail(name, newest.get(receipt) ?? receipt, failure),
      };
    }),
  },
  {
    what: "a claim that is apart from its mark",
    caughtBy: "queue.concurrent",
    plant: queue((inner) => {
      let last: Promise<Awaited<ReturnType<WorkQueue["claim"]>>> | undefined;
      return {
        claim(name, max, visibilityMs) {
          // Those that look in the same moment see the same items.
          last ??= inner.claim(name, max, visibilityMs);
          queueMicrotask(() => void (last = undefined));
          return last;
        },
      };
    }),
  },
  {
    what: "retries that go to the end of the line",
    caughtBy: "queue.fail",
    plant: queue((inner) => ({
      claim: async (name, max, visibilityMs) =>
        (await inner.claim(name, max, visibilityMs)).toSorted((a, b) => a.attempt - b.attempt),
    })),
  },
  {
    what: "offsets that do not sort as text",
    caughtBy: "events.offsets",
    plant: events((inner) => ({
      append: async (topic, values) => String(Number(await inner.append(topic, values))),
    })),
  },
  {
    what: "an append in pieces",
    caughtBy: "events.atomic",
    plant: events((inner) => ({
      async append(topic, values) {
        if (values.length === 0) return inner.append(topic, values);
        let last = "";
        for (const value of values) last = await inner.append(topic, [value]);
        return last;
      },
    })),
  },
  {
    what: "a subscriber that starts over with what is new",
    caughtBy: "events.subscribe",
    plant: events((inner) => ({ subscribe: (topic, signal) => inner.subscribe(topic, signal) })),
  },
  {
    what: "a subscriber that loses what it is slow to read",
    caughtBy: "events.lag",
    plant: events((inner) => ({
      async *subscribe(topic, signal, after) {
        const missed = (await inner.tail(topic, 5_000))[0]?.offset;
        yield* inner.subscribe(topic, signal, missed ?? after);
      },
    })),
  },
  {
    what: "a close that leaves readers waiting",
    caughtBy: "store.close",
    plant: (store) => ({ ...store, close: async () => {} }),
  },
];

/** Hands out one change at a time, keeping all others for later. */
function queueingWatch(inner: RecordStore): Partial<RecordStore> {
  return {
    watch(prefix, signal) {
      const kept: Awaited<ReturnType<RecordStore["list"]>>[] = [];
      let wake: (() => void) | undefined;
      const gather = async (): Promise<void> => {
        for await (const { changes } of inner.watch(prefix, signal)) {
          kept.push(changes.flatMap((change) => (change.kind === "put" ? [change.record] : [])));
          wake?.();
        }
      };
      async function* told() {
        void gather();
        for (let isFirst = true; !signal.aborted; isFirst = false) {
          while (kept.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          const puts = (kept.shift() ?? []).map((record) => ({ kind: "put" as const, record }));
          yield { snapshot: isFirst, changes: puts };
        }
      }
      return told();
    },
  };
}

const caseOf = (id: string) =>
  STORE_CASES.find((candidate) => candidate.id === id) ?? expect.unreachable(`No case ${id}.`);

async function outcomeOf(id: string, plant: Fault["plant"]): Promise<"kept" | "broken"> {
  const bench = await createBench(
    ({ clock }) => ({ store: plant(createMemoryStore({ clock }), clock) }),
    { patienceMs: 300 },
  );
  try {
    await caseOf(id).run(bench);
    return "kept";
  } catch {
    return "broken";
  } finally {
    await bench.dispose();
  }
}

describe("planted faults", () => {
  test.each(FAULTS)("$what: caught by $caughtBy", async ({ caughtBy, plant }) => {
    expect(await outcomeOf(caughtBy, plant)).toBe("broken");
  });

  test("without a fault the same promises are kept", async () => {
    for (const id of new Set(FAULTS.map(({ caughtBy }) => caughtBy))) {
      expect({ id, is: await outcomeOf(id, (store) => store) }).toEqual({ id, is: "kept" });
    }
  });
});
