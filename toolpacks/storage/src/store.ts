/** The store that the tools share, opened with the first call: a worker without settings can still be listed. */
import type { ObjectStore } from "./objects/index.ts";

export type GetStore = () => Promise<ObjectStore>;

/** A failed opening is tried again. */
export function onceOpened(open: GetStore): GetStore {
  let opening: Promise<ObjectStore> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}
