/** `serve` for whatever runs the file. Node today; the runtimes of the other targets hand the worker to their adapter. */
import { FlotillaError } from "../protocol/index.ts";
import type { Worker } from "./contract.ts";

/** Not a literal in the import below: neutral code must type-check, and load, where there is no Node. */
const NODE_ENTRY: string = "./serve.node.ts";

interface NodeEntry {
  serveOnNode(worker: Worker): Promise<void>;
}

/**
 * Serves the worker to whoever started this file, in the way it was started: over HTTP with `--http` (or
 * `FLOTILLA_TRANSPORT=http`), through the port of a thread, else through stdin and stdout. Resolves when the worker has stopped: its input ended or it was told to, and its calls are done.
 */
export async function serve(worker: Worker): Promise<void> {
  if (!("process" in globalThis)) {
    throw new FlotillaError("not_supported", "serve() needs Node.", {
      hint: "Export fetchHandler(worker) here.",
    });
  }
  const entry: NodeEntry = await import(NODE_ENTRY);
  await entry.serveOnNode(worker);
}
