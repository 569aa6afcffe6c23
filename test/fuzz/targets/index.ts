/** Every target by name; loaded alone, so that one that does not load leaves the others working. */
import type { FuzzTarget } from "../target.ts";

const LOADERS: Record<string, () => Promise<FuzzTarget>> = {
  codec: async () => (await import("./codec.ts")).codec,
  front: async () => (await import("./front.ts")).front,
  lane: async () => (await import("./lane.ts")).lane,
  answers: async () => (await import("./answers.ts")).answers,
  http: async () => (await import("./http.ts")).http,
  frames: async () => (await import("./frames.ts")).frames,
  sse: async () => (await import("./sse.ts")).sse,
  stdio: async () => (await import("./stdio.ts")).stdio,
  worker: async () => (await import("./worker.ts")).worker,
  config: async () => (await import("./config.ts")).config,
  seal: async () => (await import("./seal.ts")).seal,
};

export const TARGET_NAMES: readonly string[] = Object.keys(LOADERS);

export function loadTarget(name: string): Promise<FuzzTarget> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`No target ${name}: ${TARGET_NAMES.join(", ")}.`);
  return load();
}
