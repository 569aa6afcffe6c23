import type { RetireAnswer, RetireRequest } from "../../protocol/api.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { keys, type DroneRecord } from "../../protocol/records.ts";
import { doDrone } from "../engine/do-drone.ts";
import type { Engine } from "../engine/engine.ts";
import { workerNamed } from "./status.ts";

/** Sends all drones of a worker away, politely. Demand that remains wakes new ones. */
export function retireWorker(
  engine: Engine,
  name: string,
  request: RetireRequest,
): Promise<RetireAnswer> {
  return engine.lock(name, async () => {
    const worker = workerNamed(engine, name);
    if (worker.kind === "builtin") throw builtinError();
    engine.leadership.fence();
    const retired: string[] = [];
    for (const drone of engine.view.drones.of(name)) {
      if (drone.phase !== "starting" && drone.phase !== "ready") continue;
      await drain(engine, drone, request);
      retired.push(drone.id);
    }
    return { worker: name, retired };
  });
}

/** One drone. Asking again for a drone that is on its way out changes nothing. */
export function retireDrone(
  engine: Engine,
  id: string,
  request: RetireRequest,
): Promise<DroneRecord> {
  const worker = droneNamed(engine, id).worker;
  return engine.lock(worker, async () => {
    const drone = droneNamed(engine, id);
    if (engine.view.workers.get(keys.worker(worker))?.value.kind === "builtin")
      throw builtinError();
    engine.leadership.fence();
    await drain(engine, drone, request);
    return engine.view.drones.get(keys.drone(id))?.value ?? drone;
  });
}

async function drain(engine: Engine, drone: DroneRecord, request: RetireRequest): Promise<void> {
  const reason = `retired by ${request.by}`;
  await doDrone(engine, { do: "drain", drone: drone.id, reason, ifIdle: false });
  engine.poke(drone.worker);
}

function droneNamed(engine: Engine, id: string): DroneRecord {
  const record = engine.view.drones.get(keys.drone(id))?.value;
  if (record !== undefined) return record;
  throw new FlotillaError("not_found", "There is no drone of that id.", {
    hint: "List the drones to see which are running; it may have ended already.",
  });
}

function builtinError(): FlotillaError {
  return new FlotillaError("not_supported", "This worker is part of Flotilla and always runs.", {
    hint: "Retire a worker of your fleet instead.",
  });
}
