/** Pieces that the tools' schemas share, and the reading of arguments. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { isObject } from "../json.ts";
import type { JsonObject } from "./tools.ts";

/** Shown as the asker in reasons and logs. */
export const ASKER = "the coordinator's tools";

export const WORKER_NAME = {
  type: "string",
  minLength: 1,
  maxLength: 63,
  description: "Name of a worker, as fleet_status lists it.",
} as const;

export const DRONE_SCHEMA = {
  type: "object",
  properties: {
    id: { type: "string" },
    worker: { type: "string" },
    revision: { type: "string" },
    launcher: { type: "string" },
    phase: { type: "string", enum: ["starting", "ready", "draining", "ending"] },
    reason: { type: "string" },
    created_at: { type: "string", description: "ISO 8601" },
    ready_at: { type: "string", description: "ISO 8601; absent until it was ready" },
  },
  required: ["id", "worker", "revision", "launcher", "phase", "reason", "created_at"],
  additionalProperties: false,
} as const;

export function shownDrone(record: DroneRecord): JsonObject {
  return {
    id: record.id,
    worker: record.worker,
    revision: record.revision,
    launcher: record.launcher,
    phase: record.phase,
    reason: record.reason,
    created_at: new Date(record.createdAtMs).toISOString(),
    ...(record.readyAtMs === undefined
      ? {}
      : { ready_at: new Date(record.readyAtMs).toISOString() }),
  };
}

/** The one argument of that name, as text. Unknown arguments are refused: a typo must not look like success. */
export function readText(
  args: unknown,
  name: string,
  options: { required: boolean },
): string | undefined {
  const given = args ?? {};
  if (!isObject(given)) {
    throw badArgument("Arguments must be an object.", `Give {"${name}": "…"}.`);
  }
  const other = Object.keys(given).find((key) => key !== name);
  if (other !== undefined) {
    throw badArgument("There is an argument this tool does not know.", `It takes only "${name}".`);
  }
  const value = given[name];
  if (value === undefined && !options.required) return undefined;
  if (typeof value === "string" && value !== "") return value;
  throw badArgument(`"${name}" must be given as text.`, `Give {"${name}": "…"}.`);
}

function badArgument(message: string, hint: string): FlotillaError {
  return new FlotillaError("bad_request", message, { hint });
}
