/**
 * Finds what belongs to nobody: drones without a record, and records without a drone. It runs beside the lifecycle,
 * so that nothing stays behind whatever died in between.
 */
import type { LaunchedDrone } from "../../../launchers/contract.ts";
import type { DroneRecord } from "../../../protocol/records.ts";
import type { SweepAction } from "../../actions.ts";
import type { Step } from "../../reconcile.ts";

export interface SweepWanted {
  sweepMs: number;
  /** How soon to look again while something is still on its way out. */
  endPollMs: number;
}

export interface SweepSeen {
  /** Launchers that answered, and everything they said they run. One that did not answer is not here. */
  launchers: readonly { name: string; launched: readonly LaunchedDrone[] }[];
  /** All launchers of this coordinator, whether they answered or not. */
  known: readonly string[];
  drones: readonly SweepDrone[];
}

export interface SweepDrone {
  record: DroneRecord;
  /** Made by a former process, on a launcher whose drones do not outlive it. */
  previousLife: boolean;
  /** The launcher was asked after the drone was known to exist, so its silence means something. */
  settled: boolean;
}

export function sweepDrones(wanted: SweepWanted, seen: SweepSeen, now: number): Step<SweepAction> {
  const actions: SweepAction[] = [...lostRecords(seen), ...orphans(seen)];
  const busy = actions.some((action) => action.do === "end_orphan");
  return { actions, lookAgainAtMs: now + (busy ? wanted.endPollMs : wanted.sweepMs) };
}

function lostRecords(seen: SweepSeen): SweepAction[] {
  const answered = new Map(
    seen.launchers.map(({ name, launched }) => [name, new Set(launched.map((d) => d.claimId))]),
  );
  const actions: SweepAction[] = [];
  for (const { record, previousLife, settled } of seen.drones) {
    const drone = record.id;
    if (previousLife) {
      actions.push({ do: "remove", drone, reason: "Flotilla was restarted" });
    } else if (!seen.known.includes(record.launcher)) {
      actions.push({
        do: "remove",
        drone,
        reason: `there is no launcher "${record.launcher}" here`,
      });
    } else if (settled && answered.get(record.launcher)?.has(drone) === false) {
      actions.push({ do: "note_gone", drone, reason: "its launcher no longer knows it" });
    }
  }
  return actions;
}

function orphans(seen: SweepSeen): SweepAction[] {
  const owned = new Set<string>();
  for (const { record, previousLife } of seen.drones) if (!previousLife) owned.add(record.id);
  return seen.launchers.flatMap(({ name, launched }) =>
    launched
      .filter((drone) => !owned.has(drone.claimId))
      .map((drone) => ({
        do: "end_orphan" as const,
        launcher: name,
        handle: drone.handle,
        claim: drone.claimId,
      })),
  );
}
