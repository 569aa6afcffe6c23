/** How the gateway of this process comes to talk to each kind of drone. */
import type { Dial } from "../../gateway/index.ts";
import type { Launcher } from "../../launchers/index.ts";
import { FlotillaError, type RunSpec } from "../../protocol/index.ts";
import type { Builtins } from "./builtins.ts";
import type { ThisNode } from "./nodes/this-node.ts";

export interface FleetSecrets {
  /** Remote workers by name: their headers and queries may hold keys and are in no record. */
  remotes: Map<string, RunSpec & { kind: "remote" }>;
}

export function createDial(options: {
  launchers: readonly Launcher[];
  builtins: Builtins;
  secrets: FleetSecrets;
  /** For drones of other machines. */
  node: Pick<ThisNode, "dial"> | undefined;
}): Dial {
  const launchers = new Map(options.launchers.map((launcher) => [launcher.name, launcher]));
  return async (drone) => {
    const builtin = options.builtins.connect(drone.worker);
    if (builtin !== undefined) return { kind: "link", link: builtin };
    if (drone.address.kind === "http") {
      const { url, headers } = options.secrets.remotes.get(drone.worker) ?? {
        url: drone.address.url,
        headers: {},
      };
      return { kind: "http", url, transport: drone.address.transport, headers };
    }
    const elsewhere = options.node?.dial(drone);
    if (elsewhere !== undefined) return elsewhere;
    const launcher = launchers.get(drone.address.launcher);
    if (launcher === undefined) {
      throw new FlotillaError("drone_lost", `No launcher ${drone.address.launcher} is here.`);
    }
    return { kind: "link", link: await launcher.connect(drone.handle) };
  };
}
