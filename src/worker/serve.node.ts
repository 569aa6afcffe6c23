import { isMainThread, parentPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { systemClock, systemNewId } from "../protocol/index.ts";
import type { MessageLink } from "../protocol/index.ts";
import type { Worker } from "./contract.ts";
import { createRuntime } from "./runtime.ts";
import { openSession } from "./session.ts";
import { stdioLink } from "./stdio-link.node.ts";

/** Shorter than the fleet's own grace, so that calls are aborted with a reason before the process is killed. */
const DEFAULT_GRACE_MS = 4_000;

/** What follows `serve` in a worker's own file has so long. */
const AFTERWARDS_MS = 1_000;

export async function serveOnNode(worker: Worker): Promise<void> {
  if (isMainThread && wantsHttp()) {
    const { serveHttpOnNode } = await import("./http/serve-http.node.ts");
    await serveHttpOnNode(worker, {});
    return exitSoon();
  }
  const link = isMainThread || parentPort === null ? stdioLink() : portLink(parentPort);
  await serveLink(worker, link);
  if (isMainThread) exitSoon();
}

/** A call that does not heed its signal may leave timers and sockets behind; they keep no process alive. */
function exitSoon(): void {
  setTimeout(() => process.exit(), AFTERWARDS_MS).unref();
}

/** Never `PORT` alone: a fleet that has one hands its environment to drones that are spoken to through a pipe. */
function wantsHttp(): boolean {
  return process.argv.includes("--http") || process.env["FLOTILLA_TRANSPORT"] === "http";
}

async function serveLink(worker: Worker, link: MessageLink): Promise<void> {
  const environment = process.env["NODE_ENV"];
  const runtime = createRuntime(worker, {
    clock: systemClock,
    newId: systemNewId,
    checkOutput: environment === "development" || environment === "test",
    report: (message) => process.stderr.write(`${worker.name}: ${message}\n`),
  });
  const session = openSession(runtime, link);
  if (process.env["FLOTILLA_WARM"] === "1") void runtime.warm();
  await Promise.race([link.closed, signalled()]);
  session.drain();
  await runtime.stop(graceMs());
  link.close();
  await link.closed;
}

/** A first TERM or INT drains; Node's own handling of a second one is kept, so that a person can insist. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    if (!isMainThread) return;
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}

function graceMs(): number {
  const given = Number(process.env["FLOTILLA_GRACE_MS"]);
  return Number.isFinite(given) && given > 0 ? given : DEFAULT_GRACE_MS;
}

/** In a thread each message is one JSON text; `null` says that no more will come. */
function portLink(port: MessagePort): MessageLink {
  const { promise: closed, resolve } = Promise.withResolvers<{ reason: string }>();
  port.once("close", () => resolve({ reason: "the thread's port was closed" }));
  return {
    send(text) {
      port.postMessage(text);
      return Promise.resolve();
    },
    onMessage(listener) {
      port.on("message", (message: unknown) => {
        if (typeof message === "string") listener(message);
        else if (message === null) resolve({ reason: "the input ended" });
      });
    },
    closed,
    close() {
      port.close();
      resolve({ reason: "closed by us" });
    },
  };
}
