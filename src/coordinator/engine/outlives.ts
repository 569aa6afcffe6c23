import type { LauncherCapabilities } from "../../launchers/contract.ts";
import type { DroneRecord } from "../../protocol/records.ts";

/** Whether a drone is still there when this process has ended, so that the next one finds it. */
export function outlives(
  { capabilities }: { capabilities: LauncherCapabilities },
  { address }: DroneRecord,
): boolean {
  if (!capabilities.survivesRestart) return false;
  return address.kind !== "link" || capabilities.linksEndWithUs !== true;
}
