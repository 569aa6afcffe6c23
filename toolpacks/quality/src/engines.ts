/** What is dear to load, loaded once per thread and only when a job asks for it. */
import type { Biome } from "./work/biome/engine.node.ts";
import type { Knip } from "./work/dead/knip.node.ts";
import type { Service } from "./work/refactor/service.node.ts";
import type { Syntax } from "./work/syntax/engine.node.ts";

export interface Engines {
  biome(): Promise<Biome>;
  syntax(): Promise<Syntax>;
  typescript(): Promise<Service>;
}

export function createEngines(): Engines {
  return {
    biome: once(async () => (await import("./work/biome/engine.node.ts")).createBiome()),
    syntax: once(async () => (await import("./work/syntax/engine.node.ts")).createSyntax()),
    typescript: once(async () => (await import("./work/refactor/service.node.ts")).createService()),
  };
}

/** Knip, whose process belongs to the main thread: there it can be ended at any time. */
export interface KnipKeeper {
  get(): Promise<Knip>;
  close(): Promise<void>;
}

export function createKnipKeeper(): KnipKeeper {
  let knip: Promise<Knip> | undefined;
  return {
    get: () => (knip ??= import("./work/dead/knip.node.ts").then(({ createKnip }) => createKnip())),
    close: async () => (await knip)?.close(),
  };
}

/** The first answer for everybody; a failure is forgotten, so that the next one tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
