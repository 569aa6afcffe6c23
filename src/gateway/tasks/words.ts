/** The Tasks extension's words (SEP-2663), as far as a gateway needs them. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { RawObject } from "../../protocol/jsonrpc.ts";
import { TASKS_EXTENSION } from "../../protocol/meta.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { ClientContext, McpOutcome } from "../call.ts";
import { extensionOf } from "../catalog/extensions.ts";
import { failure } from "../route/outcome.ts";

export const TASK_METHODS: ReadonlySet<string> = new Set([
  "tasks/get",
  "tasks/update",
  "tasks/cancel",
]);

/** Declared in the capabilities of one side. */
export function hasTasks(capabilities: Record<string, unknown>): boolean {
  return extensionOf(capabilities, TASKS_EXTENSION) !== undefined;
}

/** Not for legacy clients: the tasks of 2025-11-25 are another thing under the same name. */
export const declaresTasks = ({ era, capabilities }: ClientContext): boolean =>
  capabilities["extensions"] !== undefined && era === "modern" && hasTasks(capabilities);

export function tasksNotDeclared(): McpOutcome & { kind: "error" } {
  return {
    kind: "error",
    error: {
      code: WIRE.missingCapability,
      message: "This needs the Tasks extension, which the request does not declare.",
      data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
    },
    httpStatus: 400,
  };
}

/** Whatever is wrong with an id, the answer is the same: it must not tell a stranger that a task exists. */
export const unknownTask = (): McpOutcome & { kind: "error" } =>
  failure(
    new FlotillaError("not_found", "There is no such task.", {
      hint: "It may have expired; ids are good only where they were given out, and for whom.",
    }),
  );

export const ACKNOWLEDGED: McpOutcome = {
  kind: "result",
  result: { text: '{"resultType":"complete"}' },
};

export const resultOf = (result: RawObject): McpOutcome => ({ kind: "result", result });
