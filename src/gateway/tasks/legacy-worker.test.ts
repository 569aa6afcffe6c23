/** A worker of 2025-11-25 knows nothing of these tasks; the gateway makes one of its call all the same. */
import { expect, test } from "vitest";
import { settle } from "../testing/fake-clock.ts";
import { type FakeWorker, fakeWorker } from "../testing/fake-worker.ts";
import { testFleet } from "../testing/fleet.ts";
import { ask, get, taskClient, told, until } from "../testing/task-client.ts";

const TOOLS = [
  { name: "remove", inputSchema: { type: "object" }, execution: { taskSupport: "optional" } },
];

test("a tool meant as a task is one at once, and its question is the task's", async () => {
  const fleet = await testFleet();
  await fleet.addWorker("w", { naming: "verbatim" });
  await fleet.addCatalog("w", { tools: TOOLS, protocolVersion: "2025-11-25" });
  let worker: FakeWorker | undefined;
  const finish = Promise.withResolvers<unknown>();
  await fleet.addDrone("w", () => {
    worker = fakeWorker({
      era: "legacy",
      tools: TOOLS,
      on({ method }, self) {
        if (method !== "tools/call") return undefined;
        self.ask("q1", "elicitation/create");
        return finish.promise;
      },
    });
    return worker;
  });
  const outcome = fleet.call("remove", { client: taskClient() });
  await fleet.clock.advance(0);
  const { taskId } = told(await outcome);
  await fleet.clock.advance(100);
  const asking = await until(fleet, taskId, "input_required");
  const [key = ""] = Object.keys(asking["inputRequests"] as object);
  const answer = { action: "accept", content: { sure: true } };
  await ask(fleet, "tasks/update", { taskId, inputResponses: { [key]: answer } });
  await until(fleet, taskId, "working");
  await settle();
  await settle();
  expect(worker?.answers).toMatchObject([{ kind: "result", id: "q1" }]);
  expect(worker?.countOf("tools/call")).toBe(1);
  finish.resolve({ content: [{ type: "text", text: "removed" }] });
  const over = await until(fleet, taskId, "completed");
  expect(over["result"]).toMatchObject({ content: [{ text: "removed" }] });
  expect((await get(fleet, taskId)).status).toBe("completed");
});
