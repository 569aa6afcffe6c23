import type { SpawnRequest } from "../../protocol/api.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { claimDrone } from "../engine/do-worker.ts";
import type { Engine } from "../engine/engine.ts";
import { workerNamed } from "./status.ts";
import { stoppingError } from "./wake.ts";

/**
 * One more drone because somebody says so, demand or not. It is tried at once even while the worker backs off: a
 * person who has repaired something should not have to wait. The worker's bounds hold all the same.
 */
export function spawnDrone(engine: Engine, request: SpawnRequest): Promise<DroneRecord> {
  return engine.lock(request.worker, async () => {
    workerNamed(engine, request.worker);
    if (engine.wanted.stopping) throw stoppingError();
    engine.leadership.fence();
    const spec = engine.wanted.specs.get(request.worker);
    if (spec === undefined) throw leavingError();
    const drones = engine.view.drones.of(spec.name);
    const serving = drones.filter((d) => d.phase === "starting" || d.phase === "ready");
    const max = spec.run.kind === "builtin" ? 1 : Math.max(1, spec.scale.maxDrones);
    if (serving.length >= max || drones.length >= 2 * max) {
      throw new FlotillaError(
        "overloaded",
        `This worker already has ${drones.length} of at most ${max} drones.`,
        {
          retryable: true,
          hint: "Raise scale.maxDrones in the configuration, or retire a drone first.",
        },
      );
    }
    const failing = (engine.view.health.of(spec.name)[0]?.failures ?? 0) > 0;
    if (failing && serving.some((drone) => drone.phase === "starting")) {
      throw new FlotillaError("overloaded", "This worker has been failing; one start at a time.", {
        retryable: true,
        retryAfterMs: spec.limits.startTimeoutMs,
        hint: "Wait for the drone that is starting now.",
      });
    }
    const drone = await claimDrone(engine, spec, `asked for by ${request.by}`);
    engine.poke(spec.name);
    return drone;
  });
}

function leavingError(): FlotillaError {
  return new FlotillaError("worker_unknown", "The worker is being removed from the fleet.", {
    hint: "Add it to the configuration again.",
  });
}
