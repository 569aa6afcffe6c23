import type { FleetDesk } from "../desk/desk.ts";
import { ASKER, DRONE_SCHEMA, readText, shownDrone, WORKER_NAME } from "./schema.ts";
import type { CoordinatorTool } from "./tools.ts";

export function spawnDroneTool(desk: FleetDesk): CoordinatorTool {
  return {
    name: "spawn_drone_server",
    title: "Spawn a drone",
    description:
      "Start one more running instance (drone) of a worker now, instead of waiting for calls to need it. " +
      "Returns at once with the drone in phase `starting`; use list_drones to see it become `ready`. " +
      "Refused when the worker already has as many drones as its configuration allows.",
    inputSchema: {
      type: "object",
      properties: { worker: WORKER_NAME },
      required: ["worker"],
      additionalProperties: false,
    },
    outputSchema: {
      type: "object",
      properties: { drone: DRONE_SCHEMA },
      required: ["drone"],
      additionalProperties: false,
    },
    annotations: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: false,
      openWorldHint: false,
    },
    async run(args) {
      const worker = readText(args, "worker", { required: true }) ?? "";
      const drone = await desk.spawn({ worker, by: ASKER });
      return {
        structured: { drone: shownDrone(drone) },
        text: `Drone ${drone.id} of worker ${drone.worker} is starting.`,
      };
    },
  };
}
