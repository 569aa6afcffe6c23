import { expect, test } from "vitest";
import { countingWorker, said } from "../testing/counting-worker.ts";
import { settle } from "../testing/fake-clock.ts";
import { testFleet } from "../testing/fleet.ts";
import { taskClient, told, until } from "../testing/task-client.ts";

test("a listener at another gateway hears of a gateway's own task, and of its owner's death", async () => {
  const fleet = await testFleet();
  const w = await countingWorker(fleet);
  const drone = await w.addDrone();
  const other = await testFleet({ beside: fleet, gatewayId: "gw-2" });
  const create = async (): Promise<string> => {
    const outcome = fleet.call("pay", { client: taskClient() });
    await fleet.clock.advance(10_000);
    return told(await outcome).taskId;
  };
  const [first, second] = [await create(), await create()];
  const heard: unknown[] = [];
  const end = new AbortController();
  await other.router.listen({
    endpoint: { kind: "aggregate" },
    client: taskClient(),
    filter: {
      toolsListChanged: false,
      promptsListChanged: false,
      resourcesListChanged: false,
      resourceSubscriptions: [],
      taskIds: [first, second],
    },
    signal: end.signal,
    emit: (_method, { taskId, status }) => void heard.push([taskId, status]),
  });
  await settle();
  drone.answer(said("paid"));
  await until(other, first, "completed");
  await settle();
  const put = fleet.store.records.put.bind(fleet.store.records);
  fleet.store.records.put = async (key, value, options) =>
    key === "alive/gw-1" ? { ok: true, version: 1 } : put(key, value, options);
  await fleet.store.records.delete("alive/gw-1");
  await fleet.clock.advance(5_000);
  await settle();
  expect(heard).toEqual([
    [first, "working"],
    [second, "working"],
    [first, "completed"],
    [second, "failed"],
  ]);
  end.abort();
});
