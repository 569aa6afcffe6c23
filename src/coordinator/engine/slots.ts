/** Limits how many drones start at a time over the whole fleet, so that a storm of wakes does not stall the machine. */
import type { CoordinatorPolicy } from "../policy.ts";

export interface StartSlots {
  free(now: number): number;
  take(drone: string, now: number): void;
  release(drone: string): void;
  /** `onFree` of this worker is called once, when a slot is given back. */
  await(worker: string): void;
}

export function createStartSlots(
  policy: CoordinatorPolicy,
  onFree: (worker: string) => void,
): StartSlots {
  const taken = new Map<string, number>();
  const waiting = new Set<string>();
  return {
    free(now) {
      for (const [drone, since] of taken) {
        // Insertion order is age order. The wall clock may have jumped back: then wait it out, it is bounded by starts.
        if (now - since < policy.startSlotMs) break;
        taken.delete(drone);
      }
      return Math.max(0, policy.maxStarts - taken.size);
    },
    take: (drone, now) => void taken.set(drone, now),
    release(drone) {
      if (!taken.delete(drone)) return;
      const woken = [...waiting];
      waiting.clear();
      for (const worker of woken) onFree(worker);
    },
    await: (worker) => void waiting.add(worker),
  };
}
