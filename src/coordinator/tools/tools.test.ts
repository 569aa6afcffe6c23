import { expect, it } from "vitest";
import { misfits } from "../testing/fits.ts";
import { createStage } from "../testing/stage.ts";
import { workerSpec } from "../testing/fleet.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

async function setUp() {
  const s = createStage({ settle });
  await s.coordinator.start();
  await s.apply(workerSpec("alpha"));
  const run = async (name: string, args: unknown) => {
    const tool = s.coordinator.tools.find((one) => one.name === name);
    if (tool === undefined) throw new Error(`no tool ${name}`);
    const answer = await tool.run(args, signal);
    expect(misfits(answer.structured, tool.outputSchema)).toEqual([]);
    return answer;
  };
  return { s, run };
}

it("offers its tools with schemas and descriptions", async () => {
  const { s } = await setUp();
  expect(s.coordinator.tools.map((tool) => tool.name)).toEqual([
    "spawn_drone_server",
    "list_drones",
    "retire_drone",
    "fleet_status",
    "execute_distributed_task",
    "get_distributed_task",
    "cancel_distributed_task",
  ]);
  for (const tool of s.coordinator.tools) {
    expect(misfits({ worker: "a", drone: "d" }, tool.inputSchema).join()).not.toMatch(
      /keyword|schema/,
    );
    expect(tool.description.length).toBeGreaterThan(60);
  }
});

it("spawns, lists and retires", async () => {
  const { s, run } = await setUp();
  expect((await run("list_drones", {})).text).toBe("No drone is running.");
  expect((await run("spawn_drone_server", { worker: "alpha" })).structured).toMatchObject({
    drone: { id: "drone-1", phase: "starting" },
  });
  await settle();
  expect((await run("list_drones", { worker: "alpha" })).structured).toMatchObject({
    total: 1,
    drones: [{ phase: "ready" }],
  });
  expect((await run("fleet_status", {})).structured).toMatchObject({
    leader: "here",
    workers: [{ name: "alpha", state: "ready", drones: 1 }],
  });
  expect((await run("retire_drone", { drone: "drone-1" })).structured).toMatchObject({
    drone: { phase: "draining" },
  });
  await s.clock.advance(3_000);
  expect((await run("list_drones", {})).structured).toMatchObject({ total: 0 });
});

it.each([
  ["spawn_drone_server", {}, "bad_request"],
  ["spawn_drone_server", { worker: 7 }, "bad_request"],
  ["spawn_drone_server", { worker: "nobody" }, "worker_unknown"],
  ["list_drones", { wroker: "alpha" }, "bad_request"],
  ["fleet_status", [], "bad_request"],
  ["retire_drone", { drone: "nothing" }, "not_found"],
])("refuses %s %j with %s", async (name, args, code) => {
  const { run } = await setUp();
  await expect(run(name, args)).rejects.toMatchObject({ code });
});
