/**
 * The launcher `docker`: a drone is a container of the local Docker Engine. Docker's own state is the truth: every
 * container carries labels with its fleet and claim, so nothing is forgotten when Flotilla restarts, and a claim has
 * one container name, so that a second start meets the first.
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../../protocol/clock.ts";
import { isFlotillaError } from "../../protocol/errors.ts";
import type { ImageRun } from "../../protocol/fleet.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { DroneClaim, DroneOutput, LaunchedDrone, Launcher } from "../contract.ts";
import { asDecision, calledOff, closedLauncher, denied, lost, noLinks } from "../decisions.ts";
import { droneOf, type Seen } from "./docker/container.ts";
import { createEngine, type Engine } from "./docker/engine.node.ts";
import { createEndings } from "./docker/ending.node.ts";
import { createHints } from "./docker/hints.node.ts";
import { createStarter, type Attached } from "./docker/start.node.ts";

export interface DockerLauncherOptions {
  /** This machine's name in drone addresses. */
  node: string;
  /** Tells this fleet's containers from others'. `[a-z0-9-]+`. */
  fleet: string;
  clock: Clock;
  telemetry: Telemetry;
  output: DroneOutput;
  /** Default: `DOCKER_HOST` if it names a socket, else `/var/run/docker.sock`. */
  socketPath?: string;
}

export const DOCKER_SOCKET = "/var/run/docker.sock";

export function createDockerLauncher(options: DockerLauncherOptions): Launcher {
  return new DockerLauncher(options);
}

class DockerLauncher implements Launcher {
  readonly name = "docker";
  readonly capabilities = {
    links: true,
    survivesRestart: true,
    linksEndWithUs: true,
    runs: ["image"],
  } as const;
  readonly #options: DockerLauncherOptions;
  readonly #engine: Engine;
  readonly #starts = new Map<string, Promise<LaunchedDrone>>();
  readonly #attached = new Map<string, Attached>();
  /** Connections that bring the output of drones over HTTP. */
  readonly #listening = new Set<Duplex>();
  readonly #hints;
  readonly #endings;
  readonly #start;
  #isClosed = false;

  constructor(options: DockerLauncherOptions) {
    const { fleet, clock, socketPath = DOCKER_SOCKET } = options;
    this.#options = options;
    this.#engine = createEngine({ socketPath });
    this.#hints = createHints({ engine: this.#engine, fleet, clock });
    this.#endings = createEndings({ engine: this.#engine, clock });
    this.#start = createStarter({ ...options, engine: this.#engine });
  }

  async create(claim: DroneClaim, signal: AbortSignal): Promise<LaunchedDrone> {
    const running = this.#starts.get(claim.claimId);
    if (running !== undefined) return running;
    if (this.#isClosed) throw closedLauncher();
    if (signal.aborted) throw calledOff();
    const start = this.#created(claim, imageOf(claim), signal).finally(() => {
      this.#starts.delete(claim.claimId);
    });
    this.#starts.set(claim.claimId, start);
    return start;
  }

  async #created(claim: DroneClaim, run: ImageRun, signal: AbortSignal): Promise<LaunchedDrone> {
    try {
      const { handle, attached, listening } = await this.#start(claim, run, signal);
      if (attached !== undefined) this.#attach(handle, attached);
      if (listening !== undefined) this.#listen(listening);
      const seen = await this.#inspect(handle);
      if (seen === undefined) throw lost("its container was removed while it started");
      return this.#told(seen);
    } catch (error) {
      throw asDecision(error);
    }
  }

  #attach(handle: string, attached: Attached): void {
    this.#attached.set(handle, attached);
    void attached.over.then(() => this.#hints.changed(handle));
  }

  #listen(connection: Duplex): void {
    if (connection.destroyed) return;
    this.#listening.add(connection);
    connection.once("close", () => this.#listening.delete(connection));
  }

  async get(handle: string): Promise<LaunchedDrone | undefined> {
    const seen = await this.#inspect(handle);
    return seen === undefined ? undefined : this.#told(seen);
  }

  async list(): Promise<LaunchedDrone[]> {
    const handles = await this.#known();
    const seen = await Promise.all(handles.map((handle) => this.#inspect(handle)));
    return seen.flatMap((one) => (one === undefined ? [] : [this.#told(one)]));
  }

  async end(handle: string, graceMs: number): Promise<"ending" | "gone"> {
    const seen = await this.#inspect(handle);
    if (seen === undefined) {
      this.#attached.delete(handle);
      return "gone";
    }
    if (seen.isRunning) {
      this.#attached.get(handle)?.finish("ended by us");
      this.#endings.begin(handle, graceMs, () => this.#hints.changed(handle));
      return "ending";
    }
    await this.#endings.remove(handle);
    this.#attached.get(handle)?.finish("ended by us");
    this.#attached.delete(handle);
    return "gone";
  }

  async connect(handle: string) {
    const attached = this.#attached.get(handle);
    const seen = await this.#inspect(handle);
    if (seen === undefined) throw lost("nothing is known of it");
    if (seen.drone.address.kind === "http") throw noLinks("docker");
    const { phase, endReason = "it has ended" } = this.#told(seen);
    if (phase === "ended" || attached === undefined) throw lost(endReason);
    return attached.link;
  }

  onChange(listener: (handle: string) => void): () => void {
    return this.#hints.onChange(listener);
  }

  /** Containers on stdin end with us; those over HTTP live on and are found again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#starts.values());
    this.#hints.close();
    for (const attached of this.#attached.values()) attached.finish("Flotilla ends");
    await Promise.allSettled([...this.#attached.keys()].map((one) => this.#endings.remove(one)));
    this.#attached.clear();
    for (const connection of this.#listening) connection.destroy();
    this.#endings.close();
  }

  /** Where there is no Docker, and was none, there is nothing to look for: most fleets have no container. */
  async #known(): Promise<string[]> {
    try {
      return await this.#endings.known(this.#options.fleet);
    } catch (error) {
      const isAbsent =
        isFlotillaError(error) && /ENOENT|EACCES/.test(String(error.data?.["reason"]));
      if (isAbsent && this.#attached.size === 0 && this.#starts.size === 0) return [];
      throw error;
    }
  }

  async #inspect(handle: string): Promise<Seen | undefined> {
    // A handle is Docker's id; anything else would be a path into its API.
    if (!/^[0-9a-f]{12,64}$/.test(handle)) return undefined;
    const { status, body } = await this.#engine.call({ path: `/containers/${handle}/json` });
    if (status === 404) return undefined;
    return droneOf(body, this.#options.fleet, this.#options.node);
  }

  /** A container on stdin whose connection is over serves nobody, whatever Docker says of it. */
  #told({ drone, isRunning }: Seen): LaunchedDrone {
    if (!isRunning || drone.address.kind === "http") return drone;
    const attached = this.#attached.get(drone.handle);
    const endReason = attached === undefined ? "left from an earlier run" : attached.why();
    if (endReason === undefined || this.#starts.has(drone.claimId)) return drone;
    return { ...drone, phase: "ended", endReason };
  }
}

function imageOf({ run }: DroneClaim): ImageRun {
  if (run.kind === "image") return run;
  throw denied(`The launcher "docker" cannot run a worker of kind "${run.kind}".`);
}
