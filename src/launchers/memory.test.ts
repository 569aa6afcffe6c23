import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../protocol/fleet.ts";
import { systemClock } from "../protocol/system-clock.ts";
import { echoBehaviour, launcherConformance } from "./conformance.ts";
import { noCapacity } from "./decisions.ts";
import { createMemoryLauncher } from "./memory.ts";

launcherConformance(
  () => ({
    launcher: createMemoryLauncher({
      clock: systemClock,
      serve: (link, crash) => echoBehaviour(link, crash),
    }),
  }),
  {
    name: "memory",
    run: { kind: "command", command: "echo", args: [], env: {} },
    deniedRun: { kind: "builtin" },
  },
);

test("plays what it is told: failures once, waiting as long as wanted", async () => {
  const launcher = createMemoryLauncher({ clock: systemClock });
  const limits = DEFAULT_LIMITS;
  const run = { kind: "command" as const, command: "echo", args: [], env: {} };
  const claim = { claimId: "claim-1", worker: "w", revision: "r", run, limits };
  const signal = new AbortController().signal;

  launcher.failNext("create", noCapacity("Full."));
  await expect(launcher.create(claim, signal)).rejects.toMatchObject({ code: "launcher_capacity" });

  const release = launcher.holdCreates();
  const order = launcher.create(claim, signal);
  expect(await launcher.list()).toEqual([]);
  release();
  const { handle } = await order;

  launcher.crash(handle, "killed by SIGSEGV");
  expect(await launcher.get(handle)).toMatchObject({
    phase: "ended",
    endReason: "killed by SIGSEGV",
  });

  const letGo = launcher.holdEnds();
  expect(await launcher.end(handle, 1)).toBe("ending");
  letGo();
  expect(await launcher.end(handle, 1)).toBe("gone");
  expect(launcher.calls.map(({ method }) => method)).toEqual([
    "create",
    "create",
    "list",
    "get",
    "end",
    "end",
  ]);
});
