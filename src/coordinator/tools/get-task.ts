import type { BatchDesk } from "../batches/desk.ts";
import { requiredText } from "../api/body.ts";
import {
  MAX_SHOWN,
  numberOf,
  readArguments,
  shownTask,
  TASK_ID,
  TASK_SCHEMA,
} from "./task-schema.ts";
import type { CoordinatorTool } from "./tools.ts";

export function getTaskTool({ batches }: { batches: BatchDesk }): CoordinatorTool {
  return {
    name: "get_distributed_task",
    title: "Look at a distributed task",
    description:
      "Tell how far a task of execute_distributed_task is, and what its calls that have ended answered, a page at a time.",
    inputSchema: {
      type: "object",
      properties: {
        task: TASK_ID,
        from: {
          type: "integer",
          minimum: 0,
          maximum: 1_000_000,
          description: "First item to show; `next` of the answer before.",
        },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: MAX_SHOWN,
          description: `Items to show; ${MAX_SHOWN} unless told.`,
        },
      },
      required: ["task"],
      additionalProperties: false,
    },
    outputSchema: TASK_SCHEMA,
    annotations: {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    async run(args) {
      const given = readArguments(args, ["task", "from", "limit"]);
      const status = await batches.get(requiredText(given, "task"));
      return shownTask(batches, status, {
        from: numberOf(given, "from", { least: 0, most: 1_000_000, otherwise: 0 }),
        limit: numberOf(given, "limit", { least: 1, most: MAX_SHOWN, otherwise: MAX_SHOWN }),
      });
    },
  };
}
