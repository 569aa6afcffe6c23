/** The places on this machine where drones run. */
import { join } from "node:path";
import type { DroneOutput, Launcher } from "../../launchers/index.ts";
import { instrumentLauncher } from "../../launchers/index.ts";
import { createProcessLauncher } from "../../launchers/drivers/process.node.ts";
import { createRemoteLauncher } from "../../launchers/drivers/remote.ts";
import { createThreadLauncher } from "../../launchers/drivers/thread.node.ts";
import { systemClock } from "../../protocol/index.ts";
import type { Telemetry } from "../../telemetry/index.ts";

export function createLaunchers(options: {
  node: string;
  stateDir: string;
  telemetry: Telemetry;
  output: DroneOutput;
}): Launcher[] {
  const { node, telemetry, output } = options;
  const common = { node, clock: systemClock, telemetry, output };
  return [
    createProcessLauncher({
      ...common,
      stateDir: options.stateDir,
      environment: { NODE_COMPILE_CACHE: join(options.stateDir, "compiled"), ...process.env },
    }),
    createThreadLauncher(common),
    createRemoteLauncher({ clock: systemClock }),
  ].map((launcher) => instrumentLauncher(launcher, { telemetry, clock: systemClock }));
}
