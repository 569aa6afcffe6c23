/** One pass over one worker: runs its reconcilers in order, each on what the one before left. */
import { isFlotillaError } from "../../protocol/errors.ts";
import { keys } from "../../protocol/records.ts";
import type { DroneAction, WorkerAction } from "../actions.ts";
import { drainDrone } from "../drones/drain/reconciler.ts";
import { launchDrone } from "../drones/launch/reconciler.ts";
import { droneLiveness } from "../drones/liveness/reconciler.ts";
import { readyDrone } from "../drones/ready/reconciler.ts";
import { earliest, type Step } from "../reconcile.ts";
import type { DroneSeen } from "../seen.ts";
import { judgeHealth } from "../workers/health/reconciler.ts";
import { publishWorker } from "../workers/publish/reconciler.ts";
import { reviseDrones } from "../workers/revise/reconciler.ts";
import { scaleWorker } from "../workers/scale/reconciler.ts";
import { doDrone } from "./do-drone.ts";
import { doWorker } from "./do-worker.ts";
import type { Engine } from "./engine.ts";
import { lookAtDrain, lookAtDrone, lookAtWorker, wantedOf } from "./look.ts";

/** In the order of a drone's life. A reconciler that sends a drone away ends its turn. */
const DRONE_RECONCILERS = [launchDrone, readyDrone, droneLiveness] as const;

/** Health before scale: a failure must be part of the verdict before the next start is decided. */
const WORKER_RECONCILERS = [judgeHealth, scaleWorker] as const;

export async function passWorker(engine: Engine, worker: string): Promise<number | undefined> {
  if (!engine.wanted.known || !engine.leadership.leads()) return undefined;
  const pass = createPass(engine);
  const wanted = wantedOf(engine, worker);
  const now = (): number => engine.clock.now();
  // Looked at again only after something was done: a pass over a worker at rest costs one look and no waiting.
  let seen = lookAtWorker(engine, worker, now());
  const take = async (step: Step): Promise<void> => {
    await pass.take(step);
    seen = lookAtWorker(engine, worker, now());
  };

  const published = publishWorker(wanted, seen, now());
  if (!pass.isIdle(published)) await take(published);
  const revised = reviseDrones(wanted, seen);
  if (!pass.isIdle(revised)) await take(revised);
  for (const drone of seen.drones) {
    if (isAtRest(drone)) continue;
    await passDrone(engine, pass, drone.record.id);
    seen = lookAtWorker(engine, worker, now());
  }
  for (const reconcile of WORKER_RECONCILERS) {
    const step = reconcile(wanted, seen, now());
    if (!pass.isIdle(step)) await take(step);
  }
  return pass.finish();
}

/** No drone reconciler has anything to say about a drone that serves and lives; most drones, most of the time. */
function isAtRest(drone: DroneSeen): boolean {
  return drone.record.phase === "ready" && drone.launched.state !== "ended";
}

async function passDrone(engine: Engine, pass: Pass, id: string): Promise<void> {
  const record = () => engine.view.drones.get(keys.drone(id))?.value;
  const before = record();
  if (before === undefined) return;
  const wanted = wantedOf(engine, before.worker);
  for (const reconcile of DRONE_RECONCILERS) {
    const current = record();
    if (current === undefined) return;
    await pass.take(reconcile(wanted, lookAtDrone(engine, current), engine.clock.now()));
  }
  const current = record();
  if (current === undefined) return;
  // Asked to end in this very pass: once is enough, look again soon.
  if (current.phase === "ending" && before.phase !== "ending") {
    return pass.lookAgain(engine.clock.now() + engine.policy.endPollMs);
  }
  await pass.take(drainDrone(wanted, lookAtDrain(engine, current), engine.clock.now()));
}

interface Pass {
  /** True when the step asks for nothing now; its next look is noted. */
  isIdle(step: Step): boolean;
  take(step: Step): Promise<void>;
  lookAgain(atMs: number): void;
  /** When to look again. Throws the first error of the pass, after everything else had its turn. */
  finish(): number | undefined;
}

function createPass(engine: Engine): Pass {
  let lookAgainAtMs: number | undefined;
  let failed: { error: unknown } | undefined;
  return {
    isIdle(step) {
      lookAgainAtMs = earliest([lookAgainAtMs, step.lookAgainAtMs]);
      return step.actions.length === 0;
    },
    async take(step) {
      lookAgainAtMs = earliest([lookAgainAtMs, step.lookAgainAtMs]);
      for (const action of step.actions) {
        try {
          await perform(engine, action);
        } catch (error) {
          if (isFlotillaError(error) && error.code === "lease_lost") throw error;
          // One drone that cannot be ended must not keep the others from being started.
          failed ??= { error };
          break;
        }
      }
    },
    lookAgain(atMs) {
      lookAgainAtMs = earliest([lookAgainAtMs, atMs]);
    },
    finish() {
      if (failed !== undefined) throw failed.error;
      return lookAgainAtMs;
    },
  };
}

function perform(engine: Engine, action: WorkerAction | DroneAction): Promise<void> {
  return "drone" in action ? doDrone(engine, action) : doWorker(engine, action);
}
