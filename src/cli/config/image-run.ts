/** A worker's image as Docker will run it. */
import { resolve } from "node:path";
import { DEFAULT_IMAGE_RUN, type ImageRun } from "../../protocol/index.ts";
import type { RawRun } from "./draft.ts";
import { fillAll, type Fill } from "./fill.ts";
import { parseBytes } from "./units.ts";

/** `folder`: what relative mounts start from. */
export function imageRunOf(
  run: Extract<RawRun, { kind: "image" }>,
  fill: Fill,
  folder: string,
): ImageRun {
  const { port, path = "/mcp", pull, memory, cpus, pids, network, user, writable } = run.container;
  const base = DEFAULT_IMAGE_RUN;
  return {
    kind: "image",
    image: fill(run.image, ["image"]),
    args: run.args.map((arg, index) => fill(arg, ["args", index])),
    env: fillAll(run.env, ["env"], fill),
    ...(port !== undefined && { http: { port, path } }),
    pull: pull ?? base.pull,
    network: network ?? base.network,
    ...(user !== undefined && { user }),
    writable: writable ?? base.writable,
    mounts: (run.container.mounts ?? []).map((text, index) =>
      mountOf(fill(text, ["container", "mounts", index]), folder),
    ),
    limits: {
      memoryBytes: parseBytes(memory ?? "") ?? base.limits.memoryBytes,
      cpus: cpus ?? base.limits.cpus,
      pids: pids ?? base.limits.pids,
    },
  };
}

/** `source:/target[:rw]`; the schema has vouched for the form. */
function mountOf(text: string, folder: string): ImageRun["mounts"][number] {
  const [, source = "", target = "", mode] = /^(.+?):(\/[^:]*)(?::(ro|rw))?$/.exec(text) ?? [];
  return { source: resolve(folder, source), target, readOnly: mode !== "rw" };
}
