/** Keeps worker, catalogue and health records equal to the wanted fleet. */
import type { CatalogRecord, WorkerRecord } from "../../../protocol/records.ts";
import type { WorkerSpec } from "../../../protocol/fleet.ts";
import type { Action } from "../../actions.ts";
import { sameJson } from "../../json.ts";
import { NOTHING, type Step } from "../../reconcile.ts";
import type { WorkerSeen, WorkerWanted } from "../../seen.ts";
import { initialHealth } from "../wake.ts";

export function publishWorker(wanted: WorkerWanted, seen: WorkerSeen, now: number): Step {
  const { spec } = wanted;
  if (spec === undefined) return unpublish(seen);
  const actions: Action[] = [];
  const record = workerRecord(spec);
  const changed = seen.worker?.revision !== spec.revision;
  // A new revision starts with a clean slate. Health goes first: after a crash between the two, both are done again.
  if (seen.health === undefined || (changed && seen.worker !== undefined)) {
    actions.push({
      do: "put_health",
      record: initialHealth(spec.name, now),
      used: seen.failures.length,
    });
  }
  if (spec.catalog !== undefined && seen.catalogRevision !== spec.revision) {
    actions.push({ do: "put_catalog", record: shippedCatalog(spec, spec.catalog, now) });
  }
  if (!sameJson(seen.worker, record)) actions.push({ do: "put_worker", record });
  return { actions };
}

/** Gateways stop routing to it at once; its drones finish their calls first. */
function unpublish(seen: WorkerSeen): Step {
  const name = seen.worker?.name ?? seen.health?.worker ?? seen.wake?.worker;
  if (name === undefined) return NOTHING;
  if (seen.worker !== undefined) return { actions: [{ do: "delete_worker", worker: name }] };
  if (seen.drones.length > 0) return NOTHING;
  return { actions: [{ do: "forget_worker", worker: name }] };
}

/** Only what may be shown: environment, arguments and headers stay in memory. */
function workerRecord(spec: WorkerSpec): WorkerRecord {
  return {
    name: spec.name,
    revision: spec.revision,
    kind: spec.run.kind,
    origin: spec.origin,
    naming: spec.naming,
    scale: spec.scale,
    limits: spec.limits,
    ...(spec.calls === undefined ? {} : { calls: spec.calls }),
    summary: spec.summary,
  };
}

function shippedCatalog(
  spec: WorkerSpec,
  catalog: CatalogRecord["catalog"],
  now: number,
): CatalogRecord {
  return {
    worker: spec.name,
    revision: spec.revision,
    catalog,
    fetchedAtMs: now,
    source: "shipped",
  };
}
