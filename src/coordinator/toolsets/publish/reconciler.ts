/** Keeps the toolset records equal to the wanted fleet. */
import type { ToolsetSpec } from "../../../protocol/fleet.ts";
import type { ToolsetRecord } from "../../../protocol/records.ts";
import { sameJson } from "../../json.ts";

export type ToolsetAction =
  | { do: "put_toolset"; record: ToolsetRecord }
  | { do: "delete_toolset"; name: string };

export function publishToolsets(
  wanted: readonly ToolsetSpec[],
  seen: ReadonlyMap<string, unknown>,
): ToolsetAction[] {
  const names = new Set(wanted.map(({ name }) => name));
  const gone = [...seen.keys()].filter((name) => !names.has(name));
  return [
    ...wanted
      .filter((spec) => !sameJson(seen.get(spec.name), spec))
      .map((record) => ({ do: "put_toolset" as const, record })),
    ...gone.map((name) => ({ do: "delete_toolset" as const, name })),
  ];
}
