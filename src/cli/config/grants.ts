/** What toolpacks may do beyond working on what they are given. Nothing, unless the operator says so. */
import { delimiter } from "node:path";

export interface Grants {
  /** Absolute folders they may read by path. */
  workspace: readonly string[];
  /** They may ask others over the network (advisories, registries). */
  network: boolean;
}

export const NO_GRANTS: Grants = { workspace: [], network: false };

/** How a toolpack's drones are told; `flotilla/worker/sources` and the packs read it. */
export function grantsEnv({ workspace, network }: Grants): Record<string, string> {
  return {
    ...(workspace.length > 0 && { FLOTILLA_WORKSPACE: workspace.join(delimiter) }),
    ...(network && { FLOTILLA_NETWORK: "1" }),
  };
}
