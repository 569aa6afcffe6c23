/** Clients of the Tasks extension, and what they see. */
import { TASKS_EXTENSION } from "../../protocol/meta.ts";
import type { ClientContext, McpOutcome, McpRequest } from "../call.ts";
import { settle } from "./fake-clock.ts";
import type { TestFleet } from "./fleet.ts";

export function taskClient(principal = "local"): ClientContext {
  return {
    era: "modern",
    protocolVersion: "2026-07-28",
    principal,
    capabilities: { elicitation: {}, extensions: { [TASKS_EXTENSION]: {} } },
  };
}

export type Told = Record<string, unknown> & { taskId: string; status: string };

export function told(outcome: McpOutcome): Told {
  if (outcome.kind === "error") throw new Error(JSON.stringify(outcome.error));
  return JSON.parse(outcome.result.text);
}

export const ask = (
  fleet: TestFleet,
  method: string,
  { client = taskClient(), endpoint, ...params }: Asked,
): Promise<McpOutcome> =>
  fleet.handle(method, { params, client, ...(endpoint === undefined ? {} : { endpoint }) });

type Asked = Partial<Pick<McpRequest, "client" | "endpoint">> & Record<string, unknown>;

export const get = async (fleet: TestFleet, taskId: string): Promise<Told> =>
  told(await ask(fleet, "tasks/get", { taskId }));

/** Until the task says so: seals are made on other threads, and records are written in the background. */
export async function until(fleet: TestFleet, taskId: string, status: string): Promise<Told> {
  for (let turn = 0; turn < 100; turn += 1) {
    const now = await get(fleet, taskId);
    if (now.status === status) return now;
    await settle();
  }
  throw new Error(`the task never became ${status}: ${JSON.stringify(await get(fleet, taskId))}`);
}
