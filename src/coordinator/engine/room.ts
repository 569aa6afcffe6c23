/** Where drones still fit, from what the view counts. */
import type { WorkerSpec } from "../../protocol/fleet.ts";
import { BUILTIN_LAUNCHER } from "../builtin.ts";
import { roomLeft } from "../workers/scale/allowance.ts";
import type { Engine } from "./engine.ts";

/** What a drone has set aside for it: as configured, or what its container may use at most. */
export function reservedBytes({ run, scale }: WorkerSpec): number {
  return scale.memoryBytes ?? (run.kind === "image" ? run.limits.memoryBytes : 0);
}

/** How many more drones of this size a launcher may hold. Builtin workers take up no room. */
export function roomAt(engine: Engine, launcher: string, memoryBytes: number): number {
  if (launcher === BUILTIN_LAUNCHER) return Number.POSITIVE_INFINITY;
  const { launcherRoom, launcherRooms } = engine.policy;
  const room = { ...launcherRoom, ...launcherRooms[launcher] };
  return roomLeft(engine.view.placedAt(launcher), room, memoryBytes);
}
