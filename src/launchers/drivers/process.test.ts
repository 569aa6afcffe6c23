import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../protocol/system-clock.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { echoProgram, launcherConformance } from "../conformance.ts";
import { createProcessLauncher } from "./process.node.ts";

launcherConformance(
  async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "flotilla-process-"));
    return {
      launcher: createProcessLauncher({
        node: "here",
        stateDir,
        clock: systemClock,
        telemetry: silentTelemetry,
        output: () => {},
      }),
      dispose: () => rm(stateDir, { recursive: true }),
    };
  },
  {
    name: "process",
    run: {
      kind: "command",
      command: process.execPath,
      args: [fileURLToPath(echoProgram)],
      env: {},
    },
    deniedRun: { kind: "command", command: "no-such-program-anywhere", args: [], env: {} },
  },
);
