/** From a claim to a running container: image, container, attached, started. What fails on the way leaves nothing. */
import type { Duplex } from "node:stream";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { ImageRun } from "../../../protocol/fleet.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import type { Telemetry } from "../../../telemetry/index.ts";
import type { DroneClaim, DroneOutput } from "../../contract.ts";
import { calledOff, denied, unknownFailure } from "../../decisions.ts";
import { captureOutput } from "../output.node.ts";
import { createLineLink } from "../process/line-link.node.ts";
import { takenApart } from "./attachment.node.ts";
import { containerConfig, containerName } from "./container.ts";
import type { Engine } from "./engine.node.ts";

/** The connection to a container on stdin and stdout. */
export interface Attached {
  link: MessageLink;
  /** Why the link is over; undefined while it is not. */
  why(): string | undefined;
  /** Resolves when it is over. */
  over: Promise<unknown>;
  finish(reason: string): void;
}

interface StarterOptions {
  engine: Engine;
  fleet: string;
  telemetry: Telemetry;
  output: DroneOutput;
}
interface Started {
  handle: string;
  /** Absent over HTTP, and when the container was there before. */
  attached?: Attached;
  /** Over HTTP: what brings its output. Whoever starts it destroys it, or this process never ends. */
  listening?: Duplex;
}

const PULL_TIMEOUT_MS = 15 * 60_000;

export function createStarter(options: StarterOptions) {
  const { engine, fleet } = options;

  return async (claim: DroneClaim, run: ImageRun, signal: AbortSignal): Promise<Started> => {
    if (run.pull === "always") await pull(engine, run.image, signal);
    const { handle, isNew } = await made(claim, run, signal);
    if (!isNew) return { handle };
    try {
      signal.throwIfAborted();
      const parts = await attach(options, claim, { handle, run });
      signal.throwIfAborted();
      await engine.must({ method: "POST", path: `/containers/${handle}/start` });
      signal.throwIfAborted();
      return { handle, ...parts };
    } catch (error) {
      await engine.call({
        method: "DELETE",
        path: `/containers/${handle}`,
        query: { force: "1", v: "1" },
      });
      throw signal.aborted ? calledOff() : error;
    }
  };

  async function made(
    claim: DroneClaim,
    run: ImageRun,
    signal: AbortSignal,
  ): Promise<{ handle: string; isNew: boolean }> {
    const name = containerName(fleet, claim.claimId);
    const call = {
      method: "POST",
      path: "/containers/create",
      query: { name },
      body: containerConfig(fleet, claim, run),
    } as const;
    let answer = await engine.call(call);
    if (answer.status === 404 && run.pull !== "never") {
      await pull(engine, run.image, signal);
      answer = await engine.call(call);
    }
    if (answer.status === 409) return { handle: await idOf(name), isNew: false };
    const body = answer.status === 201 ? answer.body : await engine.must(call);
    const id = isRecord(body) ? body["Id"] : undefined;
    if (typeof id !== "string") throw unknownFailure("Docker made a container without an id.");
    return { handle: id, isNew: true };
  }

  async function idOf(name: string): Promise<string> {
    const body = await engine.must({ path: `/containers/${name}/json` });
    return isRecord(body) ? String(body["Id"]) : "";
  }
}

/** Docker answers 200 at once and tells of failures in the stream that follows. */
async function pull(engine: Engine, image: string, signal: AbortSignal): Promise<void> {
  const query = {
    fromImage: image.includes(":") || image.includes("@") ? image : `${image}:latest`,
  };
  const { status, body } = await engine.call({
    method: "POST",
    path: "/images/create",
    query,
    signal,
    timeoutMs: PULL_TIMEOUT_MS,
  });
  const failed = status >= 400 || (typeof body === "string" && body.includes('"errorDetail"'));
  if (!failed) return;
  throw denied(`The image ${image} cannot be fetched.`, {
    hint: "Check its name and the registry, or log in with docker login and pull it by hand.",
  });
}

/** Its output goes to the log; of a container on stdin, stdout is the link. */
async function attach(
  { engine, telemetry, output }: StarterOptions,
  { claimId, worker, limits }: DroneClaim,
  { handle, run }: { handle: string; run: ImageRun },
): Promise<Omit<Started, "handle">> {
  const isLink = run.http === undefined;
  const query = { stream: "1", stdout: "1", stderr: "1", ...(isLink && { stdin: "1" }) };
  const path = `/containers/${handle}/attach`;
  const connection = await engine.hijack({ method: "POST", path, query });
  const streams = takenApart(connection);
  captureOutput(streams.stderr, { worker, claimId }, output);
  if (!isLink) {
    captureOutput(streams.stdout, { worker, claimId }, output);
    return { listening: connection };
  }
  const line = createLineLink({
    input: streams.stdout,
    output: streams.stdin,
    maxMessageBytes: limits.maxMessageBytes,
    onListenerError: (error) => telemetry.log.error("a listener failed", { worker, error }),
  });
  let why: string | undefined;
  void line.inputEnded.then(() => line.finish("its container ended"));
  const over = line.link.closed.then(({ reason }) => {
    why = reason;
    return undefined;
  });
  return { attached: { link: line.link, why: () => why, over, finish: line.finish } };
}
