/**
 * Tells when a configuration changed. Folders are watched, not files: editors save by renaming a new file into
 * place, and Kubernetes swaps a link, either of which leaves a watch on the old file deaf. What counts is that the
 * content differs, so a burst of events, or a save without an edit, is one change or none.
 */
import { createHash } from "node:crypto";
import { watch, type FSWatcher } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemClock, type Clock, type Timer } from "../../protocol/index.ts";

export interface WatchOptions {
  clock?: Clock;
  /** Quiet time after the last event before the files are read. */
  debounceMs?: number;
  /** Looked at anyway this often: network drives and some containers send no events. */
  pollMs?: number;
}

export interface Watcher {
  /** Idempotent. `onChange` is not called afterwards. */
  close(): void;
  /** Resolves once the first state has been taken and folders are watched. */
  readonly ready: Promise<void>;
}

/** `onChange` is never called twice at the same time; its failures are its own business. */
export function watchConfiguration(
  files: readonly string[],
  onChange: () => void | Promise<void>,
  options: WatchOptions = {},
): Watcher {
  const { clock = systemClock, debounceMs = 100, pollMs = 2000 } = options;
  let closed = false;
  let known = "";
  let soon: Timer | undefined;
  let later: Timer | undefined;
  let looking: Promise<void> = Promise.resolve();

  const touched = (): void => {
    soon?.cancel();
    if (!closed) soon = clock.after(debounceMs, look);
  };
  const folders = watchFolders(files, touched);
  const look = (): void => {
    looking = looking.then(compare).catch(() => undefined);
  };
  const compare = async (): Promise<void> => {
    const now = await fingerprint(files);
    if (closed) return;
    folders.rearm();
    if (now === known) return;
    known = now;
    await onChange();
  };
  const poll = (): void => {
    look();
    if (!closed) later = clock.after(pollMs, poll);
  };
  const start = async (): Promise<void> => {
    known = await fingerprint(files);
    if (closed) return;
    folders.rearm();
    later = clock.after(pollMs, poll);
  };
  const close = (): void => {
    closed = true;
    soon?.cancel();
    later?.cancel();
    folders.close();
  };
  return { close, ready: files.length === 0 ? Promise.resolve() : start() };
}

/** `rearm` sets the watches that are not (any more) set. */
function watchFolders(files: readonly string[], touched: () => void) {
  const watchers = new Map<string, FSWatcher>();
  const watchFolder = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, touched);
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch {
      // The folder is gone for now: polling notices when it is back, and the watch is set again then.
    }
  };
  const rearm = (): void => {
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      if (!watchers.has(folder)) watchFolder(folder);
    }
  };
  const close = (): void => {
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
  return { rearm, close };
}

/** A file that is missing, even for the moment of a rename, has a state too; it is told apart from an empty one. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = await readFile(file).catch(() => undefined);
    hash.update(bytes === undefined ? "absent\0" : "present\0").update(bytes ?? "");
  }
  return hash.digest("hex");
}
