/** Turns what a drone writes to stderr into lines for the log. */
import type { Readable } from "node:stream";
import type { DroneOutput } from "../contract.ts";
import { createLineSplitter } from "./lines.node.ts";

/** Promised by `DroneOutput`. */
const MAX_LINE_BYTES = 8 * 1_024;

export function captureOutput(
  stream: Readable,
  source: { worker: string; claimId: string },
  output: DroneOutput,
): void {
  const lines = createLineSplitter({
    maxBytes: MAX_LINE_BYTES,
    onOverlong: "cut",
    onLine: (text) => output({ worker: source.worker, claimId: source.claimId, text }),
  });
  stream.on("data", (chunk: Buffer) => lines.push(chunk));
  stream.on("end", () => lines.finish());
  // A stream torn down under us has nothing more to say.
  stream.on("error", () => lines.finish());
}
