/** The dependency graph as a picture: all of it where it can be read, else what was asked about or stands at the top. */
import { drawLayers } from "flotilla/worker/draw";
import type { LayerNode, LayerTie } from "flotilla/worker/draw";
import type { Lock } from "../lock/model.ts";
import type { Reach, Several } from "../lock/ways.ts";
import type { Why } from "./graph.ts";

/** More boxes than this can be drawn, but not read at a glance. */
const MAX_BOXES = 200;

interface Shown {
  reach: Reach;
  duplicates: readonly Several[];
  asked: readonly Why[];
}

/** Undefined when there is nothing to draw. */
export function drawDependencies(lock: Lock, shown: Shown): string | undefined {
  const ids = chosen(lock, shown);
  if (ids.length < 2) return undefined;
  const inside = new Set(ids);
  const several = new Set(
    shown.duplicates.filter(({ versions }) => versions.length > 1).map(({ name }) => name),
  );
  const targets = new Set(shown.asked.flatMap(({ packages }) => packages.map(({ id }) => id)));
  const nodes = ids.map((id): LayerNode => {
    const one = lock.packages.get(id);
    const mark = targets.has(id) ? "bad" : several.has(one?.name ?? "") ? "warn" : undefined;
    return {
      name: id,
      label: one?.name ?? id,
      note: `${one?.version ?? ""}${shown.reach.production.has(id) ? "" : " · development"}`,
      group:
        one?.project === true
          ? "project"
          : shown.reach.production.has(id)
            ? "production"
            : "development",
      ...(mark === undefined ? {} : { mark }),
    };
  });
  const ties = ids.flatMap((id): LayerTie[] =>
    (lock.packages.get(id)?.needs ?? []).flatMap(({ to }) =>
      to === undefined || !inside.has(to) ? [] : [{ from: id, to }],
    ),
  );
  const all = lock.packages.size;
  return drawLayers(nodes, unique(ties), {
    title: `Dependencies in ${lock.file}`,
    subtitle: `${ids.length === all ? `All ${all}` : `${ids.length} of ${all}`} packages; each needs those below it.`,
    bad: "asked about",
    warn: "several versions",
  });
}

function unique(ties: readonly LayerTie[]): LayerTie[] {
  return [...new Map(ties.map((tie) => [`${tie.from}\n${tie.to}`, tie])).values()];
}

function chosen(lock: Lock, { reach, asked }: Shown): string[] {
  const ways = asked.flatMap(({ packages }) => packages.flatMap((one) => one.ways.flat()));
  if (ways.length > 0) return [...new Set(ways)].slice(0, MAX_BOXES);
  const near = [...reach.depth].toSorted(([, a], [, b]) => a - b).map(([id]) => id);
  if (near.length <= MAX_BOXES) return near;
  // Whole levels only: a level cut in the middle would hide ties without a word.
  const fits = Array.from({ length: 50 }, (_, depth) =>
    near.filter((id) => (reach.depth.get(id) ?? 0) <= depth),
  ).filter((those) => those.length <= MAX_BOXES);
  return fits.at(-1) ?? near.slice(0, MAX_BOXES);
}
