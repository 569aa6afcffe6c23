import { describe, expect, test } from "vitest";
import type { Fields, Labels, Logger, Telemetry } from "../telemetry/index.ts";
import { storeConformance } from "./conformance.ts";
import { createManualClock } from "./conformance/manual-clock.ts";
import type { Store } from "./contract.ts";
import { instrumentStore } from "./instrumented.ts";
import { createMemoryStore } from "./memory.ts";

interface Seen {
  telemetry: Telemetry;
  lines: { level: string; message: string; fields: Fields }[];
  counts: Map<string, number>;
  gauges: Map<string, number>;
  observed: string[];
}

const keyOf = (name: string, labels: Labels = {}): string =>
  `${name} ${Object.values(labels).join(" ")}`;

function recorder(): Seen {
  const lines: Seen["lines"] = [];
  const counts = new Map<string, number>();
  const gauges = new Map<string, number>();
  const observed: string[] = [];
  const logger = (base: Fields): Logger => {
    const at = (level: string) => (message: string, fields?: Fields) =>
      void lines.push({ level, message, fields: { ...base, ...fields } });
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      with: (fields) => logger({ ...base, ...fields }),
    };
  };
  const meter = {
    count(name: string, by = 1, labels?: Labels) {
      counts.set(keyOf(name, labels), (counts.get(keyOf(name, labels)) ?? 0) + by);
    },
    gauge: (name: string, value: number, labels?: Labels) =>
      void gauges.set(keyOf(name, labels), value),
    observe: (name: string, _value: number, labels?: Labels) =>
      void observed.push(keyOf(name, labels)),
  };
  return { telemetry: { log: logger({}), meter }, lines, counts, gauges, observed };
}

function instrumented(): { store: Store; seen: Seen } {
  const seen = recorder();
  const clock = createManualClock();
  const { telemetry } = seen;
  return { store: instrumentStore(createMemoryStore({ clock }), { telemetry, clock }), seen };
}

storeConformance(
  ({ clock }) => {
    const { telemetry } = recorder();
    return { store: instrumentStore(createMemoryStore({ clock }), { telemetry, clock }) };
  },
  {
    name: "memory, instrumented",
    cannot: { "records.list-bound": "the same driver proves it bare" },
  },
);

describe("what is seen of a store", () => {
  test("every operation is timed and told, and no value is", async () => {
    const { store, seen } = instrumented();
    await store.records.put("secrets/a", { password: "hunter2" });
    await store.queue.push("q", [{ id: "1", payload: "hunter2" }]);
    const [item] = await store.queue.claim("q", 1, 1_000);
    await store.queue.fail("q", item!.receipt, { error: "hunter2" });
    await store.events.append("t", ["hunter2"]);
    expect(seen.observed).toEqual(
      ["records.put", "queue.push", "queue.claim", "queue.fail", "events.append"].map(
        (operation) => `store_operation_ms memory ${operation}`,
      ),
    );
    expect(seen.lines.map(({ level, fields }) => [level, fields["subject"]])).toEqual(
      ["secrets/a", "q", "q", "q", "t"].map((subject) => ["debug", subject]),
    );
    expect(JSON.stringify(seen.lines)).not.toContain("hunter2");
  });

  test("failures are counted by code and told with their reason", async () => {
    const { store, seen } = instrumented();
    await expect(store.records.put("a b", 1)).rejects.toMatchObject({ code: "bad_request" });
    expect(seen.counts.get("store_errors_total memory records.put bad_request")).toBe(1);
    const failed = seen.lines.find(({ level }) => level === "warn");
    expect(failed?.fields).toMatchObject({ operation: "records.put", code: "bad_request" });
  });

  test("refusals are no failures, and are counted apart", async () => {
    const { store, seen } = instrumented();
    await store.records.put("a", 1, { ifVersion: 5 });
    await store.records.put("a", 1, { fence: { name: "l", token: 1 } });
    await store.leases.renew({ name: "l", holder: "h", token: 1, expiresAtMs: 0 }, 1_000);
    await store.queue.complete("q", "stale");
    for (const what of [
      "records.put conflict",
      "records.put fenced",
      "leases.renew lost",
      "queue.complete stale",
    ]) {
      expect(seen.counts.get(`store_refused_total memory ${what}`)).toBe(1);
    }
    expect([...seen.counts.keys()].some((key) => key.startsWith("store_errors"))).toBe(false);
  });

  test("open watches are counted while they are read", async () => {
    const { store, seen } = instrumented();
    const open = () => seen.gauges.get("store_open_feeds memory records.watch");
    const reader = store.records.watch("", new AbortController().signal)[Symbol.asyncIterator]();
    expect(open()).toBeUndefined();
    await reader.next();
    expect(open()).toBe(1);
    await reader.return!();
    await reader.return!();
    expect(open()).toBe(0);
    expect(seen.counts.get("store_feed_batches_total memory records.watch")).toBe(1);
  });
});
