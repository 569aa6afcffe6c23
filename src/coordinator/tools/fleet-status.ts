import type { WorkerStatus } from "../../protocol/api.ts";
import type { FleetDesk } from "../desk/desk.ts";
import { readText, WORKER_NAME } from "./schema.ts";
import type { CoordinatorTool, JsonObject } from "./tools.ts";

export function fleetStatusTool(desk: FleetDesk): CoordinatorTool {
  return {
    name: "fleet_status",
    title: "Fleet status",
    description:
      "Tell how the fleet is: each worker's state (asleep, waking, ready, backing_off, crash_loop), its drones, " +
      "its last error and when it is tried again. Give a worker's name for that one alone.",
    inputSchema: {
      type: "object",
      properties: { worker: WORKER_NAME },
      additionalProperties: false,
    },
    outputSchema: OUTPUT,
    annotations: {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    async run(args) {
      const name = readText(args, "worker", { required: false });
      const fleet = await desk.fleet();
      const workers = name === undefined ? fleet.workers : [desk.worker(name)];
      return {
        structured: { version: fleet.version, leader: fleet.leader, workers: workers.map(shown) },
        text: workers.length === 0 ? "The fleet has no workers." : workers.map(line).join("\n"),
      };
    },
  };
}

const OUTPUT: JsonObject = {
  type: "object",
  properties: {
    version: { type: "string" },
    leader: { type: "string", description: "The coordinator that leads; empty when none does." },
    workers: {
      type: "array",
      items: {
        type: "object",
        properties: {
          name: { type: "string" },
          state: {
            type: "string",
            enum: ["asleep", "waking", "ready", "backing_off", "crash_loop"],
          },
          drones: { type: "integer", minimum: 0 },
          tools: { type: "integer", minimum: 0, description: "Absent until first contact." },
          summary: { type: "string" },
          failures: { type: "integer", minimum: 0 },
          last_error: { type: "string" },
          retry_at: { type: "string", description: "ISO 8601" },
        },
        required: ["name", "state", "drones", "summary", "failures"],
        additionalProperties: false,
      },
    },
  },
  required: ["version", "leader", "workers"],
  additionalProperties: false,
};

function shown(worker: WorkerStatus): JsonObject {
  const { health, offers } = worker;
  return {
    name: worker.name,
    state: health.state,
    drones: worker.drones.length,
    summary: worker.summary,
    failures: health.failures,
    ...(offers === null ? {} : { tools: offers.tools }),
    ...(health.lastError === undefined ? {} : { last_error: health.lastError }),
    ...(health.retryAtMs === undefined
      ? {}
      : { retry_at: new Date(health.retryAtMs).toISOString() }),
  };
}

function line(worker: WorkerStatus): string {
  const { health } = worker;
  const error = health.lastError === undefined ? "" : `, last error: ${health.lastError}`;
  return `${worker.name}: ${health.state}, ${worker.drones.length} drones${error}`;
}
