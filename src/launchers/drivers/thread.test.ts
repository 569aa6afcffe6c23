import { systemClock } from "../../protocol/system-clock.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { echoProgram, launcherConformance } from "../conformance.ts";
import { createThreadLauncher } from "./thread.node.ts";

const run = { kind: "module", env: {}, launcher: "thread" } as const;

launcherConformance(
  () => ({
    launcher: createThreadLauncher({
      node: "here",
      clock: systemClock,
      telemetry: silentTelemetry,
      output: () => {},
    }),
  }),
  {
    name: "thread",
    run: { ...run, entry: echoProgram },
    deniedRun: { ...run, entry: "/no/such/module.js" },
  },
);
