import type { FleetDesk } from "../desk/desk.ts";
import { ASKER, DRONE_SCHEMA, readText, shownDrone } from "./schema.ts";
import type { CoordinatorTool } from "./tools.ts";

export function retireDroneTool(desk: FleetDesk): CoordinatorTool {
  return {
    name: "retire_drone",
    title: "Retire a drone",
    description:
      "Send one drone away politely: it gets no new calls, finishes those it has within its grace time, then ends. " +
      "If calls still come, the fleet starts another one by itself.",
    inputSchema: {
      type: "object",
      properties: {
        drone: {
          type: "string",
          minLength: 1,
          maxLength: 64,
          description: "Id of the drone, as list_drones shows it.",
        },
      },
      required: ["drone"],
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
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
    async run(args) {
      const id = readText(args, "drone", { required: true }) ?? "";
      const drone = await desk.retireDrone(id, { by: ASKER });
      return {
        structured: { drone: shownDrone(drone) },
        text: `Drone ${drone.id} of worker ${drone.worker} is ${drone.phase}.`,
      };
    },
  };
}
