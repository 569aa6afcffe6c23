/** A mistake that others have paid for: probes that bind a client to one copy of a server, so that the others idle. */
import { expect, test } from "vitest";
import { startFlotilla } from "./flotilla.ts";
import { harbour } from "./harbour.ts";
import { newMark } from "./processes.ts";
import { waitFor } from "./wait.ts";
import { callText, listTools } from "./wire.ts";

const DRONES = 3;
const CALLS = 30;

test("calls are spread over the drones while health is probed and tools are listed", async () => {
  const scale = { min: DRONES, max: DRONES, callsPerDrone: 1 };
  const worker = { ...harbour(newMark()), scale };
  await using flotilla = await startFlotilla({
    config: { toolpacks: "none", workers: { harbour: worker } },
  });
  const url = `${flotilla.url}/mcp/harbour`;
  let isDone = false;
  const probe = async (): Promise<void> => {
    while (!isDone) {
      await (await fetch(`${flotilla.url}/health`)).text();
      await (await fetch(`${flotilla.url}/ready`)).text();
      await listTools(url);
    }
  };
  const probing = probe();
  const pids = new Set<string>();
  const callMany = async (): Promise<boolean> => {
    const answers = Array.from({ length: CALLS }, () => callText(url, "pid"));
    for (const pid of await Promise.all(answers)) pids.add(pid);
    return pids.size === DRONES;
  };
  await waitFor(callMany, { what: "an answer of every drone", deadlineMs: 30_000 });
  isDone = true;
  await probing;
  expect([...pids]).toHaveLength(DRONES);
});
