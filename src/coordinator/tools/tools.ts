/**
 * The coordinator's own MCP tools, as data and handlers. A composition root wraps them into the worker `coordinator`;
 * this room knows nothing of MCP servers.
 */
import type { FleetDesk } from "../desk/desk.ts";
import type { Clock } from "../../protocol/clock.ts";
import type { BatchDesk } from "../batches/desk.ts";
import { cancelTaskTool } from "./cancel-task.ts";
import { executeTaskTool } from "./execute-task.ts";
import { fleetStatusTool } from "./fleet-status.ts";
import { getTaskTool } from "./get-task.ts";
import { listDronesTool } from "./list-drones.ts";
import { retireDroneTool } from "./retire-drone.ts";
import { spawnDroneTool } from "./spawn-drone.ts";

export interface CoordinatorTool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObject;
  outputSchema: JsonObject;
  annotations: ToolHints;
  /** `args` is checked here too. Rejects with a `FlotillaError` whose message and hint are fit for a model. */
  run(args: unknown, signal: AbortSignal): Promise<ToolAnswer>;
}

export type JsonObject = { readonly [name: string]: unknown };

export interface ToolHints {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

export interface ToolAnswer {
  /** Fits `outputSchema`. */
  structured: JsonObject;
  text: string;
}

export function createTools(
  desk: FleetDesk,
  work: { batches: BatchDesk; clock: Clock },
): readonly CoordinatorTool[] {
  return [
    spawnDroneTool(desk),
    listDronesTool(desk),
    retireDroneTool(desk),
    fleetStatusTool(desk),
    executeTaskTool(work),
    getTaskTool(work),
    cancelTaskTool(work),
  ];
}
