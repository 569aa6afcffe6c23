/** Keeps the token buckets that hold storms of starts back: one per worker, one for the fleet. */
import type { WorkerSpec } from "../../protocol/fleet.ts";
import type { CoordinatorPolicy } from "../policy.ts";
import type { StartAllowance } from "../seen.ts";
import {
  nextTokenAtMs,
  refill,
  take,
  type Bucket,
  type BucketRule,
} from "../workers/scale/allowance.ts";

export interface StartGuard {
  look(spec: WorkerSpec, now: number): Omit<StartAllowance, "room">;
  /** A drone is started. */
  take(spec: WorkerSpec, now: number): void;
  forget(worker: string): void;
}

export function createStartGuard(policy: CoordinatorPolicy): StartGuard {
  const ofFleet: BucketRule = {
    burst: policy.fleetStartBurst,
    perMinute: policy.fleetStartsPerMinute,
  };
  const workers = new Map<string, Bucket>();
  let fleet: Bucket | undefined;
  return {
    look(spec, now) {
      const rule = ruleOf(spec, policy);
      const mine = refill(workers.get(spec.name), rule, now);
      const all = refill(fleet, ofFleet, now);
      return {
        tokens: Math.floor(Math.min(mine.tokens, all.tokens)),
        nextTokenAtMs: Math.max(nextTokenAtMs(mine, rule), nextTokenAtMs(all, ofFleet)),
      };
    },
    take(spec, now) {
      workers.set(spec.name, take(refill(workers.get(spec.name), ruleOf(spec, policy), now)));
      fleet = take(refill(fleet, ofFleet, now));
    },
    forget: (worker) => void workers.delete(worker),
  };
}

function ruleOf({ scale }: WorkerSpec, policy: CoordinatorPolicy): BucketRule {
  return {
    burst: policy.workerStartBurst + 2 * scale.maxDrones,
    perMinute: Math.max(policy.workerStartsPerMinute, scale.maxDrones),
  };
}
