/** A worker in the same process, reached like any other: over a link. For built-in workers and for tests. */
import { linkPair, systemClock, systemNewId } from "../protocol/index.ts";
import type { MessageLink } from "../protocol/index.ts";
import type { Worker } from "./contract.ts";
import { createRuntime } from "./runtime.ts";
import type { RuntimeOptions } from "./runtime.ts";
import { openSession } from "./session.ts";

/** How long running calls may go on after the link closed. */
const GRACE_MS = 5_000;

/** The client's end of a link to the worker. Closing it stops the worker: `onStop` runs when its calls have ended. */
export function connectWorker(worker: Worker, options: Partial<RuntimeOptions> = {}): MessageLink {
  const runtime = createRuntime(worker, {
    clock: systemClock,
    newId: systemNewId,
    checkOutput: false,
    report: () => {},
    ...options,
  });
  const [client, server] = linkPair();
  openSession(runtime, server);
  void server.closed.then(() => runtime.stop(GRACE_MS));
  return client;
}
