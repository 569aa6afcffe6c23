/** Runs the reconciler over what the store holds. Toolsets are few and change by hand, so nothing is kept in memory. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { keys } from "../../../protocol/records.ts";
import type { Engine } from "../../engine/engine.ts";
import { publishToolsets, type ToolsetAction } from "./reconciler.ts";

export async function passToolsets(engine: Engine): Promise<undefined> {
  if (!engine.wanted.known || !engine.leadership.leads()) return;
  const prefix = keys.toolset("");
  const stored = await engine.store.records.list(prefix);
  const seen = new Map(stored.map(({ key, value }) => [key.slice(prefix.length), value]));
  for (const action of publishToolsets(engine.wanted.toolsets, seen)) await perform(engine, action);
}

async function perform(engine: Engine, action: ToolsetAction): Promise<void> {
  const { store, leadership } = engine;
  const fence = leadership.fence();
  if (action.do === "delete_toolset") {
    await store.records.delete(keys.toolset(action.name), { fence });
    return;
  }
  const { record } = action;
  const outcome = await store.records.put(keys.toolset(record.name), record, { fence });
  if (outcome.ok) return;
  leadership.dethroned();
  throw new FlotillaError("lease_lost", "Another coordinator leads the fleet now.");
}
