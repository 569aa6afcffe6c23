/** The places on this machine where drones run. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DroneOutput, Launcher } from "../../launchers/index.ts";
import { instrumentLauncher } from "../../launchers/index.ts";
import { createDockerLauncher } from "../../launchers/drivers/docker.node.ts";
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
    createDockerLauncher({ ...common, fleet: fleetId(options.stateDir), ...dockerSocket() }),
    createRemoteLauncher({ clock: systemClock }),
  ].map((launcher) => instrumentLauncher(launcher, { telemetry, clock: systemClock }));
}

/** Tells this fleet's containers from those of others on the same machine: a state folder has one fleet. */
function fleetId(stateDir: string): string {
  return createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
}

/** As Docker's own tools have it; only sockets of this machine are meant. */
function dockerSocket(): { socketPath?: string } {
  const host = process.env["DOCKER_HOST"] ?? "";
  return host.startsWith("unix://") ? { socketPath: host.slice("unix://".length) } : {};
}
