import { expect, test } from "vitest";
import type { RecordBatch } from "../store/contract.ts";
import { silentTelemetry } from "../telemetry/index.ts";
import { watchTables } from "./tables.ts";
import { fakeClock } from "./testing/fake-clock.ts";
import { workerRecord } from "./testing/fleet.ts";

const put = (name: string) => ({
  kind: "put" as const,
  record: { key: `worker/${name}`, value: workerRecord(name), version: 1 },
});

test("a watch that breaks is begun again, and what vanished meanwhile is forgotten", async () => {
  const clock = fakeClock();
  const stop = new AbortController();
  let round = 0;
  async function* watch(prefix: string, signal: AbortSignal): AsyncGenerator<RecordBatch> {
    const isWorker = prefix === "worker/";
    const first = isWorker && round++ === 0;
    yield { snapshot: true, changes: !isWorker ? [] : first ? [put("a"), put("b")] : [put("b")] };
    if (first) throw new Error("the store went away");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  }
  const tables = watchTables({
    records: { watch },
    clock,
    telemetry: silentTelemetry,
    signal: stop.signal,
  });
  await tables.ready;
  expect(tables.workers().map(({ name }) => name)).toEqual(["a", "b"]);
  await clock.advance(1_000);
  expect(tables.workers().map(({ name }) => name)).toEqual(["b"]);
  stop.abort();
});
