/** What the two ends of a node's launchers call things. */
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { LauncherCapabilities } from "../../contract.ts";

/** Method names on the wire begin so. */
export const LAUNCH_METHODS = "launch.";

/** What a node says of one of its launchers. */
export interface LauncherOffer {
  name: string;
  capabilities: LauncherCapabilities;
}

export function isLauncherOffer(value: unknown): value is LauncherOffer {
  if (!isRecord(value) || typeof value["name"] !== "string") return false;
  const { capabilities } = value;
  return (
    isRecord(capabilities) &&
    typeof capabilities["links"] === "boolean" &&
    typeof capabilities["survivesRestart"] === "boolean" &&
    Array.isArray(capabilities["runs"])
  );
}
