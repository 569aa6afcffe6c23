import type { BatchDesk } from "../batches/desk.ts";
import { requiredText } from "../api/body.ts";
import { readArguments, shownTask, TASK_ID, TASK_SCHEMA } from "./task-schema.ts";
import type { CoordinatorTool } from "./tools.ts";

export function cancelTaskTool({ batches }: { batches: BatchDesk }): CoordinatorTool {
  return {
    name: "cancel_distributed_task",
    title: "Cancel a distributed task",
    description:
      "End a task of execute_distributed_task: nothing more of it is begun, calls under way are given up, and what has " +
      "ended keeps its result. A task that is over stays as it is.",
    inputSchema: {
      type: "object",
      properties: { task: TASK_ID },
      required: ["task"],
      additionalProperties: false,
    },
    outputSchema: TASK_SCHEMA,
    annotations: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
    async run(args) {
      const given = readArguments(args, ["task"]);
      const status = await batches.cancel(requiredText(given, "task"));
      return shownTask(batches, status, { from: 0, limit: 1 });
    },
  };
}
