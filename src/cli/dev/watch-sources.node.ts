/** Tells when a source in a folder changed: once for a burst, and not for what builds and installs put there. */
import { watch } from "node:fs";
import { sep } from "node:path";
import type { Clock, Timer } from "../../protocol/index.ts";

export interface WatchSourcesOptions {
  folder: string;
  clock: Clock;
  /** `file` is the last that changed, relative to the folder. */
  onChange(file: string): Promise<void>;
  /** Quiet time after the last event. Default 150. */
  debounceMs?: number;
}

const IGNORED = new Set(["node_modules", "dist", "build", "coverage", "__pycache__", "target"]);

export function watchSources(options: WatchSourcesOptions): { close(): void } {
  const { folder, clock, onChange, debounceMs = 150 } = options;
  let soon: Timer | undefined;
  let work: Promise<void> = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || isIgnored(file)) return;
    soon?.cancel();
    // One after the other: a slow write must not be overtaken by the next.
    soon = clock.after(debounceMs, () => {
      work = work.then(() => onChange(file)).catch(() => {});
    });
  });
  // A folder that goes away ends the watching; the fleet goes on with what it has.
  watcher.on("error", () => watcher.close());
  return {
    close() {
      soon?.cancel();
      watcher.close();
    },
  };
}

/** Dot files too: editors keep their swap files under such names. */
const isIgnored = (file: string): boolean =>
  file.split(sep).some((part) => part.startsWith(".") || IGNORED.has(part)) || file.endsWith("~");
