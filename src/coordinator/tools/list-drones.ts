import type { FleetDesk } from "../desk/desk.ts";
import { DRONE_SCHEMA, readText, shownDrone, WORKER_NAME } from "./schema.ts";
import type { CoordinatorTool } from "./tools.ts";

/** A model reads all of it; more than this helps nobody. */
const MAX_LISTED = 200;

export function listDronesTool(desk: FleetDesk): CoordinatorTool {
  return {
    name: "list_drones",
    title: "List drones",
    description:
      "List the running instances (drones) of the fleet, or of one worker, with phase, reason and age. " +
      "A worker without drones is asleep and starts one on its next call.",
    inputSchema: {
      type: "object",
      properties: { worker: WORKER_NAME },
      additionalProperties: false,
    },
    outputSchema: {
      type: "object",
      properties: {
        drones: { type: "array", items: DRONE_SCHEMA, maxItems: MAX_LISTED },
        total: { type: "integer", minimum: 0 },
      },
      required: ["drones", "total"],
      additionalProperties: false,
    },
    annotations: {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    async run(args) {
      const worker = readText(args, "worker", { required: false });
      const drones = worker === undefined ? desk.drones() : desk.worker(worker).drones;
      const listed = drones.slice(0, MAX_LISTED);
      const lines = listed.map((d) => `${d.id}  ${d.worker}  ${d.phase}  (${d.reason})`);
      const head = drones.length === 0 ? "No drone is running." : `${drones.length} drones:`;
      return {
        structured: { drones: listed.map(shownDrone), total: drones.length },
        text: [head, ...lines].join("\n"),
      };
    },
  };
}
