/** What the two ends of a node's launchers call things. */
import type { LauncherCapabilities } from "../../contract.ts";

/** Method names on the wire begin so. */
export const LAUNCH_METHODS = "launch.";

/** What a node says of one of its launchers. */
export interface LauncherOffer {
  name: string;
  capabilities: LauncherCapabilities;
}
