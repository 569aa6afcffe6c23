import { systemClock } from "../protocol/system-clock.ts";
import { echoBehaviour, launcherConformance } from "./conformance.ts";
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
